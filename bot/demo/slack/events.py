"""Which events the workspace sends: those of the manifest, seen by a bot that is there.

https://docs.slack.dev/reference/events
"""

from __future__ import annotations

from typing import Any

from bot.demo.slack import payloads, shapes
from bot.demo.slack.core import Core
from bot.demo.slack.delivery import Delivery
from bot.demo.slack.model import Channel, Message
from bot.demo.slack.workspace import Change

Json = dict[str, Any]
_MESSAGES_OF = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im"}


class Events:
    def __init__(self, core: Core, delivery: Delivery) -> None:
        self.core = core
        self.delivery = delivery

    def heed(self, change: Change) -> None:
        """New messages become events; the bot's own too, so that it must know itself."""
        if change.kind == "message" and isinstance(change.subject, Message):
            self.message(change.subject)

    def send(self, subscription: str, event: Json) -> None:
        if subscription in self.core.manifest.events:
            stamped = {**event, "event_ts": self.core.workspace.new_ts()}
            self.delivery.send_event(f"event:{event['type']}", payloads.event(self.core, stamped))

    def message(self, message: Message) -> None:
        channel = message.channel
        if not channel.has(self.core.bot.id):
            return
        shape = {**shapes.message(self.core, message), "channel": channel.id}
        if message.files:
            shape["subtype"] = "file_share"
        kind = _CHANNEL_TYPES[channel.kind]
        self.send(_MESSAGES_OF[channel.kind], {**shape, "channel_type": kind})
        if f"<@{self.core.bot.id}>" in message.fallback and channel.kind != "im":
            self.send("app_mention", {**shape, "type": "app_mention"})

    def joined(self, user_id: str, channel: Channel) -> None:
        event = {"type": "member_joined_channel", "user": user_id, "channel": channel.id}
        more = {"channel_type": "C", "team": self.core.team_id}
        if channel.has(self.core.bot.id):
            self.send("member_joined_channel", {**event, **more})

    def home_opened(self, user_id: str) -> None:
        direct = self.core.workspace.direct(user_id, self.core.bot.id)
        event: Json = {"type": "app_home_opened", "user": user_id, "channel": direct.id}
        event["tab"] = "home"
        if view := self.core.views.homes.get(user_id):
            event["view"] = shapes.view(self.core, view)
        self.send("app_home_opened", event)
