"""Users, channels, messages, threads and files.

Tests wait with `Channel.wait_for` and `Thread.wait_for`, which react to changes and never poll.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from bot.demo.slack.blocks import plain_text
from bot.demo.slack.blocks.elements import interactive_elements
from bot.demo.slack.workspace.changes import ChangeKind, NothingCame

T = TypeVar("T")
Json = dict[str, Any]
Kind = Literal["public", "private", "im"]


class HomeWorkspace(Protocol):
    """What a channel uses of its workspace."""

    users: dict[str, User]

    def name_of(self, some_id: str) -> str: ...
    def announce(self, kind: ChangeKind, subject: object) -> None: ...
    async def until(
        self, look: Callable[[], T | None], seconds: float | None, expected: str
    ) -> T: ...


@dataclass(slots=True)
class User:
    id: str
    name: str
    is_bot: bool = False
    deleted: bool = False  # deactivated
    guest: Literal["", "multi", "single"] = ""  # of several channels, or of one
    team_id: str = ""  # of another organization, which shares a channel by Slack Connect
    tz: str = "Europe/Berlin"


@dataclass(eq=False, slots=True)
class StoredFile:
    """A file with its content at `path`. `size`: in bytes. `mimetype` is empty until the file is
    shared, because Slack inspects it only after the upload."""

    id: str
    name: str
    title: str
    alt_txt: str
    size: int
    path: Path
    user: str
    created: float
    received: bool = False
    completed: bool = False
    mimetype: str = ""
    deleted: bool = False
    hidden: bool = False  # by the limits of a free plan
    voice: bool = False  # a voice or video message that was recorded in Slack
    kept_at: str = ""  # its address, if an app has added it from elsewhere: a remote file
    shares: list[Message] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Message:
    """`fallback`: its `text` argument. `edits`: how it read before each change. `only_for`: the
    user who sees an ephemeral message. `state`: the values of its elements."""

    channel: Channel
    ts: str
    user: str
    fallback: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    files: list[StoredFile] = field(default_factory=list)
    metadata: Json | None = None
    only_for: str | None = None
    broadcast: bool = False
    deleted: bool = False
    edits: list[str] = field(default_factory=list)
    edited_ts: str = ""  # when a person last edited it; updates by an app do not count
    state: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def thread(self) -> Thread:
        return self.channel.thread(self.thread_ts or self.ts)

    @property
    def author(self) -> str:
        return self.channel.workspace.name_of(self.user)

    def lines(self) -> list[str]:
        """What a person reads. As in Slack, blocks are shown instead of the fallback text."""
        names = self.channel.workspace.name_of
        if self.deleted:
            return ["This message was deleted."]
        lines = plain_text.read(self.blocks, names) if self.blocks else []
        if not self.blocks and self.fallback:
            lines = plain_text.plain(self.fallback, names).splitlines()
        return lines + [plain_text.read_file(f.name, f.size, f.alt_txt) for f in self.files]

    def text(self) -> str:
        return "\n".join(self.lines())

    def read_aloud(self) -> str:
        """The author, and the lines of the message indented below."""
        return "\n".join([f"{self.author}:", *(f"  {line}" for line in self.lines())])

    def buttons(self) -> list[str]:
        return [e["text"]["text"] for _, e in interactive_elements(self.blocks) if _is_button(e)]

    def menu_items(self) -> list[str]:
        """What the overflow menus behind the buttons offer."""
        menus = [e for _, e in interactive_elements(self.blocks) if e["type"] == "overflow"]
        return [option["text"]["text"] for menu in menus for option in menu["options"]]

    def mentions(self) -> list[str]:
        """Who is notified: "@Ada", "@channel"… An escaped mention notifies nobody."""
        return plain_text.mentions(self.fallback, self.blocks, self.channel.workspace.name_of)


def _is_button(element: Json) -> bool:
    return element.get("type") in ("button", "workflow_button")


@dataclass(frozen=True, slots=True)
class Thread:
    """A message and its replies, as they are now."""

    channel: Channel
    ts: str

    def messages(self) -> list[Message]:
        return [m for m in self.channel.every_message() if self.ts in (m.ts, m.thread_ts)]

    def replies(self) -> list[Message]:
        return [m for m in self.messages() if m.ts != self.ts]

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages())

    def __len__(self) -> int:
        return len(self.messages())

    def __getitem__(self, index: int) -> Message:
        return self.messages()[index]

    async def wait_for(
        self, check: Callable[[Message], object], seconds: float | None = None
    ) -> Message:
        return await _wait(self.channel, self.messages, check, seconds)

    def read_aloud(self) -> str:
        return "\n".join(m.read_aloud() for m in self.messages())


@dataclass(eq=False, slots=True)
class Channel:
    """A conversation. `everybody`: all people are members, also those who join later.
    `restricted`: apps may not post."""

    workspace: HomeWorkspace
    id: str
    name: str
    kind: Kind
    members: set[str] = field(default_factory=set)
    everybody: bool = False
    archived: bool = False
    restricted: bool = False
    _messages: dict[str, Message] = field(default_factory=dict)
    _ephemerals: list[Message] = field(default_factory=list)

    def has(self, user_id: str) -> bool:
        user = self.workspace.users.get(user_id)
        in_by_default = self.everybody and user is not None and not user.is_bot
        return in_by_default or user_id in self.members

    def every_message(self) -> list[Message]:
        return list(self._messages.values())

    def messages(self) -> list[Message]:
        """What the channel itself shows: no replies, unless they were also sent to the channel."""
        return [m for m in self._messages.values() if m.thread_ts in (None, m.ts) or m.broadcast]

    def message(self, ts: str) -> Message | None:
        return self._messages.get(ts)

    def thread(self, ts: str) -> Thread:
        return Thread(self, ts)

    def ephemerals(self, user_id: str) -> list[Message]:
        return [m for m in self._ephemerals if m.only_for == user_id]

    async def wait_for(
        self, check: Callable[[Message], object], seconds: float | None = None
    ) -> Message:
        """The first message, in the channel or its threads, for which `check` is true."""
        return await _wait(self, self.every_message, check, seconds)

    def add(self, message: Message) -> Message:
        if message.only_for is None:
            self._messages[message.ts] = message
            self.workspace.announce("message", message)
        else:
            self._ephemerals.append(message)
            self.workspace.announce("ephemeral", message)
        return message

    def remove(self, message: Message) -> None:
        """As in Slack, a deleted message with replies stays as a tombstone above its thread."""
        if message in self._ephemerals:
            self._ephemerals.remove(message)
        elif len(self.thread(message.ts)) > 1:
            message.deleted, message.blocks, message.files = True, [], []
        else:
            del self._messages[message.ts]
            message.files = []
        self.workspace.announce("message_deleted", message)


async def _wait(
    channel: Channel,
    candidates: Callable[[], list[Message]],
    check: Callable[[Message], object],
    seconds: float | None,
) -> Message:
    def look() -> Message | None:
        return next((m for m in candidates() if check(m)), None)

    try:
        return await channel.workspace.until(look, seconds, f"a message in #{channel.name}")
    except NothingCame as late:
        there = "\n".join(m.read_aloud() for m in candidates()) or "(nothing)"
        raise NothingCame(f"{late}; there was:\n{there}") from None
