"""Work that continues after Slack's request was acknowledged. Its errors are logged or shown."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Background:
    """Holds its tasks, because asyncio itself keeps only weak references to them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cut_off_at_stop: set[asyncio.Task[Any]] = set()
        self.is_stopping = False

    def start(
        self,
        work: Coroutine[Any, Any, T],
        *,
        on_error: Callable[[BaseException], Awaitable[None]] | None = None,
        cut_off_at_stop: bool = False,
    ) -> asyncio.Task[T]:
        """A stop waits for the work, unless it is `cut_off_at_stop`: then only who waits for it."""
        # One context for both, so that log lines about its failure name the same take as its own.
        context = copy_context()
        task = asyncio.create_task(work, context=context)
        self._tasks.add(task)
        if cut_off_at_stop:
            self._cut_off_at_stop.add(task)
        task.add_done_callback(lambda done: self._finished(done, on_error), context=context)
        return task

    def later(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Starts the work after `seconds`, unless the bot is stopping by then."""

        def begin() -> None:
            if not self.is_stopping:
                self.start(work())

        asyncio.get_running_loop().call_later(seconds, begin)

    def _finished(
        self,
        task: asyncio.Task[Any],
        on_error: Callable[[BaseException], Awaitable[None]] | None,
    ) -> None:
        self._tasks.discard(task)
        self._cut_off_at_stop.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if on_error is None:
            log.error("background work failed", exc_info=error)
        else:
            self.start(_await(on_error(error)))

    async def drain(self, seconds: float) -> None:
        """Waits up to `seconds` for the work to finish, then cancels what is left."""
        self.is_stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while unfinished := self._tasks - self._cut_off_at_stop:
                    await asyncio.wait(unfinished)  # one that fails starts another: `on_error`
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _await(work: Awaitable[None]) -> None:
    await work
