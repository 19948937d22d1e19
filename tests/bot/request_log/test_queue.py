"""The queue: its order, the render limit, and its pauses.

Each test runs on SQLite and on Postgres.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.takes import PauseReason, State, WrongMove
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog, RenderLimitReached
from bot.request_log.rows import now, timestamp
from tests.support.request_log import (
    TO_DELIVERED,
    add_request,
)

S = State


async def test_the_queue_is_in_the_order_of_the_requests(log: RequestLog) -> None:
    for n in (3, 1, 2):
        await add_request(log, n)
    assert [await QueueLog(log.store).position(f"T{n}") for n in (1, 2, 3)] == [1, 2, 3]
    await log.move("T1", S.SUBMITTING)
    assert [await QueueLog(log.store).position(f"T{n}") for n in (1, 2, 3, 9)] == [0, 1, 2, 0]
    await log.move("T1", S.QUEUED)  # asked to wait: it keeps its place
    assert await QueueLog(log.store).position("T1") == 1
    assert [t.id for t in await log.takes_in([S.QUEUED, S.FAILED])] == ["T1", "T2", "T3"]


async def test_concurrent_submissions_respect_the_render_limit(
    log: RequestLog,
) -> None:
    takes = [await add_request(log, n) for n in range(1, 9)]
    tries = [QueueLog(log.store).begin_submission(take.id, 3, 60) for take in takes]
    tried = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, RenderLimitReached) for each in tried) == 5
    begun = await log.takes_in([S.SUBMITTING])
    assert len(begun) == await QueueLog(log.store).count_at_segmind(60) == 3
    assert all(take.marked_at for take in begun)
    with pytest.raises(WrongMove):  # begun a moment ago by another one
        await QueueLog(log.store).begin_submission(begun[0].id, 9, 60)
    for state in TO_DELIVERED[1:3]:  # with its result there, it has left Segmind
        await log.move(begun[0].id, state)
    (queued, *_) = await log.takes_in([S.QUEUED])
    assert (await QueueLog(log.store).begin_submission(queued.id, 3, 60)).state is S.SUBMITTING


async def test_an_unwatched_render_counts_for_as_long_as_a_render_takes(
    log: RequestLog,
) -> None:
    left, doubted, queued = [await add_request(log, n) for n in range(1, 4)]
    for take in (left, doubted):
        await QueueLog(log.store).begin_submission(take.id, 3, 60)
    await log.move(left.id, S.RENDERING, segmind_request_id="s1", submitted_at=now())
    await log.move(left.id, S.CANCELLED)
    await log.move(doubted.id, S.IN_DOUBT)
    assert await QueueLog(log.store).count_at_segmind(60) == 2
    assert await QueueLog(log.store).count_at_segmind(0) == 0
    await log.update(left.id, settled_at=now())
    assert await QueueLog(log.store).count_at_segmind(60) == 1
    await log.move(queued.id, S.CANCELLED)  # free: it was never sent
    assert await QueueLog(log.store).count_at_segmind(60) == 1


async def test_a_shorter_pause_does_not_shorten_a_longer_one(log: RequestLog) -> None:
    queue = QueueLog(log.store)
    longer, shorter = in_seconds(200), in_seconds(100)
    await queue.pause(PauseReason.RATE, longer)
    await queue.pause(PauseReason.RATE, shorter)
    pause = await queue.current_pause()
    assert pause is not None
    assert pause.ends_at == longer


async def test_a_pause_by_a_clock_that_was_ahead_is_none(log: RequestLog) -> None:
    """Nobody has a button for it, and all hosts would wait for as long."""
    queue, ends_at = QueueLog(log.store), in_seconds(60)
    await queue.pause(PauseReason.RATE, in_seconds(7200))
    assert await queue.current_pause() is None
    assert await queue.pause(PauseReason.RATE, ends_at)
    pause = await queue.current_pause()
    assert pause is not None
    assert pause.ends_at == ends_at


def in_seconds(seconds: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(seconds=seconds))
