"""The tables of `python -m bot log --review` and `--consents`: who was asked and said what."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.cli.table import GAP, column_widths, cut, format_rows, one_line

HEADERS = ("when (UTC)", "who", "what", "take", "sha256", "note")
DIGEST_CHARACTERS = 12  # --json and --csv have all 64
MIN_NOTE_WIDTH = 16
MAX_NAME_WIDTH = 20
CONSENT_HEADERS = ("when (UTC)", "who", "answer", "channels", "twin", "asked by", "twin's state")
MAX_CHANNELS_WIDTH = 36


def format_table(reviews: Sequence[Mapping[str, Any]], width: int) -> str:
    """The note, which comes last, gets what the other columns leave of `width`."""
    rows = [HEADERS, *map(_cells, reviews)]
    *others, note = column_widths(rows)
    left = width - sum(other + len(GAP) for other in others)
    return format_rows(rows, [*others, max(min(note, left), MIN_NOTE_WIDTH)])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["at"][:16].replace("T", " "),
        cut(one_line(row["user_id"]), MAX_NAME_WIDTH),
        (row["decision"] or row["what"]).replace("_", " "),
        row["take_id"],
        row["sha256"][:DIGEST_CHARACTERS],
        one_line(" ".join(filter(None, (row["place"], row["note"])))),
    )


def format_consents(rows: Sequence[Mapping[str, Any]], _width: int) -> str:
    """Who allowed which Digital Twin, and where."""
    lines = [CONSENT_HEADERS, *map(_consent, rows)]
    return format_rows(lines, column_widths(lines))


def _consent(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["at"][:16].replace("T", " "),
        cut(one_line(row["user_id"]), MAX_NAME_WIDTH),
        row["answer"],
        cut(one_line(row["channels"]), MAX_CHANNELS_WIDTH),
        cut(one_line(row["name"]), MAX_NAME_WIDTH),
        cut(one_line(row["requested_by"]), MAX_NAME_WIDTH),
        row["state"].replace("_", " "),
    )
