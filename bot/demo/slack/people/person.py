"""A person in the workspace, and everything that they can do there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.slack.api.chat import check_content, new_message
from bot.demo.slack.api.files import delete_file
from bot.demo.slack.installation import Installation, SlackError
from bot.demo.slack.people import uploads
from bot.demo.slack.people.member import Member, SlackShowed
from bot.demo.slack.people.modal import Home, Modal
from bot.demo.slack.people.surface import MessageSurface
from bot.demo.slack.transport import payloads
from bot.demo.slack.transport.delivery import Delivery
from bot.demo.slack.transport.events import Events
from bot.demo.slack.workspace.conversations import Channel, Message, StoredFile, Thread, User

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command was acknowledged with; `text` is "" without an answer."""

    text: str
    message: Message | None = None


class Person(Member):
    def __init__(
        self, installation: Installation, delivery: Delivery, events: Events, user: User
    ) -> None:
        super().__init__(installation, delivery, user)
        self._events = events

    def direct(self) -> Channel:
        """Their direct message with the bot."""
        return self.installation.workspace.direct(self.id, self.installation.bot.id)

    # -- commands and views ------------------------------------------------------------------

    async def command(self, command: str, text: str, channel: Channel) -> Reply:
        """Type a slash command and wait for its acknowledgement, up to 3 s. Raises SlackShowed."""
        known = self.installation.manifest.commands.get(command)
        if known is None:
            raise SlackShowed(f"{command} is not a valid command.")
        if known.get("should_escape"):
            text = self._escape(text)
        payload = payloads.command(self.installation, self.user, command, text, channel)
        answer = await self.send("slash_commands", command, payload)
        if not answer:
            return Reply("")
        args = {"text": answer} if isinstance(answer, str) else answer
        hidden = args.get("response_type", "ephemeral") == "ephemeral"
        try:
            check_content(args)
        except SlackError as refused:
            raise SlackShowed(f"{command}: {refused.code} {refused.extra}") from refused
        only_for = self.id if hidden else None
        message = channel.add(new_message(self.installation, channel, args, only_for=only_for))
        return Reply(message.text(), message)

    def _escape(self, text: str) -> str:
        """For commands with should_escape: names become ids."""
        space = self.installation.workspace
        users = {user.name: user.id for user in space.users.values()}
        channels = {c.name: c.id for c in space.channels.values() if c.kind != "im"}

        def tag(found: re.Match[str]) -> str:
            names, name = (users if found[1] == "@" else channels), found[2]
            return f"<{found[1]}{names[name]}|{name}>" if name in names else found[0]

        return re.sub(r"([@#])([\w-]+)", tag, text)

    async def modal(self, seconds: float | None = None) -> Modal:
        """The modal that is open for this person, or soon opens. Raises NothingCame."""
        modal = Modal(self)
        expected = f"a modal to open for {self.name}"
        await self.installation.workspace.until(lambda: modal.is_open, seconds, expected)
        return modal

    async def open_home(self, seconds: float | None = None) -> Home:
        """Open the app's Home tab and wait until the app has published it."""
        if not self.installation.manifest.home_tab:
            raise SlackShowed("This app has no Home tab.")
        self._events.home_opened(self.id)
        expected = f"a home for {self.name}"
        homes = self.installation.views.homes
        await self.installation.workspace.until(lambda: self.id in homes, seconds, expected)
        return Home(self)

    # -- messages ----------------------------------------------------------------------------

    def on(self, message: Message) -> MessageSurface:
        """The elements of a message, to choose, type or tick there."""
        return MessageSurface(self, message)

    async def press(self, button: str, message: Message, *, confirm: bool = True) -> None:
        """Press a button of a message. `confirm`: the answer to its dialog, if it has one."""
        await self.on(message).press(button, confirm=confirm)

    async def shortcut(self, name: str, message: Message | None = None) -> None:
        """Use a shortcut of the message's menu, or a global one."""
        kind = "message" if message else "global"
        callback_id = self.installation.manifest.shortcut(name, kind)["callback_id"]
        if message:
            payload = payloads.message_shortcut(self.installation, self.user, callback_id, message)
        else:
            payload = payloads.global_shortcut(self.installation, self.user, callback_id)
        await self.send("interactive", payload["type"], payload)

    def say(self, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Post a message; "@avatar" and other names become mentions."""
        ts = self.installation.workspace.new_ts()
        return channel.add(Message(channel, ts, self.id, self._sent(text), thread_ts=thread_ts))

    def send_file(
        self,
        channel: Channel,
        path: Path,
        text: str = "",
        *,
        name: str = "",
        voice: bool = False,
        thread_ts: str | None = None,
    ) -> Message:
        """Post a file with a message. `voice`: a voice message, recorded in Slack."""
        file = uploads.store(self.installation, self.id, path, name, voice=voice)
        ts = self.installation.workspace.new_ts()
        message = Message(channel, ts, self.id, self._sent(text), files=[file], thread_ts=thread_ts)
        file.shares.append(message)
        return channel.add(message)

    def delete_file(self, file: StoredFile) -> None:
        """Delete a file from the workspace. Raises SlackShowed unless it is this person's own."""
        if file.user != self.id:
            raise SlackShowed("You can only delete your own files.")
        delete_file(self.installation, file)

    def edit(self, message: Message, text: str) -> None:
        """Edit a message. Raises SlackShowed unless it is this person's own."""
        if message.user != self.id:
            raise SlackShowed("You can only edit your own messages.")
        message.edits.append(message.text())
        message.fallback = self._sent(text)
        message.edited_ts = (
            f"{int(self.installation.workspace.now())}.000000"  # whole seconds, as Slack's
        )
        self.installation.workspace.announce("message_changed", message)

    def _sent(self, text: str) -> str:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for user in self.installation.workspace.users.values():
            text = text.replace(f"@{user.name}", f"<@{user.id}>")
        return text

    def delete(self, message: Message) -> None:
        """Delete a message. The stand-in does not check whether this person may."""
        message.channel.remove(message)

    async def reply(self, thread: Thread | Message, text: str) -> Message:
        place = thread.thread if isinstance(thread, Message) else thread
        return self.say(place.channel, text, place.ts)

    def join(self, channel: Channel) -> None:
        channel.members.add(self.id)
        self.installation.workspace.announce("channel", channel)
        self._events.joined(self.id, channel)

    def leave(self, channel: Channel) -> None:
        if channel.everybody:  # from now on its members are named
            people = self.installation.workspace.users.values()
            channel.members |= {user.id for user in people if not user.is_bot}
            channel.everybody = False
        channel.members.discard(self.id)
        self.installation.workspace.announce("channel", channel)

    def invite_bot(self, channel: Channel) -> None:
        """Type /invite @bot in the channel."""
        channel.members.add(self.installation.bot.id)
        self.installation.workspace.announce("channel", channel)
        self._events.joined(self.installation.bot.id, channel)

    def ephemerals(self, channel: Channel) -> list[Message]:
        """The messages that only this person sees."""
        return channel.ephemerals(self.id)

    async def wait_for_ephemeral(
        self, channel: Channel, check: Callable[[Message], object], seconds: float | None = None
    ) -> Message:
        def look() -> Message | None:
            return next((m for m in self.ephemerals(channel) if check(m)), None)

        expected = f"an ephemeral message for {self.name}"
        return await self.installation.workspace.until(look, seconds, expected)
