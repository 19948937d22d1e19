"""Answers that are looked up once, and remembered for some minutes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.process.background import Background
from bot.process.clock import Clock

MOST_REMEMBERED = 10_000

T = TypeVar("T")


class Lookups(Generic[T]):
    """`look_up` returns the answer for a key, and the seconds for which it is remembered.

    `on_error` is told what it raises, as is whoever waits for the answer.
    """

    def __init__(
        self,
        look_up: Callable[[str], Awaitable[tuple[T, float]]],
        *,
        on_error: Callable[[BaseException], Awaitable[None]],
        background: Background,
        clock: Clock,
    ) -> None:
        self._look_up = look_up
        self._on_error = on_error
        self._background = background
        self._clock = clock
        self._remembered: dict[str, tuple[float, float, T]] = {}  # key -> at, until, answer
        self._running: dict[str, asyncio.Task[T]] = {}

    async def get(self, key: str, *, newer_than: float = float("inf")) -> T:
        """Those who ask at the same time share one call; it continues when they stop waiting.

        What is remembered for more than `newer_than` seconds is looked up again.
        """
        if self.knows(key, newer_than):
            return self._remembered[key][2]
        if key not in self._running:
            task = self._background.start(
                self._remember(key), on_error=self._on_error, cut_off_at_stop=True
            )
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(self._running[key])

    def knows(self, key: str, newer_than: float = float("inf")) -> bool:
        """Whether `get` would answer without a look-up."""
        if not (known := self._remembered.get(key)):
            return False
        at, until, _ = known
        now = self._clock.now().timestamp()
        # A clock that was set back would make it known for longer.
        return until > now and 0 <= now - at <= self._clock.scaled(newer_than)

    def forget(self, key: str) -> None:
        self._remembered.pop(key, None)

    async def _remember(self, key: str) -> T:
        answer, seconds = await self._look_up(key)
        now = self._clock.now().timestamp()
        self._remembered.pop(key, None)  # so that the oldest stands first
        self._remembered[key] = (now, now + self._clock.scaled(seconds), answer)
        while len(self._remembered) > MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return answer
