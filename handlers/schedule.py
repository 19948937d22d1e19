"""What runs every few seconds or minutes for as long as the bot runs."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.process.background import Background
from bot.process.clock import Clock

SWEEP_SECONDS = 600  # between two sweeps for what a kill or an outage left undone
POSTING_CARD = timedelta(minutes=5)  # after this, a submitted form has its card or has failed
RECENT = timedelta(days=2)  # how far back a sweep looks

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Scheduled:
    work: Work
    seconds: float  # between the end of one run and the start of the next
    waits_first: bool
    cut_off_at_stop: bool
    connected: Callable[[], None] | None
    is_due: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Once, after a run that is under way: what that one has in hand is done by then, too."""
        async with self.lock:
            await self.work()


class Schedule:
    def __init__(self, *, background: Background, clock: Clock) -> None:
        self._background = background
        self._clock = clock
        self._scheduled: dict[str, Scheduled] = {}
        self._loops: list[asyncio.Task[None]] = []

    def add(
        self,
        name: str,
        work: Work,
        *,
        every: float,
        waits_first: bool = False,
        cut_off_at_stop: bool = False,
        connected: Callable[[], None] | None = None,
    ) -> None:
        """Runs `work` now, unless it `waits_first`, and then again `every` seconds after each run.

        A stop waits for the current run, unless it is `cut_off_at_stop`: that is for drawings,
        which the next start makes again. With `connected`, it also runs whenever Slack can reach
        the bot again, after that was called.
        """
        self._scheduled[name] = Scheduled(work, every, waits_first, cut_off_at_stop, connected)

    def connected(self) -> None:
        """Slack can reach the bot, for the first time or again."""
        for one in self._scheduled.values():
            if one.connected:
                one.connected()
                one.is_due.set()

    async def run(self, name: str) -> None:
        """Runs one of them once, now. Raises what it raises."""
        await self._scheduled[name].run()

    def start(self) -> None:
        self._loops = [asyncio.create_task(self._repeat(one)) for one in self._scheduled.values()]

    async def stop(self) -> None:
        """Starts nothing more. `Background.drain` waits for the runs that are under way."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    async def _repeat(self, one: Scheduled) -> None:
        if one.waits_first:
            await self._wait(one)
        while True:
            # In the background, so that an exception is logged and doesn't keep the next run away.
            run = self._background.start(one.run())
            try:
                await asyncio.wait({run})
            finally:
                if one.cut_off_at_stop:
                    run.cancel()
            await self._wait(one)

    async def _wait(self, one: Scheduled) -> None:
        seconds = self._clock.scaled(one.seconds)
        timer = asyncio.get_running_loop().call_later(seconds, one.is_due.set)
        try:
            await one.is_due.wait()
        finally:
            timer.cancel()
        one.is_due.clear()
