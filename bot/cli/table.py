"""Text in a terminal: cut and filled up to so many cells, and made harmless."""

from unicodedata import combining, east_asian_width

GAP = "  "  # between two columns


def one_line(text: str) -> str:
    """One line, without what a terminal would obey: anybody in the workspace can type a script."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def width(text: str) -> int:
    """In a terminal's cells: an ideograph or an emoji takes two, a combining accent none."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, room: int) -> str:
    if width(text) > room:
        cells, end = 0, 0
        for end, char in enumerate(text):  # noqa: B007 (where it is cut)
            cells += width(char)
            if cells > room - 1:
                break
        text = text[:end] + "…"
    return text + " " * (room - width(text))
