"""Who reviewed a request before a take that never came: the review goes on with the take before."""

import json
from dataclasses import astuple, replace

from bot.domain.reviewing.rounds import Rounds
from bot.domain.reviews import Reviewer
from bot.domain.takes import NextStep, State, Take
from bot.request_log.reviewing.rows import ASKED, reviewers_of
from bot.request_log.rows import ADD_EVENT, ADD_REVIEWER, detail_of, now
from bot.storage.store import Database

KEPT = "reviewers before"  # the kind of an event
NEVER_COMES = ("", NextStep.TRY_AGAIN)  # what the card of an ended take offers then
UNLESS_NEWER = """SELECT detail FROM events WHERE take_id = ? AND kind = ? AND NOT EXISTS (
    SELECT 1 FROM takes WHERE request_id = ? AND number > ?
    AND NOT (state IN (?, ?) AND next_step IN (?, ?)))"""
# By the first newer take that has named others, also if it never came: then they are the same.
NAMED_NEXT = """SELECT detail FROM events JOIN takes ON takes.id = events.take_id
    WHERE takes.request_id = ? AND number > ? AND kind = ? ORDER BY number LIMIT 1"""


def never_comes(before: State, new: State, next_step: str) -> bool:
    """Whether no video comes of a take that moves like this, whatever anybody presses."""
    if new is State.CANCELLED:
        return before in (State.ON_HOLD, State.QUEUED)
    return before is not new is State.FAILED and next_step in NEVER_COMES


async def keep_reviewers(db: Database, take: Take, named: Rounds) -> None:
    """Call it before a take names others: whoever asks for it may cancel it, for free."""
    sql = "SELECT * FROM reviewers WHERE request_id = ? ORDER BY user_id"
    reviewers = await db.query(sql, take.request_id)
    kept = {"reviewers": [astuple(Reviewer(**row)) for row in reviewers], "named": dict(named)}
    detail = json.dumps(kept, ensure_ascii=False)
    await db.execute(ADD_EVENT, now(), take.request_id, take.id, KEPT, take.requester_id, detail)


async def named_for(db: Database, take: Take) -> list[Reviewer]:
    """Those whom this take has named; none if that isn't known."""
    sql = "SELECT detail FROM events WHERE take_id = ? AND kind = ?"
    rows = await db.query(sql, take.id, KEPT)
    named = detail_of(rows[0]).get("named", {}) if rows else {}
    return [Reviewer(take.request_id, one, round=number) for one, number in named.items()]


async def asked_about(db: Database, take: Take) -> set[str]:
    """The reviewers who were asked about this take or an earlier one, and not for a newer one."""
    sql = "SELECT id FROM takes WHERE request_id = ? AND number <= ?"
    so_far = {row["id"] for row in await db.query(sql, take.request_id, take.number)}
    return {one.user_id for one in await reviewers_for(db, take) if one.take_id in so_far}


async def reviewers_for(db: Database, take: Take) -> list[Reviewer]:
    """The reviewers of this take. Whoever asks for a newer one may name others, but only for that.

    So nobody changes by it who has to approve this one.
    """
    reviewers = await reviewers_of(db, take.request_id)
    if not (rows := await db.query(NAMED_NEXT, take.request_id, take.number, KEPT)):
        return reviewers
    now = {one.user_id: one for one in reviewers}
    kept = [Reviewer(*row) for row in detail_of(rows[0])["reviewers"]]
    return [replace(now.get(one.user_id, one), round=one.round) for one in kept]


async def restore_reviewers(db: Database, take: Take) -> None:
    """As they were, for a take of which no video comes; but who was asked meanwhile stays asked.

    Nothing happens if it named nobody, or if a newer take may come: then they are that one's.
    """
    newer = take.request_id, take.number, State.FAILED, State.CANCELLED, *NEVER_COMES
    if not (rows := await db.query(UNLESS_NEWER, take.id, KEPT, *newer)):
        return
    kept = detail_of(rows[0])
    await db.execute("DELETE FROM reviewers WHERE request_id = ?", take.request_id)
    asked = await _asked(db, take.request_id)
    for one in (Reviewer(*row) for row in kept["reviewers"]):
        first, at = asked.get(one.user_id, ("", ""))
        told = replace(one, take_id=one.take_id or first, told_at=max(one.told_at, at))
        await db.execute(ADD_REVIEWER, *astuple(told))


async def _asked(db: Database, request_id: str) -> dict[str, tuple[str, str]]:
    """By user id: the take that they were first asked about, and when they were last."""
    sql = "SELECT take_id, at, detail FROM events WHERE request_id = ? AND kind = ? ORDER BY seq"
    found: dict[str, tuple[str, str]] = {}
    for row in await db.query(sql, request_id, ASKED):
        for user_id in detail_of(row)["user_ids"]:
            found[user_id] = found.get(user_id, (row["take_id"], ""))[0], row["at"]
    return found
