"""The workspace as a whole: its users, channels and files, and their ids."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.demo.slack.workspace.changes import Changes
from bot.demo.slack.workspace.conversations import Channel, Kind, StoredFile, User


class Workspace(Changes):
    """Everything that people can see. The content of files is in `folder`, never in memory."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(now)
        self.folder = folder
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, StoredFile] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0

    def new_id(self, prefix: str) -> str:
        return f"{prefix}0DEMO{next(self._numbers):05d}"

    def new_ts(self) -> str:
        """A message's timestamp is its id in the channel, so no two are the same."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def name_of(self, some_id: str) -> str:
        """Without "@" or "#". An unknown id is returned as it is."""
        found = self.users.get(some_id) or self.channels.get(some_id)
        return found.name if found else some_id

    def add_user(self, name: str, is_bot: bool = False) -> User:
        user = User(self.new_id("U"), name, is_bot)
        self.users[user.id] = user
        self.announce("person", user)
        return user

    def add_channel(self, name: str, kind: Kind, **options: Any) -> Channel:
        prefix = "D" if kind == "im" else "C"
        channel = Channel(self, self.new_id(prefix), name, kind, **options)
        self.channels[channel.id] = channel
        self.announce("channel", channel)
        return channel

    def direct(self, one: str, other: str) -> Channel:
        """The direct message between two users, created on first use."""
        both = {one, other}
        known = (c for c in self.channels.values() if c.kind == "im" and c.members == both)
        name = " & ".join(sorted(self.name_of(u) for u in both))
        return next(known, None) or self.add_channel(name, "im", members=both)
