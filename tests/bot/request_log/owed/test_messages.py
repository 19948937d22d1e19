"""The log knows which messages are owed, and one process at a time works on each."""

import asyncio
from dataclasses import replace
from datetime import UTC

import pytest

from bot.domain.reviews import Decision, Note
from bot.domain.takes import Take
from bot.domain.twins.twin import Twin
from bot.request_log.channels import ChannelLog
from bot.request_log.log import RequestLog
from bot.request_log.money.spending import TakeRules
from bot.request_log.owed import decision_notices, messages
from bot.request_log.owed.decision_notices import Notice
from bot.request_log.owed.messages import OwedMessages, Shown
from bot.request_log.owed.thread_reads import ThreadReads
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import now
from bot.request_log.twins.log import TwinLog
from tests.support.request_log import Location, add_request, deliver

YES, NO = Decision.APPROVED, Decision.CHANGES
NOTE = Note("C1.1700000000.000100", "R1", "T1", "U2", "2026-11-22T10:05:00.000+00:00", "0:02", 2, 2)
KINDS = {"note", "notice"}
ANSWER, NOTICE = f"note.{NOTE.id}", "notice.T1.U1"


@pytest.fixture
async def take(log: RequestLog) -> Take:
    take = await add_request(log)
    await deliver(log, take)
    return take


@pytest.fixture
def reviews(log: RequestLog, take: Take) -> ReviewLog:
    return ReviewLog(log.store)


def owed_by(log: RequestLog, seconds: float = 60, *, alone: bool = False) -> OwedMessages:
    return OwedMessages(log.store, seconds, alone=alone)


async def test_of_many_processes_one_works_on_an_answer(
    log: RequestLog, location: Location, reviews: ReviewLog
) -> None:
    assert await reviews.add_note(NOTE, is_answered=True)
    other = await RequestLog.open(location)
    try:
        processes = [owed_by(some) for some in (log, other) * 5]
        claims = await asyncio.gather(*(one.claim(ANSWER) for one in processes))
        [claimed] = [one for one in claims if one]
        assert (claimed.tried, claimed.shown) == (0, 0), "so it can't be in the thread yet"
        assert not await processes[0].settle(claimed, Shown(ts="1.2"))
        assert await owed_by(other).claim(ANSWER) is None, "nothing is owed anymore"
    finally:
        await other.close()


async def test_whose_turn_a_message_has(log: RequestLog, reviews: ReviewLog, take: Take) -> None:
    await reviews.add_note(NOTE, is_answered=True)
    twin = Twin("V2", "Me", "News", "", "U3", "U3", now(), avatar_id="mine")
    await TwinLog(log.store).add(twin, TakeRules(max_unfinished=1, zone=UTC))
    process = owed_by(log)
    assert await process.requester_of(ANSWER) == take.requester_id
    assert await process.requester_of("twin.V2.U3.ask") == "U3"
    assert await process.requester_of("note.of.nothing") == ""


async def test_an_attempt_that_failed_or_was_interrupted_is_made_again(
    log: RequestLog, reviews: ReviewLog
) -> None:
    await reviews.add_note(NOTE, is_answered=True)
    process = owed_by(log)
    failed = await process.claim(ANSWER)
    assert failed
    assert await process.claim(ANSWER) is None
    await process.release(failed)
    interrupted = await process.claim(ANSWER)
    assert interrupted
    assert interrupted.tried == 1, "so it may be in the thread"
    assert await owed_by(log).claim(ANSWER) is None
    await asyncio.sleep(0.002)  # the log's times have milliseconds
    restarted = owed_by(log, alone=True)
    taken_over = await restarted.claim(ANSWER)
    assert taken_over, "it began before the only process did"
    assert not await process.settle(interrupted, Shown(ts="1.1"))
    assert not await restarted.settle(taken_over, Shown(ts="1.2"))
    assert await process.keys("2026", KINDS) == []


async def test_a_change_while_it_is_shown_is_still_owed(
    log: RequestLog, reviews: ReviewLog
) -> None:
    await reviews.add_note(NOTE, is_answered=True)
    process = owed_by(log)
    claimed = await process.claim(ANSWER)
    assert claimed
    at_three = replace(NOTE, text="0:03", start_seconds=3, end_seconds=3)
    await reviews.edit_note(at_three, "1700000001")
    assert await process.settle(claimed, Shown(ts="1.2")), "it is owed again"
    assert await process.keys("2026", KINDS) == [ANSWER]
    claimed = await process.claim(ANSWER)
    assert claimed
    assert claimed.ts == "1.2"
    assert not await process.settle(claimed, Shown(ts="1.2"))
    await reviews.edit_note(replace(at_three, text="0:03, 0:04"), "1700000002")
    assert await process.keys("2026", KINDS) == [ANSWER], "another timecode is quoted, too"
    await reviews.delete_note(NOTE, "1700000003")
    assert await process.keys("2026", KINDS) == [ANSWER]


async def test_a_note_without_an_answer_owes_none(log: RequestLog, reviews: ReviewLog) -> None:
    louder = replace(NOTE, text="Louder", start_seconds=None, end_seconds=None)
    await reviews.add_note(louder)
    await reviews.delete_note(louder, "1700000003")
    assert await owed_by(log).keys("2026", KINDS) == []


async def test_one_notice_tells_of_all_decisions_that_people_don_t_know(
    log: RequestLog, reviews: ReviewLog
) -> None:
    process = owed_by(log)
    await reviews.decide("T1", "U2", YES, "", needed=1)
    first = await process.claim(NOTICE)
    assert first
    assert Notice.of(first) == Notice("U2", "", "", YES, to="U1")
    await reviews.decide("T1", "U2", NO, "Slower", needed=1)  # while the first one is posted
    assert await process.settle(first, decision_notices.told(first))
    await reviews.decide("T1", "U3", NO, "Louder", needed=1)
    second = await process.claim(NOTICE)
    assert second
    assert (Notice.of(second).by, Notice.of(second).before) == ("U3", YES)
    assert not await process.settle(second, decision_notices.told(second))
    await reviews.decide("T1", "U2", None, "", needed=1)
    await reviews.decide("T1", "U3", None, "", needed=1)
    third = await process.claim(NOTICE)
    assert third
    assert (Notice.of(third).before, Notice.of(third).after) == (NO, "")


async def test_a_notice_that_was_posted_but_not_confirmed_is_known_later(
    log: RequestLog, reviews: ReviewLog
) -> None:
    process = owed_by(log)
    await reviews.decide("T1", "U2", YES, "", needed=1)
    lost = await process.claim(NOTICE)
    assert lost
    await reviews.decide("T1", "U2", None, "", needed=1)
    await process.release(lost)
    again = await process.claim(NOTICE)
    assert again
    assert (again.tried, again.wanted) == (1, 2)
    assert Notice.of(again).is_undone, "if nobody was told"
    assert await process.settle(again, decision_notices.told_before(again))
    withdrawn = await process.claim(NOTICE)
    assert withdrawn
    assert (Notice.of(withdrawn).before, Notice.of(withdrawn).after) == (YES, "")


async def test_answers_follow_their_channel(log: RequestLog, reviews: ReviewLog) -> None:
    await reviews.add_note(NOTE, is_answered=True)
    await ChannelLog(log.store).move("C1", "C22")
    assert await owed_by(log).keys("2026", KINDS) == [ANSWER.replace("C1", "C22")]


async def test_each_thread_is_read_by_one_process_and_once(
    log: RequestLog, take: Take, location: Location
) -> None:
    await log.set_card(await log.request("R1"), "1700000000.000001")
    other = await RequestLog.open(location)
    try:
        await asyncio.sleep(0.002)
        connected = now()
        await asyncio.sleep(0.002)
        processes = [ThreadReads(some.store, 60, alone=False) for some in (log, other) * 5]
        claims = await asyncio.gather(*(one.claim("R1", connected) for one in processes))
        [claimed] = [one for one in claims if one]
        await processes[0].settle(claimed, is_read=False)
        claimed_again = await processes[1].claim("R1", connected)
        assert claimed_again, "a reading that failed is made again"

        async def unread(before: str) -> list[str]:
            found = await processes[1].unread(active_since="2026", read_before=before, limit=9)
            return [request.id for request in found]

        assert await unread(connected) == ["R1"]
        await processes[1].settle(claimed_again, is_read=True)
        assert await unread(connected) == []
        assert await processes[0].claim("R1", connected) is None
        await asyncio.sleep(0.002)
        assert await unread(now()) == ["R1"], "after the next connection"
    finally:
        await other.close()


async def test_what_is_deleted_or_corrected_is_owed_at_any_age(
    log: RequestLog, reviews: ReviewLog
) -> None:
    kinds = ("takedown", "share", "changes", "note")
    async with log.store.transaction() as db:
        for kind in kinds:
            await messages.owe(db, f"{kind}.1", "R1", "T1")
    process = owed_by(log)
    assert sorted(await process.keys("2999", kinds)) == ["changes.1", "share.1", "takedown.1"]
    posted = await process.claim("note.1")
    assert posted
    assert not await process.settle(posted, Shown(ts="1.2"))
    async with log.store.transaction() as db:
        await messages.outdate(db, "T1", "note")
    assert "note.1" in await process.keys("2999", kinds), "it says what it should not anymore"
