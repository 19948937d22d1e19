"""One task that polls all renders of this process, each when it is planned."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from math import inf
from typing import Generic, TypeVar

from bot.domain.polling.planner import PollPlanner
from bot.domain.polling.render_times import RenderTimes
from bot.errors import RateLimited
from bot.segmind.rate_limit import RateLimit

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
# The rate limit is for a minute, so a render that has to wait for longer than that waits alone.
LONGEST_PAUSE_SECONDS = 60.0
# After a restart, a thousand may be due: each is chosen when it can be sent, and is no task before.
MOST_AT_ONCE = 10


class Polls(Generic[K, T]):
    """`await result(render, …)` for each render; all of them share the rate limit."""

    def __init__(
        self,
        planner: PollPlanner[K],
        rate_limit: RateLimit,
        poll: Callable[[K], Awaitable[T | None]],
        *,
        scale: float = 1.0,
    ) -> None:
        """`poll` returns None while the render isn't finished, and may raise RateLimited.

        `scale`: how many seconds one of the planner's takes.
        """
        self._planner = planner
        self._rate_limit = rate_limit
        self._poll_once = poll
        self._scale = scale
        self._waiting: dict[K, asyncio.Future[T | None]] = {}
        self._polling: dict[K, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def result(self, render: K, age: float, polled_at: float = -inf) -> T | None:
        """What `poll` returns or raises in the end; None after `stop`.

        `age`: seconds of the planner since the render was submitted. `polled_at`: in loop time, if
        it was polled before.
        """
        now = self._now()
        self._planner.add(render, now - age, now, polled_at / self._scale)
        self._waiting[render] = waiting = asyncio.get_running_loop().create_future()
        if self._task is None:
            # A context of its own, because it works for all renders.
            self._task = asyncio.create_task(self._run(), context=Context())
            self._task.add_done_callback(self._ended)
        self._changed.set()
        try:
            found: T | None = await waiting
            return found
        finally:
            del self._waiting[render]
            self._planner.remove(render, self._now())
            if polling := self._polling.pop(render, None):
                polling.cancel()
                self._changed.set()
            if not self._waiting and self._task:
                self._task.cancel()
                self._task = None

    def stop(self, render: K) -> None:
        """`result` returns None."""
        waiting = self._waiting.get(render)
        if waiting and not waiting.done():
            waiting.set_result(None)

    def learn(self, times: RenderTimes) -> None:
        self._planner.learn(times)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() / self._scale

    async def _run(self) -> None:
        while True:
            await self._next_is_due()
            await self._rate_limit.acquire_spare()
            while (render := self._planner.take(self._now())) is None:
                await self._next_is_due()
            polling = asyncio.create_task(self._poll(render))
            self._polling[render] = polling

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody waits for a task that has failed."""
        if not task.cancelled() and (error := task.exception()):
            self._task = None
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(error)

    async def _next_is_due(self) -> None:
        loop = asyncio.get_running_loop()
        while (due_at := self._next_at()) > self._now():
            self._changed.clear()
            wakes = due_at < inf
            timer = loop.call_at(due_at * self._scale, self._changed.set) if wakes else None
            try:
                await self._changed.wait()
            finally:
                if timer:
                    timer.cancel()

    def _next_at(self) -> float:
        return self._planner.next_at() if len(self._polling) < MOST_AT_ONCE else inf

    async def _poll(self, render: K) -> None:
        not_before, found, failure = -inf, None, None
        try:
            found = await self._poll_once(render)
        except RateLimited as error:
            pause = error.retry_after / self._scale
            not_before = self._now() + pause
            self._planner.pause(self._now() + min(pause, LONGEST_PAUSE_SECONDS))
        except Exception as error:  # noqa: BLE001  whoever waits for the result handles it
            failure = error
        self._polling.pop(render, None)
        self._changed.set()
        waiting = self._waiting.get(render)
        if waiting is None or waiting.done():
            return
        if failure:
            waiting.set_exception(failure)
        elif found is not None:
            waiting.set_result(found)
        else:
            self._planner.polled(render, self._now(), not_before=not_before)
