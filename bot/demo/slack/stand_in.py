"""The Slack stand-in: one workspace, its Web API and its connection to the bot."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from bot.demo.server import LoopbackServer
from bot.demo.slack.api.web_api import application
from bot.demo.slack.installation import Installation
from bot.demo.slack.manifest import Manifest
from bot.demo.slack.people.person import Person
from bot.demo.slack.transport.delivery import Delivery
from bot.demo.slack.transport.events import Events
from bot.demo.slack.transport.socket_mode import Sockets
from bot.demo.slack.workspace.conversations import Channel

T = TypeVar("T")


class SlackStandIn(LoopbackServer):
    """`async with SlackStandIn(Path("app_manifest.yml")) as slack:` starts it on a free port.

    `folder` keeps the content of files; by default a temporary folder. `clock` (seconds) decides
    the age of trigger ids and response URLs. `trigger_seconds` and `ack_seconds` are Slack's 3 s.
    `share_seconds`: how long after files.completeUploadExternal the message with the files appears.
    """

    shutdown_seconds = 1.0

    def __init__(
        self,
        manifest: Path | dict[str, Any],
        folder: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        trigger_seconds: float = 3.0,
        ack_seconds: float = 3.0,
        share_seconds: float = 0.0,
    ) -> None:
        super().__init__()
        self.installation = Installation(
            Manifest.read(manifest),
            self.folder_or_temporary(folder),
            clock,
            trigger_seconds,
            ack_seconds,
            share_seconds,
        )
        self.sockets = Sockets(self.installation)
        self.delivery = Delivery(self.installation, self.sockets)
        self.events = Events(self.installation, self.delivery)
        self.workspace = self.installation.workspace
        self.workspace.listen(self.events.on_change)
        self.journal = self.installation.journal
        self.faults = self.installation.faults
        self.rate_limits = self.installation.rate_limits
        self._people: dict[str, Person] = {}

    # -- start and stop ----------------------------------------------------------------------

    def application(self) -> web.Application:
        return application(self.installation, self.sockets)

    async def start(self, port: int | None = None) -> None:
        await super().start(port)
        self.installation.base_url = self.url

    async def close(self) -> None:
        await self.delivery.close()
        await self.sockets.drop()

    # -- what a bot needs to connect ---------------------------------------------------------

    @property
    def api_url(self) -> str:
        """For the bot's SLACK_API_URL; ends with a slash."""
        return f"{self.installation.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.installation.bot_token

    @property
    def app_token(self) -> str:
        return self.installation.app_token

    @property
    def signing_secret(self) -> str:
        return self.installation.signing_secret

    @property
    def request_url(self) -> str | None:
        """Where the bot listens. Once it is set, signed HTTP replaces Socket Mode."""
        return self.delivery.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.delivery.request_url = url

    async def connected(self, seconds: float | None = None) -> None:
        """Wait until the bot is connected by Socket Mode. Raises TimeoutError."""
        await self.sockets.connected(self.workspace.patience if seconds is None else seconds)

    async def until(
        self, look: Callable[[], T], seconds: float | None = None, expected: str = ""
    ) -> T:
        """What `look` returns once it is true. It is called again after each change in the
        workspace, and when a call begins or ends. Raises NothingCame."""
        return await self.workspace.until(look, seconds, expected or "what the caller waits for")

    # -- people and channels -----------------------------------------------------------------

    def person(self, name: str) -> Person:
        if name not in self._people:
            self._people[name] = Person(
                self.installation, self.delivery, self.events, self.workspace.add_user(name)
            )
        return self._people[name]

    def guest(self, name: str) -> Person:
        person = self.person(name)
        person.user.guest = "multi"
        return person

    def outsider(self, name: str, team_id: str = "T0OTHER") -> Person:
        """Somebody of another organization, who sees a channel here by Slack Connect."""
        person = self.person(name)
        person.user.team_id = team_id
        return person

    def channel(
        self,
        name: str,
        *,
        private: bool = False,
        bot_member: bool = True,
        archived: bool = False,
        restricted: bool = False,
        people: list[Person] | None = None,
    ) -> Channel:
        """The channel of that name, created with these options on first use. `people`: its
        members; by default everyone. `restricted`: apps may not post."""
        for known in self.workspace.channels.values():
            if known.name == name and known.kind != "im":
                return known
        members = {person.id for person in people or []}
        return self.workspace.add_channel(
            name,
            "private" if private else "public",
            members=members | ({self.installation.bot.id} if bot_member else set()),
            everybody=people is None,
            archived=archived,
            restricted=restricted,
        )

    def direct(self, person: Person, other: Person | None = None) -> Channel:
        """The direct message between a person and the bot, or between two people."""
        return self.workspace.direct(person.id, other.id if other else self.installation.bot.id)

    def make_private(self, channel: Channel, by: Person) -> None:
        """Its members stay in it."""
        channel.kind = "private"
        self.events.made_private(channel, by.id)

    def change_id(self, channel: Channel, *, announced: bool = True) -> str:
        """Gives a channel a new id, as Slack does when it is shared; returns the old one."""
        old, channel.id = channel.id, self.workspace.new_id("C")
        self.workspace.channels[channel.id] = self.workspace.channels.pop(old)
        if announced:
            event = {"type": "channel_id_changed", "old_channel_id": old}
            self.events.send("channel_id_changed", {**event, "new_channel_id": channel.id})
        return old

    # -- files -------------------------------------------------------------------------------

    def file_path(self, file_id: str) -> Path:
        return self.workspace.files[file_id].path

    def file_bytes(self, file_id: str) -> bytes:
        return self.file_path(file_id).read_bytes()
