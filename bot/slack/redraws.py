"""When messages are drawn again: each at most once a second, and all of them within Slack's limit.

A drawing reads the log when its turn comes. So it shows every change up to then, and whoever asks
for the same message meanwhile needs no other. While many wait, people take turns: whoever decides
about many videos doesn't keep others from seeing theirs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

from bot.errors import SlackError
from bot.process.clock import Clock
from bot.process.limit_per_person import FairQueue, who_acts

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


@dataclass(slots=True, eq=False)
class _Drawing:
    """Kept small: with a thousand renders, a thousand of them wait for Slack's limit."""

    key: str
    kind: Kind
    draw: Draw
    seconds: float  # from then on, until the next drawing of this message
    # Of whoever asked first, so that log lines name the same take.
    context: Context = field(default_factory=copy_context)
    asked_by: tuple[str, ...] = ()  # in whose queues it is; "" is the bot's own
    has_begun: bool = False
    waiters: list[asyncio.Future[None]] | None = None


class Redraws:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._updates = _limiter(clock, UPDATES_AT_ONCE, UPDATES_PER_MINUTE)
        self._bars = _limiter(clock, BARS_AT_ONCE, BARS_PER_MINUTE)
        self._waiting: dict[tuple[str, Kind], _Drawing] = {}  # has not begun to draw
        self._queues: dict[Kind, FairQueue[_Drawing]] = {
            Kind.STATE: FairQueue(), Kind.PROGRESS: FairQueue(),
        }  # fmt: skip
        self._served: set[Kind] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._pauses: dict[asyncio.Lock, asyncio.TimerHandle] = {}
        self._stopping = False

    async def redraw(self, key: str, draw: Draw, whose: str = "") -> None:
        """Returns when the message `key` shows at least what is in the log now.

        `whose`: the person whose turn it has if the bot itself asks, such as a job.
        Raises what `draw` raises.
        """
        await _end_of(self._add(key, draw, Kind.STATE, UPDATE_SECONDS, whose))

    def redraw_soon(self, key: str, draw: Draw, whose: str = "") -> None:
        """Like `redraw`, but returns at once. A failure is only logged."""
        self._add(key, draw, Kind.STATE, UPDATE_SECONDS, whose)

    def is_waiting(self, key: str) -> bool:
        """Whether `redraw` was asked for and has not begun, so that it will show what is new."""
        return (key, Kind.STATE) in self._waiting

    def redraw_progress(self, key: str, draw: Draw) -> None:
        """Draws it when no change of state waits. A failure is only logged."""
        if not (self._stopping or self.is_waiting(key)):  # that drawing shows the bar, too
            self._add(key, draw, Kind.PROGRESS, UPDATE_SECONDS)

    async def at_most_every(self, seconds: float, key: str, work: Draw) -> None:
        """Like `redraw`, for work that updates no message.

        The first call works at once. Those of the next `seconds` are served together, after them.
        """
        await _end_of(self._add(key, work, Kind.NO_UPDATE, seconds))

    def at_most_every_unwatched(self, seconds: float, key: str, work: Draw) -> None:
        """Like `at_most_every`, but returns at once. A failure is only logged."""
        self._add(key, work, Kind.NO_UPDATE, seconds)

    def hurry(self) -> None:
        """For a stop: whatever waits for its second or minute comes now, and no more bars move."""
        self._stopping = True
        for lock, pause in self._pauses.items():
            pause.cancel()
            lock.release()
        self._pauses.clear()
        bars = self._queues[Kind.PROGRESS]
        while bars:
            if not (bar := bars.take()).has_begun:
                del self._waiting[bar.key, Kind.PROGRESS]
                bar.has_begun = True

    async def finish(self) -> None:
        """`hurry`, and returns when nothing waits anymore."""
        self.hurry()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        self.hurry()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for drawing in self._queues[Kind.STATE]:
            for waiter in drawing.waiters or ():
                waiter.cancel()

    def _add(self, key: str, draw: Draw, kind: Kind, seconds: float, whose: str = "") -> _Drawing:
        drawing = self._waiting.get((key, kind))
        if drawing is None:
            self._waiting[key, kind] = drawing = _Drawing(key, kind, draw, seconds)
            if kind is Kind.NO_UPDATE:
                self._begin(drawing)
        # One that waits behind much of somebody else's has this person's turn, too.
        if drawing.has_begun or (user_id := who_acts() or whose) in drawing.asked_by:
            return drawing
        drawing.asked_by = (*drawing.asked_by, user_id)
        self._queues[kind].put(user_id, drawing)
        if kind not in self._served:
            self._served.add(kind)
            self._keep(asyncio.create_task(self._serve(kind), context=Context()))
        return drawing

    async def _serve(self, kind: Kind) -> None:
        """One task for all that wait for the limit: a task each would take kilobytes of memory."""
        queue = self._queues[kind]
        while queue:
            await self._wait_for_budget(kind)
            while queue:  # it was emptied if the bot stops
                if not (drawing := queue.take()).has_begun:
                    self._begin(drawing)
                    break
        self._served.remove(kind)

    async def _wait_for_budget(self, kind: Kind) -> None:
        if kind is Kind.STATE:
            await self._updates.acquire(STATE_TOKENS)
        else:
            await self._bars.acquire()
            await self._updates.acquire(PROGRESS_TOKENS)

    def _begin(self, drawing: _Drawing) -> None:
        drawing.has_begun = True
        task = asyncio.create_task(self._draw(drawing), context=drawing.context)
        self._keep(task)
        task.add_done_callback(partial(_ended, drawing), context=drawing.context)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _draw(self, drawing: _Drawing) -> None:
        lock = self._locks.setdefault(drawing.key, asyncio.Lock())
        try:
            await lock.acquire()  # so that the newest drawing is the last one sent
        finally:  # what changes from here on needs another drawing
            del self._waiting[drawing.key, drawing.kind]
        try:
            changed = await drawing.draw()
        finally:
            self._release_later(lock, drawing.seconds)
        if changed:  # what it shows now is no bar anymore, but an old state
            again = Kind.STATE if drawing.kind is Kind.PROGRESS else drawing.kind
            whose = next(iter(drawing.asked_by), "")
            self._add(drawing.key, drawing.draw, again, drawing.seconds, whose)

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


async def _end_of(drawing: _Drawing) -> None:
    """A future of its own for each that waits, so that nobody else stops when one of them does."""
    waiter = asyncio.get_running_loop().create_future()
    drawing.waiters = [*(drawing.waiters or ()), waiter]
    await waiter


def _ended(drawing: _Drawing, task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    waiters = [waiter for waiter in drawing.waiters or () if not waiter.done()]
    for waiter in waiters:
        if task.cancelled():
            waiter.cancel()
        elif error:
            waiter.set_exception(error)
        else:
            waiter.set_result(None)
    if error and not waiters:
        _log_failure(drawing.key, error)


def _log_failure(key: str, error: BaseException) -> None:
    if isinstance(error, SlackError):
        log.info("%s was not drawn: %s", key, error)
    else:
        log.error("%s was not drawn", key, exc_info=error)
