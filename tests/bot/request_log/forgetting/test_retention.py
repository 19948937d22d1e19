"""After RETENTION_DAYS, people's words are blanked; money, times, states and hashes stay."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.parameters import Parameters
from bot.domain.reviews import Decision, Note
from bot.domain.takes import Request, State, Take
from bot.request_log.forgetting import retention
from bot.request_log.forgetting.retention import RetentionLog
from bot.request_log.forgetting.words import BATCH, blank_events
from bot.request_log.log import RequestLog
from bot.request_log.reports.log_rows import take_rows
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.request_log.statements import add_event
from bot.storage.store import Database, Row
from bot.storage.tables import text_columns
from tests.support.request_log import (
    add_notes,
    add_request,
    deliver,
    events_of,
    some_are_blanked,
)

WORD = "secret-word"
SCRIPT = Parameters(prompt=WORD, background=f"https://a.example/{WORD}.png")
START = "", 0
SOON = timestamp(datetime.now(UTC) + timedelta(hours=1))  # so all that happens is before then


@pytest.fixture
def retention_log(log: RequestLog) -> RetentionLog:
    return RetentionLog(log.store)


async def texts(log: RequestLog) -> str:
    return json.dumps([await log.store.query(f"SELECT * FROM {name}") for name in text_columns()])


async def reviewed_video(log: RequestLog) -> None:
    take = await add_request(log, 1, SCRIPT)
    await deliver(log, take, captions=WORD, error=WORD, cost_usd=0.5, sha256="ab")
    reviews = ReviewLog(log.store)
    await reviews.decide("T1", "U2", Decision.CHANGES, WORD, needed=1, spoken=WORD)
    note = Note("C1.2", "R1", "T1", "U2", "2026-11-22", WORD, 1.0, None, WORD)
    assert await reviews.add_note(note, is_answered=True)
    assert await reviews.delete_note(note, "3.1")


async def test_words_are_blanked_and_everything_else_stays(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await reviewed_video(log)
    [before] = [row async for row in take_rows(log.store)]
    assert (await retention_log.page(SOON, after="", limit=10)).idle == ["R1"]
    assert await retention_log.blank("R1", SOON)
    assert WORD not in await texts(log)
    [after] = [row async for row in take_rows(log.store)]
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"script", "background", "error"}
    assert (await ReviewLog(log.store).of_take("T1"))[0].decision == Decision.CHANGES
    kinds = [event["kind"] for event in await events_of(log, "R1")]
    assert kinds[-1] == "events changed"
    assert "note deleted" in kinds


async def test_a_long_thread_is_blanked_in_small_steps(
    log: RequestLog, retention_log: RetentionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reviewed_video(log)
    async with log.store.transaction() as db:
        for _ in range(2 * BATCH):
            await add_event(db, "note edited", "R1", "T1", "U2", {"text": WORD})
    sizes = list[int]()

    async def count(db: Database, rows: list[Row]) -> None:
        sizes.append(len(rows))
        await blank_events(db, rows)

    monkeypatch.setattr(retention, "blank_events", count)
    assert await retention_log.blank("R1", SOON)
    assert WORD not in await texts(log)
    assert max(sizes) == BATCH
    assert sum(sizes) > 2 * BATCH


async def test_after_a_kill_the_next_run_blanks_the_rest(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await deliver(log, await add_request(log, 1, SCRIPT))
    await add_notes(log, 3 * BATCH, "U2", WORD)
    blanking = asyncio.create_task(retention_log.blank("R1", SOON))
    await some_are_blanked(log, 3 * BATCH)
    blanking.cancel()
    await asyncio.wait([blanking])
    assert WORD in await texts(log)
    assert (await retention_log.page(SOON, after="", limit=10)).idle == ["R1"]
    assert await retention_log.blank("R1", SOON)
    assert WORD not in await texts(log)


async def test_a_request_that_goes_on_meanwhile_keeps_its_words(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await deliver(log, await add_request(log, 1, SCRIPT))
    for n in range(2, 10):
        take = Take(f"T{n}", "R1", n, SCRIPT, requester_id="U1")
        await log.add_take(take)
        await deliver(log, take)
    blanking = asyncio.create_task(retention_log.blank("R1", SOON))
    while (await log.take("T1")).parameters.prompt:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await log.add_take(Take("T10", "R1", 10, SCRIPT, requester_id="U1"))
    assert not await blanking
    assert [(await log.take(f"T{n}")).parameters.prompt for n in (9, 10)] == [WORD, WORD]
    assert await log.store.query("SELECT * FROM blanked_requests") == []


async def test_it_is_done_once_and_again_after_a_change(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await reviewed_video(log)
    await asyncio.sleep(0.002)  # words are blanked days after a change, never in its millisecond
    both = [retention_log.blank("R1", SOON) for _ in range(2)]
    assert sorted(await asyncio.gather(*both)) == [False, True], "one of two processes"
    assert (await retention_log.page(SOON, after="", limit=10)).idle == []
    await ReviewLog(log.store).decide("T1", "U3", Decision.APPROVED, WORD, needed=1)
    assert (await retention_log.page(SOON, after="", limit=10)).idle == ["R1"]
    assert await retention_log.blank("R1", SOON)
    assert WORD not in await texts(log)


async def test_a_change_in_the_same_millisecond_is_blanked_too(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await reviewed_video(log)
    assert await retention_log.blank("R1", SOON)
    await ReviewLog(log.store).decide("T1", "U3", Decision.APPROVED, WORD, needed=1)
    last_change = "(SELECT max(at) FROM events WHERE kind = 'decided')"
    async with log.store.transaction() as db:
        await db.execute(f"UPDATE blanked_requests SET blanked_at = {last_change}")
    assert (await retention_log.page(SOON, after="", limit=10)).idle == ["R1"]
    assert await retention_log.blank("R1", SOON)
    assert WORD not in await texts(log)


async def test_a_note_that_slack_still_has_does_not_come_back(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await deliver(log, await add_request(log, 1, SCRIPT))
    reviews = ReviewLog(log.store)
    note = Note("C1.2", "R1", "T1", "U2", "2026-11-22", WORD)
    assert await reviews.add_note(note)
    assert await retention_log.blank("R1", SOON)
    assert await reviews.edit_note(note, "9.1") is None, "as when the thread is read again"
    assert not await reviews.add_note(note)
    assert WORD not in await texts(log)


async def test_what_is_recent_or_under_way_keeps_its_words(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    await reviewed_video(log)
    yesterday = timestamp(datetime.now(UTC) - timedelta(days=1))
    assert not await retention_log.blank("R1", yesterday), "it was changed today"
    await log.add_take(Take("T2", "R1", 2, SCRIPT, requester_id="U1"))
    assert not await retention_log.blank("R1", SOON), "take 2 is queued"
    assert (await log.take("T1")).parameters == SCRIPT
    await log.move("T2", State.CANCELLED)
    assert await retention_log.blank("R1", SOON)
    assert WORD not in await texts(log)


async def test_requests_that_were_withdrawn_are_blanked_once(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    for n in (1, 2, 3):
        take = Take(f"T{n}", f"R{n}", 1, SCRIPT, requester_id="U1")
        assert await log.add_request(Request(f"R{n}", "U1", "C1", "2026-11-22"), take)
        await log.withdraw(f"R{n}", "The card could not be posted.")
    first = await retention_log.withdrawn(SOON, after=START, limit=2)
    rest = await retention_log.withdrawn(SOON, after=max(first.values()), limit=2)
    assert [[*first], [*rest]] == [["R1", "R2"], ["R3"]]
    assert await retention_log.withdrawn(SOON, after=max(rest.values()), limit=2) == {}
    for request_id in (*first, *rest):
        assert await retention_log.blank(request_id, SOON)
    assert WORD not in await texts(log)
    assert await retention_log.withdrawn(SOON, after=START, limit=2) == {}


async def test_every_request_is_looked_at_some_at_a_time(
    log: RequestLog, retention_log: RetentionLog
) -> None:
    for n in range(1, 6):
        await deliver(log, await add_request(log, n, SCRIPT))
    first = await retention_log.page(SOON, after="", limit=3)
    assert (first.idle, first.last) == (["R1", "R2", "R3"], "R3")
    second = await retention_log.page(SOON, after=first.last, limit=3)
    assert (second.idle, second.last) == (["R4", "R5"], "")
