"""The decisions about a take and the reviewers of a request, as the log has them."""

from dataclasses import fields

from bot.domain.reviews import Decision, Review, Reviewer, Withdrawn
from bot.request_log.rows import detail_of
from bot.storage.store import Database

# The kinds of events: somebody was asked for a decision, or has edited the script of a take.
ASKED, EDITED = "asked", "script edited"
DECIDED, WITHDRAWN = "decided", "withdrawn"  # the kind of an event, and what it says instead of one
LAST_DECISIONS = """SELECT "by", at, detail FROM events WHERE seq IN (
    SELECT max(seq) FROM events WHERE take_id = ? AND kind = ? GROUP BY "by") ORDER BY seq"""


async def reviews_of(db: Database, take_id: str) -> list[Review]:
    """The oldest first."""
    rows = await db.query("SELECT * FROM reviews WHERE take_id = ? ORDER BY at", take_id)
    return [Review(**{**row, "decision": Decision(row["decision"])}) for row in rows]


async def withdrawn_of(db: Database, take_id: str) -> list[Withdrawn]:
    """The oldest first."""
    found = []
    for row in await db.query(LAST_DECISIONS, take_id, DECIDED):
        detail = detail_of(row)
        if detail.get("decision") == WITHDRAWN:
            before = detail.get("before")
            found.append(Withdrawn(row["by"], row["at"], Decision(before) if before else None))
    return found


async def reviewers_of(db: Database, request_id: str) -> list[Reviewer]:
    sql = "SELECT * FROM reviewers WHERE request_id = ? ORDER BY user_id"
    names = [f.name for f in fields(Reviewer)]
    rows = await db.query(sql, request_id)
    return [Reviewer(**{name: row[name] for name in names}) for row in rows]
