"""Sends every change to the open pages, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
A page that reconnects gets everything again, so nothing has to be remembered for it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.demo.page.serializers import Serializer, can_see
from bot.demo.slack import Change, Message, StoredFile
from bot.demo.slack.workspace.conversations import User
from bot.demo.slack.workspace.views import View

Json = dict[str, Any]
Queue = asyncio.Queue[Json | None]


@dataclass(eq=False)
class Watcher:
    viewer: User
    queue: Queue = field(default_factory=asyncio.Queue)


class EventStream:
    def __init__(self, serializer: Serializer) -> None:
        self._serializer = serializer
        self._watchers: list[Watcher] = []
        self._stop = serializer.installation.workspace.listen(self._on_change)

    def close(self) -> None:
        self._stop()
        for watcher in self._watchers:
            watcher.queue.put_nowait(None)

    @contextmanager
    def watch(self, viewer: User) -> Iterator[Queue]:
        """A queue of events for this person; None ends it."""
        watcher = Watcher(viewer)
        self._watchers.append(watcher)
        try:
            yield watcher.queue
        finally:
            self._watchers.remove(watcher)

    def send_to_all(self, event: Json) -> None:
        for watcher in self._watchers:
            watcher.queue.put_nowait(event)

    def send(self, person: str, event: Json) -> None:
        """Send to every page that this person has open."""
        for watcher in self._watchers:
            if watcher.viewer.id == person:
                watcher.queue.put_nowait(event)

    def _on_change(self, change: Change) -> None:
        for watcher in self._watchers:
            for event in self._events(change, watcher.viewer):
                watcher.queue.put_nowait(event)

    def _events(self, change: Change, viewer: User) -> Iterator[Json]:
        match change.subject:
            case Message() as message:
                yield from self._of_message(message, viewer)
            case StoredFile() as file:
                for message in file.shares:
                    yield from self._of_message(message, viewer)
            case View(kind="home", user=user) if user == viewer.id:
                yield {"kind": "home", "home": self._serializer.home(viewer)}
            case View(user=user) if user == viewer.id:
                yield {"kind": "views", "views": self._serializer.views(viewer)}
        if change.kind in ("person", "channel"):
            yield {"kind": "places", **self._serializer.places(viewer)}

    def _of_message(self, message: Message, viewer: User) -> Iterator[Json]:
        """The message, and the parent of its thread, whose reply count has changed."""
        channel = message.channel
        if not can_see(viewer, channel) or message.only_for not in (None, viewer.id):
            return
        here = channel.message(message.ts) or message in channel.ephemerals(viewer.id)
        if here:
            yield {"kind": "message", "message": self._serializer.message(message)}
        else:
            yield {"kind": "gone", "channel": channel.id, "ts": message.ts}
        if message.thread_ts and (root := channel.message(message.thread_ts)):
            yield {"kind": "message", "message": self._serializer.message(root)}
