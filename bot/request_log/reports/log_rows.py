"""The rows that an admin reads with `python -m bot log`; review_record.py has those of --review."""

from collections.abc import AsyncIterator, Sequence

from bot.domain.takes import State
from bot.storage.store import Database, Row, Store
from bot.storage.tables import REQUEST_LOG

COLUMNS = tuple(REQUEST_LOG)
# When a take was asked for; and from when on it counts, which is later if it was on hold.
ASKED_AT, COUNTS_FROM = "asked_at", "requested_at"
# What sums are made of. Without the words, and what is looked up for each take.
SPEND_COLUMNS = ("user_id", "channel_id", "state", "requested_at", "marked_at", "submitted_at",
                 "delivered_at", "video_seconds", "cost_usd", "estimated_usd")  # fmt: skip


def take_rows(
    db: Store,
    *,
    user: str | None = None,
    state: State | None = None,
    since: str | None = None,
    until: str | None = None,
    time: str = ASKED_AT,
    columns: Sequence[str] = COLUMNS,
) -> AsyncIterator[Row]:
    """`columns` of the takes that match, the oldest first; times as `rows.timestamp`.

    `time`: the column that `since` and `until` are about.
    """
    filters = {
        "user_id = ?": user,
        "state = ?": state,
        "requested_at >= ?": since,  # has an index, and is never before the other
        f"{time} >= ?": since,
        f"{time} < ?": until,
    }
    given = {sql: value for sql, value in filters.items() if value is not None}
    where = " AND ".join(given) or "1 = 1"
    sql = f"SELECT {', '.join(columns)} FROM request_log WHERE {where} ORDER BY {time}, take_id"
    return db.each(sql, *given.values())


async def newest_rows(db: Database, most: int, columns: Sequence[str]) -> list[Row]:
    """`columns` of the last takes, the oldest first."""
    newest = "FROM request_log ORDER BY requested_at DESC, take_id DESC LIMIT ?"
    rows = await db.query(f"SELECT {', '.join(columns)} {newest}", most)
    return sorted(rows, key=lambda row: (row[ASKED_AT], row["take_id"]))
