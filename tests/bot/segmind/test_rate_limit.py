"""The budget of requests a minute, on a clock that the tests move: a minute takes no minute."""

import asyncio

import pytest

from bot.segmind import rate_limit
from bot.segmind.rate_limit import RateLimit

STEP = 0.05  # seconds


class SetClock:
    """The time of the event loop and of the budget; stands still until it is moved on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        monkeypatch.setattr(rate_limit, "monotonic", lambda: self.now)

    async def move(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            for _ in range(8):  # what is due wakes, goes on, and may wake another
                await asyncio.sleep(0)


class Process:
    """One that asks all the time, as many renders do; `calls` are the times of its requests."""

    def __init__(self, clock: SetClock, calls: list[float], processes: int) -> None:
        self.budget = RateLimit(60)
        self.budget.share_between(processes)
        self._clock, self._calls = clock, calls
        self._tasks = [asyncio.create_task(self._poll()) for _ in range(20)]

    async def _poll(self) -> None:
        while True:
            await self.budget.acquire()
            self._calls.append(self._clock.now)

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)


async def at_once(budget: RateLimit) -> int:
    """How many requests go with no wait."""
    count = 0
    while True:
        asking = asyncio.create_task(budget.acquire())
        await asyncio.sleep(0)
        if not asking.done():
            asking.cancel()
            return count
        count += 1


def worst_minute(calls: list[float]) -> int:
    return max(sum(first <= call < first + 60 for call in calls) for first in calls)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("requests_per_minute", [5, 50, 60_000])
async def test_a_new_process_may_ask_once_and_not_a_burst(requests_per_minute: float) -> None:
    assert await at_once(RateLimit(requests_per_minute)) == 1


async def test_a_process_that_was_quiet_for_a_while_may_ask_a_fifth_at_once(
    clock: SetClock,
) -> None:
    one, of_three, of_three_again = RateLimit(60), RateLimit(60), RateLimit(60)
    of_three.share_between(3)
    await clock.move(20)
    assert await at_once(one) == 12
    assert await at_once(of_three) == 4
    of_three_again.share_between(3)  # told late
    assert await at_once(of_three_again) == 4


async def test_a_share_that_changes_gives_no_new_burst(clock: SetClock) -> None:
    mine = RateLimit(60)
    await clock.move(20)
    assert await at_once(mine) == 12
    for processes in (3, 2, 3, 1, 2, 1):
        mine.share_between(processes)
        assert await at_once(mine) == 0


async def test_what_was_saved_up_as_one_of_three_is_not_there_for_the_last_one(
    clock: SetClock,
) -> None:
    mine = RateLimit(60)
    mine.share_between(3)
    await clock.move(20)
    mine.share_between(1)
    assert await at_once(mine) == 1
    await clock.move(20)
    assert await at_once(mine) == 12


async def test_whoever_waits_waits_by_the_share_of_the_moment(clock: SetClock) -> None:
    mine = RateLimit(60)
    assert await at_once(mine) == 1
    mine.share_between(8)  # 6 a minute
    waiting = [asyncio.create_task(mine.acquire()) for _ in range(10)]
    await clock.move(21)
    assert sum(each.done() for each in waiting) == 2
    mine.share_between(1)  # 48 a minute
    await clock.move(12)
    assert all(each.done() for each in waiting)


@pytest.mark.parametrize("processes", [1, 3])
async def test_a_submission_goes_before_the_reads_that_wait(
    clock: SetClock, processes: int
) -> None:
    mine = RateLimit(60)
    mine.share_between(processes)
    assert await at_once(mine) == 1
    reads = [asyncio.create_task(mine.acquire()) for _ in range(20)]
    await clock.move(2)  # the first read has begun to pay
    submission = asyncio.create_task(mine.acquire(for_submission=True))
    await clock.move(2 * processes * 1.25)
    assert submission.done()
    assert sum(read.done() for read in reads) <= 3
    for task in reads:
        task.cancel()


@pytest.mark.parametrize("told_after", [0, 5], ids="told after {} s".format)
async def test_no_minute_holds_more_than_the_key_allows_while_workers_come_and_go(
    clock: SetClock, told_after: float
) -> None:
    calls: list[float] = []
    first = Process(clock, calls, processes=1)
    await clock.move(65)
    assert worst_minute(calls) <= 60
    for _ in range(4):
        second = Process(clock, calls, processes=2)
        await clock.move(told_after)
        first.budget.share_between(2)
        await clock.move(6 - told_after)
        third = Process(clock, calls, processes=3)
        await clock.move(told_after)
        first.budget.share_between(3)
        second.budget.share_between(3)
        await clock.move(6 - told_after)
        second.end()
        third.end()
        await clock.move(told_after)
        first.budget.share_between(1)
        await clock.move(7 - told_after)
    first.end()
    assert 40 <= worst_minute(calls) <= 60
