"""A rate limit for each person, and turns, so that one busy person doesn't hold up the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

MOST_REMEMBERED = 1000  # people


class LimitPerPerson:
    """`at_once` acts at once, and as many again every `seconds`."""

    def __init__(self, at_once: float, seconds: float) -> None:
        self.at_once = at_once
        self._seconds = seconds
        self._limits: dict[str, AsyncLimiter] = {}  # by user id, the latest last

    def of(self, user_id: str) -> AsyncLimiter:
        """That person's limit. People who have done nothing for long get a new one."""
        limit = self._limits.pop(user_id, None) or AsyncLimiter(self.at_once, self._seconds)
        self._limits[user_id] = limit
        while len(self._limits) > MOST_REMEMBERED:
            del self._limits[next(iter(self._limits))]
        return limit

    async def lets(self, user_id: str) -> bool:
        """Whether this person may act once more now. If so, it counts."""
        return await acquire_now(self.of(user_id))


async def acquire_now(limit: AsyncLimiter) -> bool:
    """Whether it has room, and if so, takes it."""
    if not limit.has_capacity():
        return False
    await limit.acquire()
    return True


class Turns:
    """At slow work: one at a time of each person, and a few in all.

    Whoever has much to do waits behind everybody else who waits, each time again.
    """

    def __init__(self, in_all: int) -> None:
        self._in_all = asyncio.Semaphore(in_all)
        self._of_each: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, user_id: str) -> AsyncIterator[None]:
        async with self._of_each.setdefault(user_id, asyncio.Lock()), self._in_all:
            yield
