"""Tables in a terminal: text that is cut or padded to a width, and made safe to print."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

GAP = "  "  # between two columns
DIGITS = 6  # after the point, for programs: sums of floats have others, which mean nothing


def one_line(text: str) -> str:
    """Without line breaks and control characters: anybody in the workspace can write a script."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def display_width(text: str) -> int:
    """In the cells of a terminal: an emoji or an ideograph takes two, a combining accent none."""
    if text.isascii():  # most is, and a log may have a million cells
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int) -> str:
    """At most `width` cells; text that is cut ends with an ellipsis."""
    if display_width(text) <= width:
        return text
    cells = end = 0
    for end, character in enumerate(text):  # noqa: B007  where the text is cut
        cells += display_width(character)
        if cells > width - 1:
            break
    return text[:end] + "…"


def printable(text: str) -> str:
    """A cell as it is, or as one line: whoever wrote a database could command the terminal."""
    return text if text.isprintable() else one_line(text)


def column_widths(rows: Iterable[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(*rows, strict=True)]


def format_rows(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> str:
    """A line for each row, its cells cut or padded to `widths`."""
    return "\n".join(GAP.join(map(_pad, row, widths)).rstrip() for row in rows)


def _pad(text: str, width: int) -> str:
    text = cut(printable(text), width)
    return text + " " * (width - display_width(text))


def for_programs(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its numbers rounded to DIGITS."""
    return {name: round(v, DIGITS) if isinstance(v, float) else v for name, v in row.items()}
