"""The rate limit, on a clock that the tests advance, so that a minute takes no time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.segmind import rate_limit
from bot.segmind.rate_limit import RateLimit, Turn

STEP = 0.05  # seconds


class FakeClock:
    """The time of the event loop and of the rate limit; only `advance` moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        monkeypatch.setattr(rate_limit, "monotonic", lambda: self.now)

    async def advance(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            for _ in range(8):  # tasks that are due run, and may wake others
                await asyncio.sleep(0)


class Process:
    """A process that polls all the time, as with many renders. `calls` are its request times."""

    def __init__(self, clock: FakeClock, calls: list[float], processes: int) -> None:
        self.rate_limit = RateLimit(60)
        self.rate_limit.share_between(processes)
        self._clock, self._calls = clock, calls
        self._tasks = [asyncio.create_task(self._poll()) for _ in range(20)]

    async def _poll(self) -> None:
        while True:
            await self.rate_limit.acquire()
            self._calls.append(self._clock.now)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    return FakeClock(monkeypatch)


async def immediate_requests(rate_limit: RateLimit) -> int:
    """How many requests do not have to wait."""
    count = 0
    while True:
        request = asyncio.create_task(rate_limit.acquire())
        await asyncio.sleep(0)
        if not request.done():
            request.cancel()
            return count
        count += 1


def worst_minute(calls: list[float]) -> int:
    return max(sum(first <= call < first + 60 for call in calls) for first in calls)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("requests_per_minute", [5, 50, 60_000])
async def test_a_new_process_can_send_one_request_but_no_burst(requests_per_minute: float) -> None:
    assert await immediate_requests(RateLimit(requests_per_minute)) == 1


async def test_after_a_pause_a_fifth_of_the_limit_can_go_immediate_requests(
    clock: FakeClock,
) -> None:
    one, of_three, of_three_again = RateLimit(60), RateLimit(60), RateLimit(60)
    of_three.share_between(3)
    await clock.advance(20)
    assert await immediate_requests(one) == 12
    assert await immediate_requests(of_three) == 4
    of_three_again.share_between(3)  # learns its share late
    assert await immediate_requests(of_three_again) == 4


async def test_a_changed_share_allows_no_new_burst(clock: FakeClock) -> None:
    mine = RateLimit(60)
    await clock.advance(20)
    assert await immediate_requests(mine) == 12
    for processes in (3, 2, 3, 1, 2, 1):
        mine.share_between(processes)
        assert await immediate_requests(mine) == 0


async def test_tokens_saved_as_one_of_three_processes_are_dropped_by_the_last_one(
    clock: FakeClock,
) -> None:
    mine = RateLimit(60)
    mine.share_between(3)
    await clock.advance(20)
    mine.share_between(1)
    assert await immediate_requests(mine) == 1
    await clock.advance(20)
    assert await immediate_requests(mine) == 12


async def test_waiting_requests_follow_the_current_share(clock: FakeClock) -> None:
    mine = RateLimit(60)
    assert await immediate_requests(mine) == 1
    mine.share_between(8)  # 6 a minute
    waiting = [asyncio.create_task(mine.acquire()) for _ in range(10)]
    await clock.advance(21)
    assert sum(each.done() for each in waiting) == 2
    mine.share_between(1)  # 48 a minute
    await clock.advance(12)
    assert all(each.done() for each in waiting)


@pytest.mark.parametrize("processes", [1, 3])
async def test_a_submission_goes_before_waiting_gets(clock: FakeClock, processes: int) -> None:
    mine = RateLimit(60)
    mine.share_between(processes)
    assert await immediate_requests(mine) == 1
    gets = [asyncio.create_task(mine.acquire()) for _ in range(20)]
    await clock.advance(2)  # the first GET already has some of its tokens
    submission = asyncio.create_task(mine.acquire(Turn.SUBMISSION))
    await clock.advance(2 * processes * 1.25)
    assert submission.done()
    assert sum(get.done() for get in gets) <= 3
    for task in gets:
        task.cancel()


@pytest.mark.parametrize(("turn", "share"), [(Turn.SUBMISSION, 3 / 8), (Turn.LOOK_UP, 1 / 2)])
@pytest.mark.parametrize("requests_per_minute", [5, 50])
async def test_submissions_and_look_ups_leave_polls_half_of_the_limit(
    clock: FakeClock, requests_per_minute: int, turn: Turn, share: float
) -> None:
    mine, polls = RateLimit(requests_per_minute), list[float]()
    others = [asyncio.create_task(mine.acquire(turn)) for _ in range(requests_per_minute * 10)]

    async def poll() -> None:
        while True:
            await mine.acquire_spare()
            polls.append(clock.now)

    polling = asyncio.create_task(poll())
    await clock.advance(120)
    assert len(polls) >= 0.35 * 2 * requests_per_minute
    assert sum(other.done() for other in others) >= 0.7 * share * 2 * requests_per_minute
    for task in (polling, *others):
        task.cancel()


@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("requests_per_minute", [5, 50])
async def test_submissions_look_ups_and_polls_all_go_on_while_all_wait(
    clock: FakeClock, requests_per_minute: int, processes: int
) -> None:
    """Lost answers are looked up, even while forms that Segmind refuses are sent all the time.

    And renders are polled, even while somebody also presses *resume* all the time.
    """
    mine = RateLimit(requests_per_minute)
    mine.share_between(processes)
    turns = (Turn.SUBMISSION, Turn.LOOK_UP, Turn.BALANCE, Turn.GET)
    sent = dict.fromkeys(turns, 0)

    async def ask(turn: Turn) -> None:
        while True:
            await mine.acquire(turn)
            sent[turn] += 1

    asking = [asyncio.create_task(ask(turn)) for turn in turns for _ in range(5)]
    await clock.advance(1200)
    for task in asking:
        task.cancel()
    in_turn = 20 * requests_per_minute / processes
    assert sent[Turn.SUBMISSION] >= 0.25 * in_turn
    assert sent[Turn.LOOK_UP] >= 0.08 * in_turn
    assert sent[Turn.GET] >= 0.15 * in_turn


async def test_polls_go_on_while_others_ask_all_the_time(clock: FakeClock) -> None:
    """Such as those of Digital Twins that are being made, one after the other."""
    mine, polls, others = RateLimit(50), list[float](), list[float]()

    async def ask(acquire: Callable[[], Awaitable[None]], calls: list[float]) -> None:
        while True:
            await acquire()
            calls.append(clock.now)

    asking = [
        asyncio.create_task(ask(acquire, calls))
        for acquire, calls in ((mine.acquire_spare, polls), (mine.acquire, others))
    ]
    await clock.advance(120)
    assert len(polls) >= 20
    assert len(others) >= 20
    for task in asking:
        task.cancel()


@pytest.mark.parametrize("delay", [0, 5], ids="learns its share after {} s".format)
async def test_no_minute_exceeds_the_limit_while_workers_come_and_go(
    clock: FakeClock, delay: float
) -> None:
    calls: list[float] = []
    first = Process(clock, calls, processes=1)
    await clock.advance(65)
    assert worst_minute(calls) <= 60
    for _ in range(4):
        second = Process(clock, calls, processes=2)
        await clock.advance(delay)
        first.rate_limit.share_between(2)
        await clock.advance(6 - delay)
        third = Process(clock, calls, processes=3)
        await clock.advance(delay)
        first.rate_limit.share_between(3)
        second.rate_limit.share_between(3)
        await clock.advance(6 - delay)
        second.stop()
        third.stop()
        await clock.advance(delay)
        first.rate_limit.share_between(1)
        await clock.advance(7 - delay)
    first.stop()
    assert 40 <= worst_minute(calls) <= 60
