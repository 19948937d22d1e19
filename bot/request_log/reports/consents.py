"""Who allowed which Digital Twin, where and when: `python -m bot log --consents`."""

from collections.abc import AsyncIterator

from bot.storage.store import Database, Row

COLUMNS = (
    "at", "user_id", "answer", "channels", "name", "purpose", "requested_by", "state", "twin_id",
    "avatar_id", "avatar_group_id", "segmind_request_id", "charged_usd",
)  # fmt: skip
_OWN = ("at", "user_id", "answer", "channels", "twin_id")
# A twin that nobody has answered about yet has a row as well, from when it was asked for. Until
# its footage was checked, the person isn't asked.
_ANSWER = """CASE WHEN t.state IN ('checking', 'failed')
    AND NOT EXISTS (SELECT 1 FROM consents AS given WHERE given.twin_id = t.id)
    THEN 'not asked' ELSE 'asked' END"""
_ASKED = {"at": "t.requested_at", "user_id": "t.shows_user_id", "answer": _ANSWER,
          "channels": "''", "twin_id": "t.id"}  # fmt: skip


def _columns(own: dict[str, str]) -> str:
    return ", ".join(f"{own.get(name, f't.{name}')} AS {name}" for name in COLUMNS)


_ANSWERED = {name: f"c.{name}" for name in _OWN}
ALL = f"""
    SELECT * FROM (
        SELECT {_columns(_ASKED)}, 0 AS seq FROM twins AS t
        UNION ALL
        SELECT {_columns(_ANSWERED)}, c.seq FROM consents AS c JOIN twins AS t ON t.id = c.twin_id
    ) AS answers"""


async def consent_rows(
    db: Database, *, user: str | None = None, since: str | None = None, until: str | None = None
) -> AsyncIterator[Row]:
    """COLUMNS of each question and each answer that match, the oldest first.

    `user`: whom the twin shows.
    """
    shows = "twin_id IN (SELECT id FROM twins WHERE shows_user_id = ?)"
    filters = {shows: user, "at >= ?": since, "at < ?": until}
    given = {sql: value for sql, value in filters.items() if value is not None}
    where = " AND ".join(given) or "1 = 1"
    for row in await db.query(f"{ALL} WHERE {where} ORDER BY at, seq", *given.values()):
        yield {name: row[name] for name in COLUMNS}
