"""The rows that an admin reads with `python -m bot log`, with and without `--review`."""

from bot.domain.takes import State
from bot.storage.store import Database, Row
from bot.storage.tables import REQUEST_LOG

TAKE_COLUMNS = tuple(REQUEST_LOG)
REVIEW_COLUMNS = ("at", "user_id", "decision", "note", "take_id", "sha256", "take_decision",
                  "number", "request_id", "asked_by", "channel_id", "thread_ts")  # fmt: skip

REVIEWS = """
    SELECT reviews.at, reviews.user_id, reviews.decision, reviews.note, reviews.take_id,
        reviews.sha256, takes.decision AS take_decision, takes.number, takes.request_id,
        takes.requester_id AS asked_by, requests.channel_id, requests.card_ts AS thread_ts
    FROM reviews JOIN takes ON takes.id = reviews.take_id
    JOIN requests ON requests.id = takes.request_id
    WHERE reviews.at >= ? AND (? = '' OR reviews.at < ?) AND (? = '' OR reviews.user_id = ?)
    ORDER BY reviews.at"""


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


async def review_rows(
    db: Database, *, user: str | None = None, since: str | None = None, until: str | None = None
) -> list[Row]:
    """REVIEW_COLUMNS of the decisions that match, the oldest first."""
    user, until = user or "", until or ""
    return await db.query(REVIEWS, since or "", until, until, user, user)
