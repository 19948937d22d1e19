"""Who reviewed a request before a take that never came: the review goes on with the take before."""

import json
from dataclasses import astuple

from bot.domain.reviews import Reviewer
from bot.domain.takes import Take
from bot.request_log.rows import ADD_EVENT, ADD_REVIEWER, now
from bot.storage.store import Database

KEPT = "reviewers before"  # the kind of an event


async def keep_reviewers(db: Database, take: Take) -> None:
    """Call it before a take names others: whoever asks for it may cancel it, for free."""
    sql = "SELECT * FROM reviewers WHERE request_id = ? ORDER BY user_id"
    reviewers = await db.query(sql, take.request_id)
    rounds = await db.query("SELECT id, round FROM takes WHERE request_id = ?", take.request_id)
    kept = {"reviewers": [astuple(Reviewer(**row)) for row in reviewers],
            "rounds": {row["id"]: row["round"] for row in rounds}}  # fmt: skip
    detail = json.dumps(kept, ensure_ascii=False)
    await db.execute(ADD_EVENT, now(), take.request_id, take.id, KEPT, take.requester_id, detail)


async def restore_reviewers(db: Database, take: Take) -> None:
    """As they were, for a take that is cancelled before it is sent. Nothing happens if it named
    nobody."""
    sql = "SELECT detail FROM events WHERE take_id = ? AND kind = ?"
    if not (rows := await db.query(sql, take.id, KEPT)):
        return
    kept = json.loads(rows[0]["detail"])
    await db.execute("DELETE FROM reviewers WHERE request_id = ?", take.request_id)
    for row in kept["reviewers"]:
        await db.execute(ADD_REVIEWER, *row)
    for take_id, number in kept["rounds"].items():
        await db.execute("UPDATE takes SET round = ? WHERE id = ?", number, take_id)
