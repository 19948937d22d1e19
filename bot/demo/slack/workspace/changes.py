"""The stream of what changes in the workspace, and waiting for a change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

from bot.demo.listeners import Listeners

T = TypeVar("T")
ChangeKind = Literal[
    "person", "channel", "message", "message_changed", "message_deleted", "ephemeral",
    "file", "view_opened", "view_updated", "view_closed", "home",
]  # fmt: skip


class NothingCame(TimeoutError):
    """The expected change did not come in time; the text says what was there instead."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; `subject` is the object as it is now. `at`: seconds since 1970."""

    kind: ChangeKind
    subject: object
    at: float


class Changes(Listeners[Change]):
    """Announces changes to listeners, and wakes everyone who waits for one in `until`."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """`now`: seconds since 1970."""
        super().__init__()
        self.now = now
        self.patience = 10.0  # seconds after which a wait gives up, unless it names others
        self._waiting: set[asyncio.Future[None]] = set()

    def announce(self, kind: ChangeKind, subject: object) -> None:
        self.notify(Change(kind, subject, self.now()))
        self.wake()

    def wake(self) -> None:
        """Make everyone who waits in `until` look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def follow(self) -> AsyncGenerator[Change, None]:
        """Each change from now on."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        stop = self.listen(queue.put_nowait)
        try:
            while True:
                yield await queue.get()
        finally:
            with suppress(ValueError):
                stop()

    async def until(self, look: Callable[[], T | None], seconds: float | None, expected: str) -> T:
        """What `look` returns once it is true; it is called again after each change.
        Raises NothingCame, whose text names what was `expected`."""
        loop = asyncio.get_running_loop()
        seconds = self.patience if seconds is None else seconds
        end = loop.time() + seconds
        while not (found := look()):
            waiting: asyncio.Future[None] = loop.create_future()
            self._waiting.add(waiting)
            try:
                async with asyncio.timeout_at(end):
                    await waiting
            except TimeoutError:
                raise NothingCame(f"waited {seconds:g} s for {expected}") from None
            finally:
                self._waiting.discard(waiting)
        return found
