"""Which notes of a thread a form lists, and how many there are, on both stores."""

import tracemalloc
from dataclasses import replace

import pytest

from bot.domain.reviews import Note, NoteCounts, NoteKind
from bot.domain.takes import State
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from tests.support.request_log import add_notes, add_request, deliver

LONG = "\U0001d11e" * 4_000
MEGABYTE = 1_000_000


@pytest.fixture
def reviews(log: RequestLog) -> ReviewLog:
    return ReviewLog(log.store)


async def test_of_thousands_of_long_notes_only_the_first_are_read(
    log: RequestLog, reviews: ReviewLog
) -> None:
    await deliver(log, await add_request(log))
    await add_notes(log, 3_000, "U1", LONG)  # 48 MB in memory
    tracemalloc.start()
    found = await reviews.notes("R1", 1, most=20)
    counts = await reviews.count_notes("R1", 1, "T1")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(note.text) for note in found.shown] == [len(LONG)] * 20
    assert counts == NoteCounts(everything=3_000, still_open=3_000, open_or_on_take=3_000)
    assert peak < 5 * MEGABYTE


async def test_open_notes_come_first_then_others_then_replies(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await deliver(log, take)
    for number, (text, start) in enumerate(
        [("done", 1), ("late", 9), ("no time", None), ("early", 2), ("deleted", 0), ("reply", 0)]
    ):
        kind = NoteKind.REPLY if text == "reply" else NoteKind.NOTE
        note = Note(f"C1.{number}", "R1", take.id, "U1", f"2026-11-23T09:00:0{number}", text, start)
        await reviews.add_note(replace(note, kind=kind))
    await log.store.execute("UPDATE notes SET text = '' WHERE text = 'deleted'")
    await reviews.settle_notes("R1", {"C1.0": False}, "U2")
    found = await reviews.notes("R1", 1, most=9)
    assert [note.text for note in found.shown] == ["early", "late", "no time", "done", "reply"]
    assert found.is_open == {"C1.3", "C1.1", "C1.2"}
    assert [n.text for n in (await reviews.notes("R1", 1, most=2)).shown] == ["early", "late"]
    assert await reviews.count_notes("R1", 1, take.id) == NoteCounts(5, 3, 4)
    assert await reviews.count_notes("R1", 1, "T9") == NoteCounts(5, 3, 3), "the open ones"
    assert await reviews.count_notes("R9", 1, "T9") == NoteCounts(0, 0, 0)


async def test_what_a_later_take_addresses_is_open_until_that_one_is_there(
    log: RequestLog, reviews: ReviewLog
) -> None:
    take = await add_request(log)
    await deliver(log, take)
    await reviews.add_note(Note("C1.1", "R1", take.id, "U1", "2026-11-23T09:00:01", "slower"))
    again = replace(take, id="T1b", number=2, state=State.QUEUED)
    assert await log.add_take(again, by="U1", answers=["C1.1"])
    for number, still_open in ((1, {"C1.1"}), (2, set[str]())):
        found = await reviews.notes("R1", number, most=9)
        assert found.is_open == still_open
        assert found.shown[0].answered_by == "T1b"
    assert [note.text for note in await reviews.addressed_notes(again)] == ["slower"]
    await log.move(again.id, State.CANCELLED)
    found = await reviews.notes("R1", 2, most=9)
    assert found.is_open == {"C1.1"}
    assert found.shown[0].answered_by == ""
    assert await reviews.note_ids("R1") == ["C1.1"]
