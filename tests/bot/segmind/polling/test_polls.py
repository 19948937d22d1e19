"""The task that polls all renders, with the real rate limit, on a clock that needs no waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest

from bot.domain.polling.planner import PollPlanner
from bot.domain.polling.render_times import RenderTimes
from bot.errors import RateLimited, RenderFailed
from bot.segmind.polls import MOST_AT_ONCE, Polls
from bot.segmind.rate_limit import RateLimit, Turn
from tests.bench.waiting.virtual_time import VirtualTime

TIMES = RenderTimes(usual=140.0, spread=0.2, fastest=85.0)
followed: list[asyncio.Future[str | None]] = []  # held, as asyncio does not
Poll = Callable[[str], Awaitable[str | None]]


def on_virtual_time(test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await test()

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        runner.run(run())


def now() -> float:
    return asyncio.get_running_loop().time()


def polls_of(poll: Poll, rate_limit: RateLimit | None = None) -> Polls[str, str]:
    return Polls(PollPlanner[str](5.0, TIMES), rate_limit or RateLimit(50), poll)


def follow(polls: Polls[str, str], renders: Iterable[str]) -> None:
    for render in renders:
        followed.append(asyncio.ensure_future(polls.result(render, 0.0)))


async def never(_: str) -> None:
    return None


def test_each_render_gets_its_own_result_or_failure() -> None:
    async def poll(render: str) -> str | None:
        if render == "fails":
            raise RenderFailed("no such face")
        return f"video of {render}" if now() > 140 else None

    async def test() -> None:
        polls = polls_of(poll)
        renders = [polls.result(name, 0.0) for name in ("a", "fails", "b")]
        a, failed, b = await asyncio.gather(*renders, return_exceptions=True)
        assert (a, b) == ("video of a", "video of b")
        assert isinstance(failed, RenderFailed)
        assert now() < 150

    on_virtual_time(test)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_that_share_a_key_stay_within_its_limit(processes: int) -> None:
    sent: list[float] = []

    async def poll(_: str) -> None:
        sent.append(now())

    async def test() -> None:
        for process in range(processes):
            rate_limit = RateLimit(50)
            rate_limit.share_between(processes)
            polls = polls_of(poll, rate_limit)
            follow(polls, [f"{process}.{number}" for number in range(30)])
        await asyncio.sleep(400)
        worst = max(sum(at <= other < at + 60 for other in sent) for at in sent)
        assert 30 <= worst <= 50

    on_virtual_time(test)


def test_a_thousand_that_are_due_at_once_are_a_few_tasks() -> None:
    tasks: list[int] = []
    polled: set[str] = set()

    async def poll(render: str) -> None:
        tasks.append(len(asyncio.all_tasks()))
        await asyncio.sleep(0.1)
        polled.add(render)

    async def test() -> None:
        polls = polls_of(poll, RateLimit(1_000_000))
        follow(polls, map(str, range(1000)))
        await asyncio.sleep(120)
        assert len(polled) == 1000
        assert max(tasks) <= 1000 + MOST_AT_ONCE + 2  # those that wait, this one, and the planner's

    on_virtual_time(test)


def test_a_submission_never_waits_behind_polls() -> None:
    async def test() -> None:
        rate_limit = RateLimit(50)
        polls = polls_of(never, rate_limit)
        follow(polls, map(str, range(30)))
        await asyncio.sleep(120)
        for _ in range(5):
            asked = now()
            await rate_limit.acquire(Turn.SUBMISSION)
            assert now() - asked < 0.1
            await asyncio.sleep(10)

    on_virtual_time(test)


def test_a_429_pauses_all_polls_and_that_render_for_as_long_as_it_says() -> None:
    sent: list[tuple[float, str]] = []

    async def poll(render: str) -> str | None:
        sent.append((now(), render))
        if len(sent) == 1:
            raise RateLimited(300.0)
        return None

    async def test() -> None:
        polls = polls_of(poll)
        follow(polls, ("a", "b"))
        await asyncio.sleep(500)
        (first, limited), (second, _) = sent[:2]
        assert second - first >= 60
        assert min(at for at, name in sent[1:] if name == limited) - first >= 300

    on_virtual_time(test)


def test_a_stopped_or_cancelled_render_is_not_polled_any_more() -> None:
    sent: list[str] = []

    async def poll(render: str) -> None:
        sent.append(render)

    async def test() -> None:
        polls = polls_of(poll)
        stopped = asyncio.ensure_future(polls.result("stopped", 0.0))
        cancelled = asyncio.ensure_future(polls.result("cancelled", 0.0))
        await asyncio.sleep(120)
        polls.stop("stopped")
        cancelled.cancel()
        assert await stopped is None
        assert {"stopped", "cancelled"} == set(sent)
        sent.clear()
        await asyncio.sleep(500)
        assert not sent
        again = asyncio.ensure_future(polls.result("later", 0.0))
        await asyncio.sleep(100)
        assert sent
        again.cancel()

    on_virtual_time(test)
