"""Tells the admins about problems that they have to fix: once, not once for each take."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from bot.blocks.text import Block, context, section
from bot.domain.text import escape
from bot.errors import BotError, ChannelRefused, RateLimited, SlackError
from bot.request_log.notifications import Notification, Notifications
from bot.slack.messages import SlackMessages

log = logging.getLogger(__name__)

# The text and the blocks about these keys.
MessageOf = Callable[[Sequence[dict[str, Any]]], tuple[str, list[Block]]]
LONG_PAUSE_SECONDS = 120.0  # of one that Segmind asks for
QUIET_SECONDS = 3600.0  # between two messages about the same problem


class Admins:
    def __init__(
        self,
        *,
        user_ids: Collection[str],
        slack_messages: SlackMessages,
        notifications: Notifications,
    ) -> None:
        self.user_ids = user_ids
        self._slack_messages = slack_messages
        self._notifications = notifications
        self._notified_at: dict[type[BotError], float] = {}

    def __contains__(self, user_id: str) -> bool:
        return user_id in self.user_ids

    async def notify(self, error: BotError) -> None:
        """Tells all admins, unless this process did so for such an error within QUIET_SECONDS."""
        now = asyncio.get_running_loop().time()
        log.error("an admin has to fix this: %s", error)
        if now - self._notified_at.get(type(error), -QUIET_SECONDS) < QUIET_SECONDS:
            return
        self._notified_at[type(error)] = now
        for user_id in self.user_ids:
            try:
                await self._slack_messages.send_dm(user_id, _text(error))
            except SlackError as refused:
                log.warning("could not notify admin %s: %s", user_id, refused)

    async def notify_of_pause(self, error: RateLimited) -> None:
        """The same for one that Segmind has asked for, if it is long."""
        if error.retry_after >= LONG_PAUSE_SECONDS:
            await self.notify(error)

    async def notify_once(self, error: BotError, buttons: list[Block], **key: Any) -> bool:
        """Tells each admin once per `key`, even if several processes try.

        False if not all of them could be told: call again.
        """
        message = _text(error), _blocks(error, buttons)
        return await self._tell_all([key], lambda _: message, logging.ERROR)

    async def tell_once(self, text: str, **key: Any) -> bool:
        """The same for `text`, as mrkdwn: a warning, since nothing is broken."""
        return await self.tell_together([key], lambda _: text)

    async def tell_together(
        self, keys: Sequence[dict[str, Any]], text_of: Callable[[Sequence[dict[str, Any]]], str]
    ) -> bool:
        """One warning to each admin about those of `keys` that they haven't heard of.

        `text_of` those is mrkdwn; "" if there is nothing to tell.
        """

        def message(new: Sequence[dict[str, Any]]) -> tuple[str, list[Block]]:
            text = text_of(new)
            return text, [section(text)]

        return await self._tell_all(keys, message, logging.WARNING)

    async def correct(
        self, state_of: Callable[[Sequence[dict[str, Any]]], tuple[str, str]], **key: Any
    ) -> bool:
        """Updates what `tell_together` sent about keys with these items. That notifies nobody.

        `state_of` the keys of a message: "" if it is still true, or a word for what has changed;
        and its text, as mrkdwn. False if not all could be updated: call again.
        """
        done = True
        for about in await self._notifications.sent_together(**key):
            message = about[-1]
            state, text = state_of(about)
            if state == message.get("shows", ""):
                continue
            place = message["channel_id"], message["ts"]
            try:
                await self._slack_messages.update(*place, text, [section(text)])
            except SlackError as refused:
                log.info("could not correct the message to admin %s: %s", message["to"], refused)
                if not isinstance(refused, ChannelRefused):
                    done = False
                    continue
            await self._notifications.record_redraw(message, state)
        return done

    async def _tell_all(
        self, keys: Sequence[dict[str, Any]], message: MessageOf, level: int
    ) -> bool:
        told = (self._tell_admin(user_id, keys, message, level) for user_id in self.user_ids)
        return all(await asyncio.gather(*told))

    async def _tell_admin(
        self, user_id: str, keys: Sequence[dict[str, Any]], message: MessageOf, level: int
    ) -> bool:
        async def send(new: Sequence[Notification], first_try: datetime | None) -> dict[str, Any]:
            text, blocks = message([keys[notifications.index(one)] for one in new])
            if not text:
                return {}
            log.log(level, "admin %s is told: %s", user_id, text)
            key = ".".join(["admins", *map(str, new[0].detail.values())])
            channel_id, ts = await self._send(user_id, text, blocks, key, first_try)
            return {"channel_id": channel_id, "ts": ts}

        notifications = [Notification({"to": user_id, **key}) for key in keys]
        try:
            return await self._notifications.send_together(notifications, send)
        except SlackError as refused:
            log.warning("could not notify admin %s: %s", user_id, refused)
            return isinstance(refused, ChannelRefused)  # an admin who has left can't be told

    async def _send(
        self, user_id: str, text: str, blocks: list[Block], key: str, first_try: datetime | None
    ) -> tuple[str, str]:
        """The channel and the ts. `first_try`: of an attempt whose message may be there."""
        if first_try and (known := await self._notifications.sent_messages(to=user_id)):
            channel_id = known[-1]["channel_id"]
            if ts := await self._slack_messages.find(channel_id, key, since=first_try):
                return channel_id, ts
        channel_id, ts = await self._slack_messages.send_dm(user_id, text, blocks, key=key)
        if first_try:  # now its channel is known
            for other in await self._slack_messages.find_all(channel_id, key, since=first_try):
                if other != ts:
                    await self._slack_messages.delete(channel_id, other)
        return channel_id, ts

    async def update_notices(
        self, error: BotError, buttons: list[Block], fixed: str, *, is_current: bool, **key: Any
    ) -> bool:
        """Updates the messages that `notify_once` sent for `key`: `fixed` replaces `buttons`.

        While the problem `is_current`, the last message to each admin keeps its buttons.
        False if not all of them could be updated: call again.
        """
        done = True
        sent = await self._notifications.sent_messages(**key)
        last = {message["to"]: message["ts"] for message in sent}
        for message in sent:
            shows = "" if is_current and message["ts"] == last[message["to"]] else fixed
            if shows == message.get("shows", ""):
                continue
            blocks = _blocks(error, [context(shows)] if shows else buttons)
            try:
                await self._slack_messages.update(
                    message["channel_id"], message["ts"], _text(error), blocks
                )
            except SlackError as refused:
                log.info("could not update the message to admin %s: %s", message["to"], refused)
                if not isinstance(refused, ChannelRefused):  # an admin who has left doesn't see it
                    done = False
                    continue
            await self._notifications.record_redraw(message, shows)
        return done


def _blocks(error: BotError, below: list[Block]) -> list[Block]:
    return [section(_text(error)), *below]


def _text(error: BotError) -> str:
    return f"For admins of the avatar bot: {escape(error.sentence)}"
