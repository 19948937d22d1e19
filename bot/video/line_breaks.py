"""Breaks the text of a caption into lines of similar width. Pure."""

import unicodedata
from collections.abc import Iterator

# Closing marks don't begin a line, where a script has no spaces.
CLOSING = frozenset("。、，．！？：；」』）】〉》…‥ー々〜％")  # noqa: RUF001
ORPHAN = 10_000  # what a line of a single word costs, in squares of columns


def width(text: str) -> int:
    """In columns: a Chinese character is as wide as two Latin letters."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def lines(text: str, columns: int) -> list[str]:
    """Lines of at most `columns`, as even as possible, with no single word left alone.

    Linear in the length of the text: each break looks back over one line at most.
    """
    pieces = list(_pieces(text, columns))
    widths = [width(piece) for piece in pieces]
    costs, begins = [0.0], [0]  # of the best lines that end after so many pieces
    for end in range(1, len(pieces) + 1):
        best, begin, wide = float("inf"), end - 1, 0
        blank = widths[end - 1] - width(pieces[end - 1].rstrip())
        for start in range(end - 1, -1, -1):
            wide += widths[start]
            if (shown := wide - blank) > columns:
                break
            cost = costs[start] + (columns - shown) ** 2
            if end - start == 1 and len(pieces) > 1:
                cost += ORPHAN
            if cost < best:
                best, begin = cost, start
        costs.append(best if best < float("inf") else costs[begin])
        begins.append(begin)
    found, end = [], len(pieces)
    while end:
        found.append("".join(pieces[begins[end] : end]).strip())
        end = begins[end]
    return found[::-1]


def _pieces(text: str, columns: int) -> Iterator[str]:
    """What can't be broken: words with the space after them, or characters of scripts without
    spaces. A word that is too long for a line is cut."""
    for word in text.split():
        piece, shown = "", 0
        for character in word:
            wide = unicodedata.east_asian_width(character) in "WF"
            joined = character in CLOSING or unicodedata.combining(character)
            was_wide = bool(piece) and unicodedata.east_asian_width(piece[-1]) in "WF"
            breaks = (wide or was_wide) and not joined
            if piece and (breaks or shown + width(character) > columns):
                yield piece
                piece, shown = "", 0
            piece += character
            shown += width(character)
        yield f"{piece} "
