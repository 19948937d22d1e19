"""The time of day, and how long the handlers wait: real seconds, which tests can scale down."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    def __init__(
        self, scale: float = 1.0, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`scale` is a factor for each wait; `now` returns the time with its time zone."""
        self._scale = scale
        self.now = now

    def scaled(self, seconds: float) -> float:
        """`seconds` times the scale."""
        return seconds * self._scale

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self.scaled(seconds))
