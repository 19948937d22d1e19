"""Tables in a terminal: text that is cut or padded to a width, and made safe to print."""

import math
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

GAP = "  "  # between two columns
DIGITS = 6  # after the point, for programs: sums of floats have others, which mean nothing


def one_line(text: str) -> str:
    """Without line breaks and control characters: anybody in the workspace can write a script."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def display_width(text: str) -> int:
    """In the cells of a terminal: an emoji or an ideograph takes two, a combining accent none."""
    if text.isascii():  # most is, and a log may have a million cells
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int) -> str:
    """At most `width` cells; text that is cut ends with an ellipsis."""
    if display_width(text) <= width:
        return text
    if text.isascii():
        return text[: max(0, width - 1)] + "…"
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


async def print_table(
    headers: Sequence[str],
    cells: Callable[[], AsyncIterable[Sequence[str]]],
    fit: Callable[[list[int]], Sequence[int]] = list,
) -> None:
    """Reads `cells` twice, because a log may be larger than the memory: first for the widths.

    `fit` makes the widths of the columns what they shall be; 0 leaves a column out.
    """
    widths = [display_width(header) for header in headers]
    async for row in cells():
        widths = [*map(max, widths, map(display_width, row))]
    shown = fit(widths)
    print(format_row(headers, shown))
    async for row in cells():
        print(format_row(row, shown))


def format_rows(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> str:
    return "\n".join(format_row(row, widths) for row in rows)


def format_row(row: Sequence[str], widths: Sequence[int]) -> str:
    """Its cells cut or padded to `widths`; those of width 0 are left out."""
    cells = (_pad(text, width) for text, width in zip(row, widths, strict=True) if width)
    return GAP.join(cells).rstrip()


def _pad(text: str, width: int) -> str:
    text = cut(printable(text), width)
    return text + " " * (width - display_width(text))


def for_programs(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its numbers rounded to DIGITS. JSON has none that is infinite."""
    return {name: _rounded(v) if isinstance(v, float) else v for name, v in row.items()}


def _rounded(number: float) -> float | None:
    return round(number, DIGITS) if math.isfinite(number) else None
