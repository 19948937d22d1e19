"""When messages are drawn again: each at most once a second, and all of them within Slack's limit.

A drawing reads the log when its turn comes. So it shows every change up to then, and whoever asks
for the same message meanwhile needs no other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from functools import partial
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

from bot.errors import SlackError
from bot.process.clock import Clock

log = logging.getLogger(__name__)

# chat.update is in Slack's tier 3, 50 a minute. These 8 at once and 40 a minute are at most 48 in
# any minute. https://docs.slack.dev/apis/web-api/rate-limits
UPDATES_AT_ONCE, UPDATES_PER_MINUTE = 8, 40
# Progress bars leave the rest of them to changes of state.
BARS_AT_ONCE, BARS_PER_MINUTE = 4, 24
UPDATE_SECONDS = 1.0  # between two updates of one message
# aiolimiter serves the smallest waiting amount first, so this small difference is a priority.
STATE_TOKENS, PROGRESS_TOKENS = 0.999, 1.0

Draw = Callable[[], Awaitable[bool]]  # True if the log changed meanwhile: it is drawn once more


class Kind(Enum):
    STATE = "state"
    PROGRESS = "progress"
    NO_UPDATE = "no update"


class Redraws:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._updates = _limiter(clock, UPDATES_AT_ONCE, UPDATES_PER_MINUTE)
        self._bars = _limiter(clock, BARS_AT_ONCE, BARS_PER_MINUTE)
        self._waiting: dict[tuple[str, Kind], asyncio.Task[None]] = {}  # has not begun to draw
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._pauses: dict[asyncio.Lock, asyncio.TimerHandle] = {}
        self._stopping = False

    async def redraw(self, key: str, draw: Draw) -> None:
        """Returns when the message `key` shows at least what is in the log now.

        Raises what `draw` raises.
        """
        await asyncio.shield(self._start(key, draw, Kind.STATE, UPDATE_SECONDS))

    def is_waiting(self, key: str) -> bool:
        """Whether `redraw` was asked for and has not begun, so that it will show what is new."""
        return (key, Kind.STATE) in self._waiting

    def redraw_progress(self, key: str, draw: Draw) -> None:
        """Draws it when no change of state waits. A failure is only logged."""
        self._start_unwatched(key, draw, Kind.PROGRESS, UPDATE_SECONDS)

    async def at_most_every(self, seconds: float, key: str, work: Draw) -> None:
        """Like `redraw`, for work that updates no message.

        The first call works at once. Those of the next `seconds` are served together, after them.
        """
        await asyncio.shield(self._start(key, work, Kind.NO_UPDATE, seconds))

    def at_most_every_unwatched(self, seconds: float, key: str, work: Draw) -> None:
        """Like `at_most_every`, but returns at once. A failure is only logged."""
        self._start_unwatched(key, work, Kind.NO_UPDATE, seconds)

    def hurry(self) -> None:
        """For a stop: whatever waits for its second or minute comes now, and no bar moves."""
        self._stopping = True
        for lock, pause in self._pauses.items():
            pause.cancel()
            lock.release()
        self._pauses.clear()
        for (_, kind), task in self._waiting.items():
            if kind is Kind.PROGRESS:
                task.cancel()

    async def stop(self) -> None:
        self.hurry()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start_unwatched(self, key: str, draw: Draw, kind: Kind, seconds: float) -> None:
        too_late = self._stopping and kind is Kind.PROGRESS
        if (key, kind) not in self._waiting and not too_late:
            self._start(key, draw, kind, seconds).add_done_callback(partial(_log_failure, key))

    def _start(self, key: str, draw: Draw, kind: Kind, seconds: float) -> asyncio.Task[None]:
        task = self._waiting.get((key, kind))
        if task is None:
            task = asyncio.create_task(self._draw(key, draw, kind, seconds))
            self._waiting[key, kind] = task
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # asked for here, in case nobody waits for it any more

    async def _draw(self, key: str, draw: Draw, kind: Kind, seconds: float) -> None:
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            await self._wait_for_budget(kind)
            await lock.acquire()  # so that the newest drawing is the last one sent
        finally:
            del self._waiting[key, kind]  # what changes from here on needs another drawing
        try:
            changed = await draw()
        finally:
            self._release_later(lock, seconds)
        if changed:  # what it shows now is no bar any more, but an old state
            again = Kind.STATE if kind is Kind.PROGRESS else kind
            self._start_unwatched(key, draw, again, seconds)

    async def _wait_for_budget(self, kind: Kind) -> None:
        if kind is Kind.STATE:
            await self._updates.acquire(STATE_TOKENS)
        elif kind is Kind.PROGRESS:
            await self._bars.acquire()
            await self._updates.acquire(PROGRESS_TOKENS)

    def _release_later(self, lock: asyncio.Lock, seconds: float) -> None:
        if self._stopping:
            lock.release()
            return
        loop = asyncio.get_running_loop()
        self._pauses[lock] = loop.call_later(self._clock.scaled(seconds), self._release, lock)

    def _release(self, lock: asyncio.Lock) -> None:
        del self._pauses[lock]
        lock.release()


def _limiter(clock: Clock, at_once: int, per_minute: int) -> AsyncLimiter:
    """Lets `at_once` through without a wait, and `per_minute` in the long run."""
    return AsyncLimiter(at_once, clock.scaled(60 * at_once / per_minute))


def _log_failure(key: str, task: asyncio.Task[None]) -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    if isinstance(error, SlackError):
        log.info("%s was not drawn: %s", key, error)
    else:
        log.error("%s was not drawn", key, exc_info=error)
