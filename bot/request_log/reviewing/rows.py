"""The decisions about a take and the reviewers of a request, as the log has them."""

from dataclasses import fields

from bot.domain.reviews import Decision, Review, Reviewer
from bot.storage.store import Database


async def reviews_of(db: Database, take_id: str) -> list[Review]:
    """The oldest first."""
    rows = await db.query("SELECT * FROM reviews WHERE take_id = ? ORDER BY at", take_id)
    return [Review(**{**row, "decision": Decision(row["decision"])}) for row in rows]


async def reviewers_of(db: Database, request_id: str) -> list[Reviewer]:
    sql = "SELECT * FROM reviewers WHERE request_id = ? ORDER BY user_id"
    names = [f.name for f in fields(Reviewer)]
    rows = await db.query(sql, request_id)
    return [Reviewer(**{name: row[name] for name in names}) for row in rows]
