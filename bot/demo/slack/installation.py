"""The app as installed in the workspace: what all parts of the stand-in share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.slack.faults import Faults
from bot.demo.slack.journal import Journal
from bot.demo.slack.manifest import Manifest
from bot.demo.slack.rate_limits import RateLimits
from bot.demo.slack.workspace.conversations import Channel, Message
from bot.demo.slack.workspace.views import Views
from bot.demo.slack.workspace.workspace import Workspace

Json = dict[str, Any]


class SlackError(Exception):
    """The answer is {"ok": false, "error": code, **extra}."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    @classmethod
    def with_messages(cls, code: str, problems: list[str]) -> SlackError:
        """For refused blocks and views; each problem names its place as a JSON pointer."""
        messages = [f"[ERROR] {problem}" for problem in problems]
        return cls(code, errors=problems, response_metadata={"messages": messages})


@dataclass(slots=True)
class Trigger:
    user: str
    channel: str | None
    view_id: str | None
    made: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Takes five messages within thirty minutes:
    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""

    channel: Channel
    user: str
    message: Message | None
    made: float
    left: int = 5


@dataclass(eq=False)
class Installation:
    """`clock`: seconds, for the age of triggers. `trigger_seconds`, `ack_seconds`: Slack's 3 s.
    `share_seconds`: how long an uploaded file takes to appear in its conversation."""

    manifest: Manifest
    folder: Path
    clock: Callable[[], float] = time.monotonic
    trigger_seconds: float = 3.0
    ack_seconds: float = 3.0
    share_seconds: float = 0.0
    seconds_ahead: float = 0.0  # of this workspace's clock, in the Date header and signatures
    lists_scopes: bool = True  # in each answer, which not every proxy lets through
    oldest_first: bool = False  # pages of conversations.history: Slack documents no order
    base_url: str = ""
    socket_url: str = ""  # Slack has other hosts for Socket Mode and for uploads;
    upload_url: str = ""  # "" is the host of `base_url`
    team_id: str = "T0DEMO"
    enterprise_id: str = ""  # of the organization that has installed it for all its workspaces
    team_domain: str = "demo"
    team_name: str = "Demo workspace"
    app_id: str = "A0DEMO"
    bot_id: str = "B0DEMO"
    bot_token: str = "xoxb-demo-workspace"
    app_token: str = "xapp-demo-workspace"
    signing_secret: str = "demo-signing-secret"
    verification_token: str = "demo-verification-token"
    workspace: Workspace = field(init=False)
    views: Views = field(init=False)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    rate_limits: RateLimits = field(default_factory=RateLimits)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    uploads: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace = Workspace(self.folder)
        self.views = Views(self.workspace)
        self.journal.listen(lambda call: self.workspace.wake())
        self.bot = self.workspace.add_user(self.manifest.bot_name, is_bot=True)

    def require_scope(self, *scopes: str) -> None:
        """Raises SlackError unless one of `scopes` was granted."""
        if scopes and not self.manifest.scopes.intersection(scopes):
            provided = ",".join(sorted(self.manifest.scopes))
            raise SlackError("missing_scope", needed=",".join(scopes), provided=provided)

    # -- triggers: https://docs.slack.dev/interactivity/handling-user-interaction --------------

    def new_trigger(self, user: str, channel: str | None, view_id: str | None = None) -> str:
        trigger_id = f"{self.workspace.new_id('')}.{self.team_id}.trigger"
        self.triggers[trigger_id] = Trigger(user, channel, view_id, self.clock())
        return trigger_id

    def use_trigger(self, trigger_id: object) -> Trigger:
        trigger = self.triggers.get(str(trigger_id))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() - trigger.made > self.trigger_seconds:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, channel: Channel, user: str, message: Message | None = None) -> str:
        key = self.workspace.new_id("R")
        self.response_urls[key] = ResponseUrl(channel, user, message, self.clock())
        return f"{self.base_url}/actions/{self.team_id}/{key}"
