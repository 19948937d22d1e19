"""What Digital Twins cost, as rows like those of takes: `python -m bot log --spend`."""

from collections.abc import AsyncIterator

from bot.storage.store import Database, Row

COLUMNS = """requested_by AS user_id, '' AS channel_id, requested_at, '' AS delivered_at,
    0.0 AS video_seconds, counted_usd AS estimated_usd,
    CASE WHEN counted_usd = 0 THEN 0.0 ELSE charged_usd END AS cost_usd,
    marked_at AS submitted_at, marked_at, state, 1 AS is_twin"""


async def twin_rows(
    db: Database, *, user: str | None, since: str | None, until: str | None
) -> AsyncIterator[Row]:
    """Of those that Segmind was asked to make; `since` and `until` are of the request."""
    filters = {"requested_by = ?": user, "requested_at >= ?": since, "requested_at < ?": until}
    given = {sql: value for sql, value in filters.items() if value is not None}
    where = " AND ".join(["marked_at <> ''", *given])
    for row in await db.query(f"SELECT {COLUMNS} FROM twins WHERE {where}", *given.values()):
        yield row
