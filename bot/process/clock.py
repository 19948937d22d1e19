"""The time of day, and every wait of the handlers: in real seconds, which one scale can shorten."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    def __init__(
        self, scale: float = 1.0, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`scale`: below 1, each wait is so much shorter; tests and the demo need that.

        `now`: with its time zone.
        """
        self._scale = scale
        self.now = now

    def scaled(self, seconds: float) -> float:
        """What `seconds` of the real world are on this clock."""
        return seconds * self._scale

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self.scaled(seconds))
