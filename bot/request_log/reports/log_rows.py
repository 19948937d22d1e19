"""The rows that an admin reads with `python -m bot log`; review_record.py has those of --review."""

from bot.domain.takes import State
from bot.storage.store import Database, Row
from bot.storage.tables import REQUEST_LOG

TAKE_COLUMNS = tuple(REQUEST_LOG)


async def take_rows(
    db: Database,
    *,
    user: str | None = None,
    state: State | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[Row]:
    """TAKE_COLUMNS of the takes that match, the oldest first; times as `rows.timestamp`."""
    filters = {
        "user_id = ?": user,
        "state = ?": state,
        "requested_at >= ?": since,
        "requested_at < ?": until,
    }
    given = {sql: value for sql, value in filters.items() if value is not None}
    where = " AND ".join(given) or "1 = 1"
    sql = f"SELECT * FROM request_log WHERE {where} ORDER BY requested_at, take_id"
    return await db.query(sql, *given.values())
