"""Who reviews a request while a newer take names others, and once that is gone: the review goes on
with the take before."""

import json
from collections.abc import Iterable
from dataclasses import astuple, replace

from bot.domain.reviewing.rounds import Rounds, leaving_out
from bot.domain.reviews import Reviewer
from bot.domain.takes import State, Take
from bot.request_log.reviewing.requesters import requesters_and_editors
from bot.request_log.reviewing.rows import ASKED, reviewers_of
from bot.request_log.rows import ADD_EVENT, ADD_REVIEWER, detail_of, now
from bot.storage.store import Database

KEPT = "reviewers before"  # the kind of an event
NO_VIDEO = (State.FAILED, State.CANCELLED)  # none comes of it, unless somebody resumes it
NEWEST = """SELECT id, number FROM takes WHERE request_id = ? AND taken_down_by = ''
    AND state NOT IN (?, ?) ORDER BY number DESC LIMIT 1"""
# By the first newer take that has named others, also if it never came: then they are the same.
NAMED_NEXT = """SELECT detail FROM events JOIN takes ON takes.id = events.take_id
    WHERE takes.request_id = ? AND number > ? AND kind = ? ORDER BY number, seq LIMIT 1"""


async def follow_move(db: Database, take: Take, new: State) -> None:
    """`take`: as it was. A video comes of it no longer, or after all."""
    if (take.state in NO_VIDEO) is not (new in NO_VIDEO):
        await settle_reviewers(db, take.request_id)


async def name_others(db: Database, take: Take, named: Rounds) -> None:
    """This take names its reviewers. Those before are kept: whoever asks for it may cancel it, for
    free."""
    if take.number > 1:
        before = await reviewers_of(db, take.request_id)
        kept = {"reviewers": [astuple(one) for one in before], "named": dict(named)}
        detail = json.dumps(kept, ensure_ascii=False)
        who = take.requester_id
        await db.execute(ADD_EVENT, now(), take.request_id, take.id, KEPT, who, detail)
    await name_reviewers(db, take.request_id, named)


async def leave_out(db: Database, take: Take) -> None:
    """Nobody is asked to review what they may not approve: this take, which is the newest.

    They stay named, and are asked again once they may, such as after an edit of the script.
    """
    named = {one.user_id: one.round for one in await reviewers_of(db, take.request_id)}
    rounds = leaving_out(await requesters_and_editors(db, take), named)
    if rounds != named:
        await name_others(db, take, rounds)


async def name_reviewers(db: Database, request_id: str, rounds: Rounds) -> None:
    """Makes these people the reviewers of a request. Who was mentioned already stays mentioned."""
    before = await db.query("SELECT user_id FROM reviewers WHERE request_id = ?", request_id)
    for row in before:
        if row["user_id"] not in rounds:
            sql = "DELETE FROM reviewers WHERE request_id = ? AND user_id = ?"
            await db.execute(sql, request_id, row["user_id"])
    for user_id, number in rounds.items():
        await db.execute(ADD_REVIEWER, *astuple(Reviewer(request_id, user_id, round=number)))
        sql = "UPDATE reviewers SET round = ? WHERE request_id = ? AND user_id = ?"
        await db.execute(sql, number, request_id, user_id)


async def named_for(db: Database, take: Take) -> list[Reviewer]:
    """Those whom this take has named; none if that isn't known."""
    return await _named(db, take.request_id, take.id) or []


async def rounds_named(db: Database, take: Take) -> Rounds | None:
    """The same for a take that is made in its place; None keeps those who are named already."""
    named = await _named(db, take.request_id, take.id)
    return None if named is None else {one.user_id: one.round for one in named}


async def _named(db: Database, request_id: str, take_id: str) -> list[Reviewer] | None:
    """None if that isn't known."""
    sql = "SELECT detail FROM events WHERE take_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1"
    rows = await db.query(sql, take_id, KEPT)
    named = detail_of(rows[0]).get("named") if rows else None
    if named is None:
        return None
    return [Reviewer(request_id, one, round=number) for one, number in named.items()]


async def asked_about(db: Database, take: Take) -> set[str]:
    """The reviewers who were asked about this take or an earlier one, and not for a newer one."""
    sql = "SELECT id FROM takes WHERE request_id = ? AND number <= ?"
    so_far = {row["id"] for row in await db.query(sql, take.request_id, take.number)}
    return {one.user_id for one in await reviewers_for(db, take) if one.take_id in so_far}


async def reviewers_for(db: Database, take: Take) -> list[Reviewer]:
    """The reviewers of this take. Whoever asks for a newer one may name others, but only for that.

    So nobody changes by it who has to approve this one.
    """
    if (kept := await _kept(db, take.request_id, take.number)) is None:
        return await reviewers_of(db, take.request_id)
    return await _of(db, take.request_id, take.id, kept)


async def _kept(db: Database, request_id: str, number: int) -> list[Reviewer] | None:
    """The reviewers when a take after that number named others; None if none has."""
    rows = await db.query(NAMED_NEXT, request_id, number, KEPT)
    return [Reviewer(*row) for row in detail_of(rows[0])["reviewers"]] if rows else None


async def _of(
    db: Database, request_id: str, take_id: str, kept: Iterable[Reviewer]
) -> list[Reviewer]:
    """Those of this take, as they are now. `kept`: the reviewers when a newer take named others.

    If this one was gone at that time, `kept` are those of the take before.
    """
    known = {one.user_id: one for one in (*kept, *await reviewers_of(db, request_id))}
    named = await _named(db, request_id, take_id)
    asked = await _asked(db, request_id)
    found = []
    for one in kept if named is None else named:
        first, at = asked.get(one.user_id, ("", ""))
        last = known.get(one.user_id, one)
        told = {"take_id": last.take_id or first, "told_at": max(last.told_at, at)}
        found.append(replace(last, round=one.round, **told))
    return found


async def settle_reviewers(db: Database, request_id: str) -> None:
    """They are those of the newest take that is in the thread, or of which a video may come.

    Call it when another take becomes that one. Who was asked meanwhile stays asked.
    """
    newest = await db.query(NEWEST, request_id, *NO_VIDEO)
    take_id, number = (newest[0]["id"], newest[0]["number"]) if newest else ("", 0)
    kept = await _kept(db, request_id, number)
    if kept is None and await _named(db, request_id, take_id) is None:
        return
    reviewers = await _of(db, request_id, take_id, kept or [])
    await db.execute("DELETE FROM reviewers WHERE request_id = ?", request_id)
    for one in reviewers:
        await db.execute(ADD_REVIEWER, *astuple(one))


async def _asked(db: Database, request_id: str) -> dict[str, tuple[str, str]]:
    """By user id: the take that they were first asked about, and when they were last."""
    sql = "SELECT take_id, at, detail FROM events WHERE request_id = ? AND kind = ? ORDER BY seq"
    found: dict[str, tuple[str, str]] = {}
    for row in await db.query(sql, request_id, ASKED):
        for user_id in detail_of(row)["user_ids"]:
            found[user_id] = found.get(user_id, (row["take_id"], ""))[0], row["at"]
    return found
