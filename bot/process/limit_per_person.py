"""A rate limit for each person, and turns, so that one busy person doesn't hold up the others."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from itertools import chain
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

MOST_REMEMBERED = 1000  # people
MOST_PARTS = 3  # of a limit that processes share: with less, nobody could do anything

T = TypeVar("T")
_acting: ContextVar[str] = ContextVar("acting", default="")


def acts(user_id: str) -> None:
    """From now on, this asyncio task and those that it starts work for this person."""
    _acting.set(user_id)


def who_acts() -> str:
    """For whom this task works; "" is the bot itself."""
    return _acting.get()


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
        limit = self.of(user_id)
        if not limit.has_capacity():
            return False
        await limit.acquire()
        return True


class _LimitForAll:
    """`at_once` acts of all people together, and as many again every `seconds`."""

    def __init__(self, at_once: int, seconds: float) -> None:
        self._at_once = at_once
        self._seconds = seconds
        self._all = AsyncLimiter(at_once, seconds)

    def share_between(self, processes: int) -> None:
        """Each of them gets its part."""
        part = max(1, self._at_once // min(processes, MOST_PARTS))
        if part != self._all.max_rate:
            self._all = AsyncLimiter(part, self._seconds)


class SharedLimit(_LimitForAll):
    """`at_once` acts of all people together, and as many again every `seconds`.

    Whoever has had some in that time gets another one only while more than that are left. Whoever
    hasn't had any always gets one: that everybody comes at once is rare, and Slack's to refuse.
    """

    def __init__(self, at_once: int, seconds: float) -> None:
        super().__init__(at_once, seconds)
        self._had: dict[str, list[float]] = {}  # by user id: the times of theirs, the latest last

    async def lets(self, user_id: str) -> bool:
        """Whether this person, or the bot itself (""), may act once more now. If so, it counts."""
        now = asyncio.get_running_loop().time()
        had = [at for at in self._had.pop(user_id, ()) if at > now - self._seconds]
        is_room = self._all.has_capacity(len(had) + 1)
        lets = is_room or bool(user_id and not had)
        if lets and user_id:
            had.append(now)
        if had:
            self._had[user_id] = had
        while len(self._had) > MOST_REMEMBERED:
            del self._had[next(iter(self._had))]
        if is_room:
            await self._all.acquire()
        return lets


class FairQueue(Generic[T]):
    """First in, first out for each person, who waits behind everybody else after each turn."""

    def __init__(self) -> None:
        self._of_each: dict[str, list[T]] = {}  # by user id; whose turn it is stands first

    def put(self, user_id: str, item: T) -> None:
        self._of_each.setdefault(user_id, []).append(item)  # an empty deque takes 600 bytes

    def take(self) -> T:
        user_id = next(iter(self._of_each))
        items = self._of_each.pop(user_id)
        item = items.pop(0)
        if items:
            self._of_each[user_id] = items
        return item

    def __bool__(self) -> bool:
        return bool(self._of_each)

    def __iter__(self) -> Iterator[T]:
        return chain(*self._of_each.values())


class FairLimit(_LimitForAll):
    """`at_once` acts of all people together, and as many again every `seconds`.

    Nobody is refused: whoever has waited and acts again waits behind all others who wait.
    """

    def __init__(self, at_once: int, seconds: float) -> None:
        super().__init__(at_once, seconds)
        self._waiting = FairQueue[asyncio.Future[None]]()
        self._serving: asyncio.Task[None] | None = None

    async def lets(self) -> bool:
        """Whether somebody may act now without waiting. If so, it counts."""
        if self._waiting or not self._all.has_capacity():
            return False
        await self._all.acquire()
        return True

    async def wait(self, user_id: str) -> None:
        """Until it is this person's turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put(user_id, turn)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        await turn

    async def _serve(self) -> None:
        while self._waiting:
            await self._all.acquire()
            while self._waiting:
                if not (turn := self._waiting.take()).done():  # it is, if who waited was cut off
                    turn.set_result(None)
                    break


class Turns:
    """At slow work: one at a time of each person, and a few in all.

    Whoever has much to do waits behind everybody else who waits, each time again.
    """

    def __init__(self, in_all: int = sys.maxsize) -> None:
        self._in_all = asyncio.Semaphore(in_all)
        self._of_each: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, user_id: str) -> AsyncIterator[None]:
        async with self._of_each.setdefault(user_id, asyncio.Lock()), self._in_all:
            yield
