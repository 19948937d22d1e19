"""The events that the workspace sends: those in the manifest, of conversations with the bot.

https://docs.slack.dev/reference/events
"""

from __future__ import annotations

from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.installation import Installation
from bot.demo.slack.transport import payloads
from bot.demo.slack.transport.delivery import Delivery
from bot.demo.slack.workspace.changes import Change
from bot.demo.slack.workspace.conversations import Channel, Message

Json = dict[str, Any]
_MESSAGES_OF = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im"}
# The fields that a deleted message with replies keeps, and those that Slack replaces.
_THREAD = {"type", "ts", "thread_ts", "reply_count", "reply_users", "latest_reply"}
_TOMBSTONE = {
    "subtype": "tombstone",
    "user": "USLACKBOT",
    "text": "This message was deleted.",
    "hidden": True,
}


class Events:
    def __init__(self, installation: Installation, delivery: Delivery) -> None:
        self.installation = installation
        self.delivery = delivery
        self._before: dict[Message, Json] = {}  # each message as it was last sent

    def on_change(self, change: Change) -> None:
        """Send an event for each change of a message, including the bot's own messages."""
        message = change.subject
        if not isinstance(message, Message) or message.only_for is not None:
            return
        if change.kind == "message":
            self.message(message)
        elif change.kind == "message_deleted" and not message.deleted:
            self.deleted(message)
        else:
            self.changed(message)
        if parent := message.channel.message(message.thread_ts or ""):
            self._before[parent] = self._shape(parent)  # its reply count changed

    def send(self, subscription: str, event: Json) -> None:
        if subscription in self.installation.manifest.events:
            stamped = {"event_ts": self.installation.workspace.new_ts(), **event}
            self.delivery.send_event(
                f"event:{event['type']}", payloads.event(self.installation, stamped)
            )

    def message(self, message: Message) -> None:
        shape = self._before[message] = self._shape(message)
        said = {**shape, "event_ts": message.ts}
        if message.files:
            said["subtype"] = "file_share"
        self._send_of(message.channel, said)
        mentioned = f"<@{self.installation.bot.id}>" in message.fallback
        if (
            mentioned
            and message.channel.kind != "im"
            and message.channel.has(self.installation.bot.id)
        ):
            self.send("app_mention", {**said, "type": "app_mention", "channel": message.channel.id})

    def changed(self, message: Message) -> None:
        """https://docs.slack.dev/reference/events/message/message_changed"""
        before, after = self._before[message], self._shape(message)
        self._before[message] = after
        event = {"subtype": "message_changed", "message": after, "previous_message": before}
        self._send_of(message.channel, {**event, **self._hidden()})

    def deleted(self, message: Message) -> None:
        """https://docs.slack.dev/reference/events/message/message_deleted"""
        before = self._before.pop(message)
        event = {"subtype": "message_deleted", "deleted_ts": message.ts, "previous_message": before}
        self._send_of(message.channel, {**event, **self._hidden()})

    def _hidden(self) -> Json:
        """The fields of an event that no client shows as a message; it has its own ts."""
        ts = self.installation.workspace.new_ts()
        return {"type": "message", "hidden": True, "ts": ts, "event_ts": ts}

    def _send_of(self, channel: Channel, event: Json) -> None:
        if channel.has(self.installation.bot.id):
            place = {"channel": channel.id, "channel_type": _CHANNEL_TYPES[channel.kind]}
            self.send(_MESSAGES_OF[channel.kind], {**event, **place})

    def _shape(self, message: Message) -> Json:
        shape = serializers.message(self.installation, message)
        if message.deleted:
            return {key: value for key, value in shape.items() if key in _THREAD} | _TOMBSTONE
        return shape

    def joined(self, user_id: str, channel: Channel) -> None:
        event = {"type": "member_joined_channel", "user": user_id, "channel": channel.id}
        more = {"channel_type": "C", "team": self.installation.team_id}
        if channel.has(self.installation.bot.id):
            self.send("member_joined_channel", {**event, **more})

    def made_private(self, channel: Channel, user_id: str) -> None:
        """https://docs.slack.dev/reference/events/message/channel_convert_to_private"""
        ts = self.installation.workspace.new_ts()
        text = "made this channel *private*. Now, it can only be viewed or joined by invitation."
        event = {"type": "message", "subtype": "channel_convert_to_private", "ts": ts}
        self._send_of(channel, {**event, "user": user_id, "text": text})

    def home_opened(self, user_id: str) -> None:
        direct = self.installation.workspace.direct(user_id, self.installation.bot.id)
        event: Json = {"type": "app_home_opened", "user": user_id, "channel": direct.id}
        event["tab"] = "home"
        if view := self.installation.views.homes.get(user_id):
            event["view"] = serializers.view(self.installation, view)
        self.send("app_home_opened", event)
