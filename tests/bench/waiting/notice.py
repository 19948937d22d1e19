"""How long a finished render goes unnoticed: the bot's polls against evenly spaced ones.

The real planner, its task and the real rate limit run on a simulated clock. Renders take 140 s in
the median with a spread of 20 %: their logarithm has the standard deviation 0.2. They are submitted
one after the other, or five at a time, each after the one before in its slot. The bot starts
without a log, and learns from the renders that it has noticed. Submissions and results count as
requests, as they do at Segmind.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import NormalDist, median

from bot.domain.polling.planner import PollPlanner
from bot.domain.polling.render_times import learned
from bot.domain.polling.schedules import evenly_spaced
from bot.request_log.log import PACE_TAKES
from bot.segmind.polls import Polls
from bot.segmind.rate_limit import RateLimit, Turn
from tests.bench.results import Goal, Row
from tests.bench.waiting.virtual_time import VirtualTime
from tests.bench.workload import Workload

MEDIAN_SECONDS, SPREAD = 140.0, 0.2
POLL_SECONDS = 5.0
PAID, FREE = 50, 5  # requests a minute
WaitUntil = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class Noticed:
    delays: list[float] = field(default_factory=list)  # seconds from each end to its notice
    requests: int = 0

    def __str__(self) -> str:
        per_render = self.requests / len(self.delays)
        return f"{median(self.delays):.2f} s, {per_render:.1f} requests each"


def rows(workload: Workload) -> list[Row]:
    count = workload.simulated_renders
    compared = [
        ("one render", "Render done → seen", *_both(1, PAID, count), Goal("≤", 1.0, "{:.1f} s")),
        ("five renders", "", *_both(5, PAID, count), Goal("≤", 2.5, "{:.1f} s")),
        ("one render, free key", "", *_both(1, FREE, 4 * count), None),
    ]
    results = [
        Row(
            f"{what}, {FREE if goal is None else PAID}/min: finished → noticed, p50",
            str(bot),
            str(even),
            median(bot.delays) / (1 if goal else median(even.delays)),
            goal or Goal("≤", 1.0, "{:.2f} x"),
            short=short,
            limit=f"{median(even.delays):.1f} s",
            why="when a render ends is not known",
        )
        for what, short, bot, even, goal in compared
    ]
    _, _, bot, even, _ = max(compared, key=lambda one: one[2].requests / one[3].requests)
    what = "polls, submissions and results, the most of these"
    ratio = bot.requests / even.requests
    counts = f"{bot.requests} requests", f"{even.requests}"
    why = "slow renders"
    return [*results, Row(what, *counts, ratio, Goal("≤", 1.0, "{:.2f} x"), why=why)]


def _both(at_once: int, requests_per_minute: int, count: int) -> tuple[Noticed, Noticed]:
    """The bot's polls, and evenly spaced ones; of renders that take the same times."""
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        bot = runner.run(_Key(requests_per_minute).with_planner(at_once, count))
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        even = runner.run(_Key(requests_per_minute).evenly(at_once, count))
    return bot, even


class _Key:
    """A key of Segmind, and the renders that are made with it."""

    def __init__(self, requests_per_minute: int) -> None:
        self._rate_limit = RateLimit(requests_per_minute)
        self._noticed = Noticed()
        self._seconds: list[float] = []  # that renders took, as far as they are known
        planner = PollPlanner[float](POLL_SECONDS, learned((), MEDIAN_SECONDS))
        self._polls = Polls(planner, self._rate_limit, self._poll)

    async def with_planner(self, at_once: int, count: int) -> Noticed:
        async def wait_until(ends_at: float) -> None:
            await self._polls.result(ends_at, 0.0)

        return await self._render(at_once, count, wait_until)

    async def evenly(self, at_once: int, count: int) -> Noticed:
        spaced = evenly_spaced(POLL_SECONDS)

        async def wait_until(ends_at: float) -> None:
            submitted_at = _now()
            while True:
                wait = spaced.wait(_now() - submitted_at)
                await self._rate_limit.acquire()
                if await self._poll(ends_at):
                    return
                await asyncio.sleep(wait)

        return await self._render(at_once, count, wait_until)

    async def _poll(self, ends_at: float) -> bool | None:
        self._noticed.requests += 1
        return _now() >= ends_at or None

    async def _render(self, at_once: int, count: int, wait_until: WaitUntil) -> Noticed:
        async def in_slot(slot: int) -> None:
            chance = random.Random(slot)
            # Spread evenly, in random order: chance would be some percent of the result.
            renders = count // at_once
            shares = [(number + 0.5) / renders for number in range(renders)]
            chance.shuffle(shares)
            for share in shares:
                await self._rate_limit.acquire(Turn.SUBMISSION)
                submitted_at = _now()
                seconds = MEDIAN_SECONDS * math.exp(NormalDist(0, SPREAD).inv_cdf(share))
                await wait_until(submitted_at + seconds)
                self._noticed.delays.append(_now() - submitted_at - seconds)
                self._seconds.append(_now() - submitted_at)
                self._polls.learn(learned(self._seconds[-PACE_TAKES:], MEDIAN_SECONDS))
                await self._rate_limit.acquire(Turn.RESULT)
                self._noticed.requests += 2

        await asyncio.gather(*map(in_slot, range(at_once)))
        return self._noticed


def _now() -> float:
    return asyncio.get_running_loop().time()
