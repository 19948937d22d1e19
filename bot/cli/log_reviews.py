"""`python -m bot log --review`: who decided what about which file, as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.cli.table import GAP, fit, one_line, width

HEADERS = ("when (UTC)", "who", "decision", "take", "sha256", "note")
DIGEST_SHOWN = 12  # characters; all 64 are in --json and --csv
NOTE_LEAST = 16  # cells


def table(rows: Sequence[Mapping[str, Any]], cells: int) -> str:
    """The rows under their headers within so many cells; the note takes what is left."""
    lines = [HEADERS, *map(_cells, rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(HEADERS))]
    others = sum(room + len(GAP) for room in widths[:-1])
    widths[-1] = max(min(widths[-1], cells - others), NOTE_LEAST)
    return "\n".join(
        GAP.join(fit(cell, room) for cell, room in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["at"][:16].replace("T", " "),
        row["user_id"],
        row["decision"].replace("_", " "),
        row["take_id"],
        row["sha256"][:DIGEST_SHOWN],
        one_line(row["note"]),
    )
