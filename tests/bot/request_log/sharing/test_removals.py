"""What is taken away again, in the request log on both stores."""

import asyncio
import json

import pytest

from bot.domain.reviewing.rounds import of_rounds
from bot.domain.reviews import Decision, Note, ShareRecord
from bot.domain.takes import State, Take, WrongMove
from bot.request_log.forgetting.words import without_words
from bot.request_log.log import RequestLog
from bot.request_log.owed.messages import OwedMessages, Shown
from bot.request_log.reports import review_record
from bot.request_log.reports.review_record import review_rows
from bot.request_log.reviewing.before import name_reviewers
from bot.request_log.reviewing.reminders import ReminderLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.removals import TAKE_DOWN, Removals
from bot.request_log.sharing.shares import BEGUN, COPIED, MESSAGE, SHARED
from tests.support.request_log import add_request, deliver, events_of, notes_of

LATER = "2999-01-01"


@pytest.fixture
async def take(log: RequestLog) -> Take:
    """Delivered, and approved by U2."""
    take = await add_request(log)
    await deliver(log, take)
    await ReviewLog(log.store).decide(take.id, "U2", Decision.APPROVED, "", needed=1)
    return take


async def add_share(log: RequestLog, take: Take, form: str = "V1", *, ends: bool = True) -> None:
    reviews = ReviewLog(log.store)
    channel_id = form.replace("V1", "C2").replace("V", "D")  # a take is in each at most once
    share = ShareRecord(take.request_id, take.id, "U3", channel_id, form)
    assert await reviews.record_share(share, BEGUN, said="For you")
    assert await reviews.record_share(share, COPIED, file_id="F1", captions_file_id="F2")
    if ends:
        assert await reviews.record_share(share, SHARED, ts="1.2")


async def owed(log: RequestLog) -> list[str]:
    keys = await OwedMessages(log.store, 60, alone=False).keys("2000", {MESSAGE, TAKE_DOWN})
    return sorted(keys)


async def test_a_share_has_all_that_is_needed_to_correct_and_to_delete_it(
    log: RequestLog, take: Take
) -> None:
    await add_share(log, take)
    removals, reviews = Removals(log.store), ReviewLog(log.store)
    share = ShareRecord("R1", take.id, "U3", "C2", "V1", "F1", "F2", "For you", "1.2")
    assert await removals.shares(take.id) == [share]
    assert await owed(log) == []
    await reviews.decide(take.id, "U2", None, "", needed=1)
    assert await owed(log) == ["share.V1"], "owed in the transaction of the decision"


async def test_of_several_processes_one_unshares(log: RequestLog, take: Take) -> None:
    await add_share(log, take)
    removals = Removals(log.store)
    found = await asyncio.gather(*(removals.unshare(take.id, {"V1"}, "U1") for _ in range(4)))
    assert [len(one) for one in sorted(found, key=len)] == [0, 0, 0, 1]
    assert await ReviewLog(log.store).shares(take.id) == []
    assert [share.unshared_by for share in await removals.shares(take.id)] == ["U1"]
    assert await removals.unshare(take.id, {"another"}, "U1") == []


async def test_a_take_is_taken_down_once_and_stays_in_the_log(log: RequestLog, take: Take) -> None:
    await add_share(log, take)
    await add_share(log, take, "V2", ends=False)
    removals, reviews = Removals(log.store), ReviewLog(log.store)
    assert (await removals.take_down(take.id, set(), "U1")).taken_down_by == "U1"
    with pytest.raises(WrongMove):
        await removals.take_down(take.id, set(), "U9")
    with pytest.raises(WrongMove):
        await log.move(take.id, State.DELIVERING)
    assert await owed(log) == ["share.V1", "takedown.T1"]
    assert await reviews.current_take("R1") is None
    [late] = await reviews.unfinished_shares(since="2000", before="2999")
    assert await reviews.record_share(late, SHARED, ts="1.3")
    assert "share.V2" in await owed(log), "it arrived after the take was taken down"
    assert [s.unshared_by for s in await removals.shares(take.id)] == ["U1", "U1"]


async def test_what_is_spoken_in_it_is_not_quoted_any_more(log: RequestLog, take: Take) -> None:
    reviews, messages = ReviewLog(log.store), OwedMessages(log.store, 60, alone=False)

    async def answers() -> list[str]:
        return sorted(await messages.keys("2000", {"note"}))

    for n, posted in ((1, "7.1"), (2, ""), (3, None)):
        at = f"2026-11-22T11:00:0{n}.000+00:00"
        note = Note(f"C1.{n}", "R1", take.id, "U5", at, f"0:0{n}", float(n), spoken="Our secret")
        assert await reviews.add_note(note, is_answered=posted is not None)
        if posted:
            owed = await messages.claim(f"note.{note.id}")
            assert owed
            await messages.settle(owed, Shown(ts=posted))
    assert await answers() == ["note.C1.2"]
    assert {note.spoken for note in await notes_of(log)} == {"Our secret"}
    await Removals(log.store).take_down(take.id, set(), "U1")
    assert await answers() == ["note.C1.1", "note.C1.2"], "the third was never answered"
    assert {note.spoken for note in await notes_of(log)} == {""}


async def test_a_share_that_arrives_after_the_approval_was_withdrawn_is_corrected(
    log: RequestLog, take: Take
) -> None:
    await add_share(log, take, ends=False)
    reviews = ReviewLog(log.store)
    await reviews.decide(take.id, "U2", None, "", needed=1)
    [share] = await reviews.unfinished_shares(since="2000", before="2999")
    assert await owed(log) == []
    assert await reviews.record_share(share, SHARED)
    assert await owed(log) == ["share.V1"]


async def test_the_words_of_who_shared_are_forgotten_with_the_others(
    log: RequestLog, take: Take
) -> None:
    await add_share(log, take)
    [begun] = [e for e in await events_of(log, "R1") if e["kind"] == BEGUN]
    assert "For you" in begun["detail"]["said"]
    kept = json.loads(without_words(json.dumps(begun["detail"]), BEGUN))
    assert kept == {"channel_id": "C2", "form": "V1", "said": ""}


async def test_the_record_has_who_was_asked_and_reminded(log: RequestLog, take: Take) -> None:
    reviews = ReviewLog(log.store)
    async with log.store.transaction() as db:
        await name_reviewers(db, "R1", of_rounds(["U4"], ["U5"]))
        await review_record.record_asked(db, take, ["U4"])
        await review_record.record_asked(db, take, ["U4"])
    told = "2026-11-23T10:00:00.000+00:00"
    for reviewer in await reviews.reviewers("R1"):
        await reviews.record_mention(reviewer, take.id, told)
    [four, five] = await reviews.reviewers("R1")
    reminded = {take.id: four.request_id}
    assert await ReminderLog(log.store).claim("U4", reminded, "2026-11-24", last_before=told)
    note = Note(f"C1.{1}", "R1", take.id, "U5", "2026-11-22T11:00:00.000+00:00", "Slower")
    assert await reviews.add_note(note)
    await add_share(log, take)
    await Removals(log.store).take_down(take.id, set(), "U1")
    rows = await review_rows(log.store)
    assert sorted((row["what"], row["user_id"]) for row in rows) == [
        ("asked", "U4"), ("asked", five.user_id), ("decided", "U2"), ("note", "U5"),
        ("reminded", "U4"), ("shared", "U3"), ("taken down", "U1"), ("unshared", "U1"),
    ]  # fmt: skip
    [before_it_was_an_event] = [row for row in rows if row["user_id"] == "U5" and row["at"] == told]
    assert before_it_was_an_event["take_id"] == take.id
    assert await review_rows(log.store, request_id="R9") == []
    assert await review_rows(log.store, since=LATER) == []
