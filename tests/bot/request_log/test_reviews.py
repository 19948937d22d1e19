"""Reviews in the request log, on both stores: decisions, notes and reviewers."""

import asyncio
import tracemalloc
from dataclasses import replace

import pytest

from bot.domain.captions import Timecode
from bot.domain.reviewing.rounds import of_rounds
from bot.domain.reviews import Decision, Note, Reviewer
from bot.domain.takes import State, Take
from bot.request_log.log import RequestLog
from bot.request_log.reports.log_rows import take_rows
from bot.request_log.reports.review_record import COLUMNS as REVIEW_COLUMNS
from bot.request_log.reports.review_record import review_rows
from bot.request_log.reviewing.before import name_reviewers
from bot.request_log.reviewing.reminders import ReminderLog
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.reviews import NotCurrentTake, ReviewLog
from bot.request_log.statements import NotInLog
from tests.support.request_log import add_request, deliver, events_of, notes_of

YES, NO = Decision.APPROVED, Decision.CHANGES
NINE = "2026-11-23T09:00:00.000+00:00"
MORNING = "2026-11-23T08:00:00.000+00:00"
LATER = "2999-01-01T00:00:00.000+00:00"


async def add_second_take(log: RequestLog, first: Take, *answers: str) -> Take:
    take = replace(first, id="T1b", number=2, state=State.QUEUED)
    assert await log.add_take(take, by="U1", answers=answers)
    return take


@pytest.fixture
def reviews(log: RequestLog) -> ReviewLog:
    return ReviewLog(log.store)


async def test_only_a_persons_last_decision_counts(log: RequestLog, reviews: ReviewLog) -> None:
    take = await add_request(log)
    await deliver(log, take, sha256="ab" * 32)
    assert (await reviews.decide(take.id, "U2", NO, "Slower", needed=1)).take.decision == NO
    assert (await reviews.decide(take.id, "U3", YES, "", needed=1)).take.decision == NO
    assert (await reviews.decide(take.id, "U2", YES, "", needed=1)).take.decision == YES
    assert (await reviews.decide(take.id, "U3", None, "", needed=2)).take.decision == ""
    [kept] = await reviews.of_take(take.id)
    assert (kept.user_id, kept.decision, kept.sha256) == ("U2", YES, "ab" * 32)
    assert await notes_of(log) == [], "changes that are no longer requested are not a note"
    said = [e["detail"]["decision"] for e in await events_of(log, "R1") if e["kind"] == "decided"]
    assert said == [NO, YES, YES, "withdrawn"], "the events keep all of it"
    assert [row["decision"] async for row in take_rows(log.store)] == [""]
    rows = await review_rows(log.store, user="U2", since="2026-01-01")
    assert [row["decision"] for row in rows] == [NO, YES]
    assert set(rows[0]) == set(REVIEW_COLUMNS)
    assert (
        await review_rows(log.store, user="U9") == await review_rows(log.store, since=LATER) == []
    )


async def test_concurrent_decisions_all_count(log: RequestLog, reviews: ReviewLog) -> None:
    take = await add_request(log)
    await deliver(log, take)
    people = [f"U{n}" for n in range(2, 8)]
    await asyncio.gather(*(reviews.decide(take.id, u, YES, "", needed=6) for u in people))
    assert (await log.take(take.id)).decision == YES


async def test_only_the_current_take_can_be_decided_about(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    with pytest.raises(NotCurrentTake):
        await reviews.decide(take.id, "U2", YES, "", needed=1)
    await deliver(log, take)
    again = await add_second_take(log, take)
    await reviews.decide(take.id, "U2", YES, "", needed=1)
    await deliver(log, again)
    with pytest.raises(NotCurrentTake) as replaced:
        await reviews.decide(take.id, "U2", NO, "", needed=1)
    assert replaced.value.args == (2,)
    with pytest.raises(NotInLog):
        await reviews.decide("T9", "U2", YES, "", needed=1)


async def test_notes_that_a_new_take_addresses_stay_addressed(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await deliver(log, take)
    note = Note("C1.1", "R1", take.id, "U2", "2026-11-22T10:00:00.000+00:00", "0:14 %?", 14.0, 20.0)
    assert await reviews.add_note(note)
    assert not await reviews.add_note(note)
    await reviews.decide(take.id, "U2", NO, "Slower", needed=1)
    again = await add_second_take(log, take, "C1.1", f"{take.id}.U2")
    await reviews.decide(take.id, "U2", None, "", needed=1)
    assert {n.answered_by for n in await notes_of(log)} == {again.id}
    assert await reviews.requesters(again) == {"U1"}


def make_note(take: Take, text: str, start: float | None = None, spoken: str = "") -> Note:
    at = "2026-11-22T10:00:00.000+00:00"
    return Note("C1.1", "R1", take.id, "U2", at, text, start, start, spoken)


async def note_events(log: RequestLog) -> list[tuple[str, str, str]]:
    return [
        (e["kind"], e["by"], e["detail"]["text"])
        for e in await events_of(log, "R1")
        if e["kind"].startswith("note ")
    ]


async def test_an_open_note_is_edited_and_deleted_and_events_keep_its_old_text(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    said, edited = make_note(take, "0:01 hm", 1, "Hello."), make_note(take, "0:02 hm", 2, "Bye.")
    assert await reviews.add_note(said)
    assert await reviews.edit_note(said, "2.1") is None, "the text is the same"
    assert await reviews.edit_note(edited, "2.2") == said
    assert await reviews.note("C1.1") == edited
    assert await reviews.delete_note(edited, "2.3")
    assert await reviews.note("C1.1") is None
    assert await notes_of(log) == []
    assert await note_events(log) == [
        ("note edited", "U2", "0:01 hm"),
        ("note edited", "U2", "0:01 hm"),
        ("note deleted", "U2", "0:02 hm"),
    ]


async def test_an_edited_reply_that_was_no_note_becomes_one(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    before = await reviews.edit_note(make_note(take, "0:02 hm", 2, "Bye."), "2.1")
    assert before == make_note(take, "")
    assert [note.text for note in await notes_of(log)] == ["0:02 hm"]


async def test_events_that_slack_repeats_or_delays_change_nothing(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    first, second, third = make_note(take, "one"), make_note(take, "two"), make_note(take, "three")
    assert await reviews.edit_note(third, "2.3")
    assert not await reviews.add_note(first)
    assert await reviews.edit_note(second, "2.2") is None
    assert await reviews.edit_note(second, "2.3") is None
    assert not await reviews.delete_note(first, "2.2")
    assert await reviews.note("C1.1") == third
    gone = await asyncio.gather(*(reviews.delete_note(third, "2.4") for _ in range(4)))
    assert sorted(gone) == [False, False, False, True]
    assert not await reviews.add_note(first)
    assert await reviews.edit_note(third, "2.3") is None
    assert await notes_of(log) == []
    other = replace(first, id="C1.2")
    assert await reviews.delete_note(other, "2.5"), "before the bot knew the note"
    assert not await reviews.add_note(other)


async def test_an_edit_doesnt_read_all_edits_before_it(log: RequestLog, reviews: ReviewLog) -> None:
    """Somebody who edits a long reply all day would stop the bot."""
    take = await add_request(log)
    words = [f"{number} {'word ' * 8000}" for number in range(102)]
    await reviews.add_note(make_note(take, "one"))
    for number, said in enumerate(words[:100]):
        assert await reviews.edit_note(make_note(take, said), f"2.{number:03}")
    tracemalloc.start()
    try:
        assert await reviews.edit_note(make_note(take, words[100]), "2.100")
        assert await reviews.edit_note(make_note(take, words[101]), "2.099") is None
        assert tracemalloc.get_traced_memory()[1] < 10 * len(words[0])
    finally:
        tracemalloc.stop()
    assert [note.text for note in await notes_of(log)] == [words[100]]


async def test_an_addressed_note_is_neither_edited_nor_deleted(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await reviews.add_note(make_note(take, "0:01 hm", 1))
    again = await add_second_take(log, take, "C1.1")
    await deliver(log, again)
    assert await reviews.edit_note(make_note(take, "0:02 hm", 2), "2.1") is None
    assert not await reviews.delete_note(make_note(take, "0:01 hm", 1), "2.2")
    [note] = await notes_of(log)
    assert (note.text, note.answered_by) == ("0:01 hm", again.id)
    assert await note_events(log) == []


async def set_reviewers(log: RequestLog, user_ids: list[str]) -> None:
    async with log.store.transaction() as db:
        await name_reviewers(db, "R1", of_rounds(user_ids, ()))


async def test_a_reviewer_is_mentioned_and_reminded_once(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await deliver(log, take, delivered_at="2026-11-22T10:00:00.000+00:00")
    await set_reviewers(log, ["U2", "U3", "U4"])
    told = "2026-11-22T10:00:01.000+00:00"
    for reviewer in await reviews.reviewers("R1"):
        await reviews.record_mention(reviewer, take.id, told)
        await reviews.record_mention(reviewer, "T9", LATER)
    await set_reviewers(log, ["U2", "U3", "U5"])
    kept = await reviews.reviewers("R1")
    assert [(r.user_id, r.told_at) for r in kept] == [("U2", told), ("U3", told), ("U5", "")]
    reminders = ReminderLog(log.store)
    assert await reminders.who_is_waited_for(LATER) == ["U2", "U3"]
    assert await reminders.who_is_waited_for("2026-11-22T10:00:00.500+00:00") == []
    [(two, pending)] = await reminders.pending("U2")
    assert (two.user_id, pending.id) == ("U2", take.id)
    both = await asyncio.gather(
        *(reminders.claim("U2", {take.id: "R1"}, NINE, last_before=MORNING) for _ in range(4))
    )
    assert sorted(both) == [False, False, False, True]
    assert await reminders.was_reminded("U2", since=MORNING)
    assert not await reminders.was_reminded("U3", since=MORNING)
    rounds = RoundLog(log.store, 2)
    left = await asyncio.gather(*(rounds.reviewer_left(take, "U2", told) for _ in range(2)))
    assert sorted(left) == [False, True]
    assert await reminders.who_is_waited_for(LATER) == ["U3"]
    await reviews.decide(take.id, "U3", YES, "", needed=2)
    assert await reminders.who_is_waited_for(LATER) == []
    await reviews.decide(take.id, "U3", None, "", needed=2)
    second = await add_second_take(log, take)
    assert await reminders.who_is_waited_for(LATER) == ["U3"], "it has not come yet"
    await deliver(log, second, delivered_at="2026-11-22T10:00:02.000+00:00")
    assert await reminders.who_is_waited_for(LATER) == ["U3"]
    assert [one.id for _, one in await reminders.pending("U3")] == [second.id]


async def test_withdrawing_a_request_deletes_its_reviewers(log: RequestLog) -> None:
    reviews = ReviewLog(log.store)
    await add_request(log)
    await set_reviewers(log, ["U2"])
    assert await reviews.reviewers("R1") == [Reviewer("R1", "U2")]
    await log.withdraw("R1", "no card")
    assert await reviews.reviewers("R1") == []


async def test_the_request_of_a_thread_is_found_by_channel_and_ts(
    log: RequestLog, reviews: ReviewLog
) -> None:
    await add_request(log)
    await log.set_card(await log.request("R1"), "1.1")
    found = await reviews.request_of_thread("C1", "1.1")
    assert found is not None
    assert found.id == "R1"
    assert await reviews.request_of_thread("C2", "1.1") is None


async def test_requested_changes_become_a_new_note_once_the_last_one_is_addressed(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await deliver(log, take)
    await reviews.decide(take.id, "U2", NO, "Slower", needed=1)
    await reviews.decide(take.id, "U2", NO, "0:14 slower", needed=1,
                         at=Timecode(14, 14), spoken="Hello.")  # fmt: skip
    await reviews.decide(take.id, "U22", NO, "Mine", needed=1)
    mine, asked = sorted(await notes_of(log), key=lambda note: note.text, reverse=True)
    assert (asked.text, asked.start_seconds, asked.end_seconds) == ("0:14 slower", 14, 14)
    assert asked.spoken == "Hello."
    again = await add_second_take(log, take, asked.id)

    for words in ("Louder", "Much louder"):
        await reviews.decide(take.id, "U2", NO, words, needed=1)
        found = {note.text: note.answered_by for note in await notes_of(log)}
        assert found == {"0:14 slower": again.id, "Mine": "", words: ""}
    await reviews.decide(take.id, "U2", None, "", needed=1)
    assert {note.text for note in await notes_of(log)} == {"0:14 slower", mine.text}


async def test_a_note_that_only_a_cancelled_take_addressed_is_open_again(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await reviews.add_note(make_note(take, "one"))
    again = await add_second_take(log, take, "C1.1")
    await log.move(again.id, State.CANCELLED)
    assert await reviews.edit_note(make_note(take, "two"), "2.1")
    assert await reviews.delete_note(make_note(take, "two"), "2.2")
    assert await notes_of(log) == []


async def test_an_edit_that_was_reverted_meanwhile_is_ignored(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await reviews.add_note(make_note(take, "one"))
    assert await reviews.edit_note(make_note(take, "one"), "2.2") is None
    assert await reviews.edit_note(make_note(take, "two"), "2.1") is None
    assert [note.text for note in await notes_of(log)] == ["one"]
