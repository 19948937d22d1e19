"""The workspace as a whole, and the stream of what changes in it.

It knows nothing of the wire. A page that shows the workspace follows `Workspace.follow()`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from bot.demo.slack.workspace.conversations import Channel, Kind, NothingCame, StoredFile, User

T = TypeVar("T")
ChangeKind = Literal[
    "person", "channel", "message", "message_changed", "message_deleted", "ephemeral",
    "file", "view_opened", "view_updated", "view_closed", "home",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; `subject` is the object as it is now. `at`: seconds since 1970."""

    kind: ChangeKind
    subject: object
    at: float


class Workspace:
    """Everything that a person could see. File bytes live in `folder`, never in memory."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.now = now
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, StoredFile] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._listeners: list[Callable[[Change], None]] = []
        self._waiting: set[asyncio.Future[None]] = set()

    def new_id(self, prefix: str) -> str:
        return f"{prefix}0DEMO{next(self._numbers):05d}"

    def new_ts(self) -> str:
        """A message's timestamp is its id in the channel, so it never comes twice."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def name_of(self, some_id: str) -> str:
        """Without "@" or "#". An unknown id stays an id."""
        found = self.users.get(some_id) or self.channels.get(some_id)
        return found.name if found else some_id

    def add_user(self, name: str, is_bot: bool = False) -> User:
        user = User(self.new_id("U"), name, is_bot)
        self.users[user.id] = user
        self.tell("person", user)
        return user

    def add_channel(self, name: str, kind: Kind, **options: Any) -> Channel:
        prefix = "D" if kind == "im" else "C"
        channel = Channel(self, self.new_id(prefix), name, kind, **options)
        self.channels[channel.id] = channel
        self.tell("channel", channel)
        return channel

    def direct(self, one: str, other: str) -> Channel:
        """The direct message of two users, made on first use."""
        both = {one, other}
        known = (c for c in self.channels.values() if c.kind == "im" and c.members == both)
        name = " & ".join(sorted(self.name_of(u) for u in both))
        return next(known, None) or self.add_channel(name, "im", members=both)

    # -- changes ---------------------------------------------------------------------------

    def tell(self, kind: ChangeKind, subject: object) -> None:
        change = Change(kind, subject, self.now())
        for listener in list(self._listeners):
            listener(change)
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits in `until` look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` at each change, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def follow(self) -> AsyncGenerator[Change, None]:
        queue: asyncio.Queue[Change] = asyncio.Queue()
        stop = self.listen(queue.put_nowait)
        try:
            while True:
                yield await queue.get()
        finally:
            with suppress(ValueError):
                stop()

    async def until(self, look: Callable[[], T | None], seconds: float, hoped_for: str) -> T:
        """What `look` finds, looked for again after each change. Raises NothingCame."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not (found := look()):
            waiting: asyncio.Future[None] = loop.create_future()
            self._waiting.add(waiting)
            try:
                async with asyncio.timeout_at(end):
                    await waiting
            except TimeoutError:
                raise NothingCame(f"waited {seconds:g} s for {hoped_for}") from None
            finally:
                self._waiting.discard(waiting)
        return found
