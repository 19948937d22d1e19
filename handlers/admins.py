"""What is the admin's to mend reaches the admins, once, not once a take."""

import asyncio
import logging
from typing import Any

from bot.blocks.text import Block, context, section
from bot.domain.text import escape
from bot.errors import BotError, ChannelRefused, SlackError
from bot.process.retry import MESSAGE_TIMEOUT_SECONDS
from bot.request_log.notifications import Notification, Notifications
from bot.services import Services

log = logging.getLogger(__name__)

QUIET_SECONDS = 3600.0  # the same trouble is not told again before that


class Admins:
    def __init__(self, services: Services) -> None:
        self._messages = services.messages
        self._user_ids = services.settings.admin_user_ids
        longest = services.clock.scaled(MESSAGE_TIMEOUT_SECONDS)
        self._notifications = Notifications(services.log.store, longest)
        self._told: dict[type[BotError], float] = {}

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._user_ids

    async def tell(self, error: BotError) -> None:
        now = asyncio.get_running_loop().time()
        log.error("for the admin: %s", error)
        if now - self._told.get(type(error), -QUIET_SECONDS) < QUIET_SECONDS:
            return
        self._told[type(error)] = now
        for user_id in self._user_ids:
            try:
                await self._messages.send_dm(user_id, _text(error))
            except SlackError as refused:
                log.warning("admin %s could not be told: %s", user_id, refused)

    async def tell_once(self, error: BotError, buttons: list[Block], **what: Any) -> bool:
        """What is news however lately the last was: once, whichever processes come to tell it.

        `what` makes it the only one of its kind. False: not all have heard of it yet, call again.
        """
        reached = (self._reach(user_id, error, buttons, what) for user_id in self._user_ids)
        return all(await asyncio.gather(*reached))

    async def _reach(
        self, user_id: str, error: BotError, buttons: list[Block], what: dict[str, Any]
    ) -> bool:
        async def tell(_: object) -> dict[str, Any]:
            log.error("for the admin: %s", error)
            channel_id, ts = await self._messages.send_dm(
                user_id, _text(error), _blocks(error, buttons)
            )
            return {"channel_id": channel_id, "ts": ts}

        news = Notification({"to": user_id, **what})
        try:
            return await self._notifications.once(news, tell)
        except SlackError as refused:
            log.warning("admin %s could not be told: %s", user_id, refused)
            return isinstance(refused, ChannelRefused)  # who has left never hears of it

    async def show(
        self, error: BotError, buttons: list[Block], over: str, *, lasts: bool, **what: Any
    ) -> bool:
        """Each message that told of `what` looks as things stand: `over` in place of `buttons`.

        While it lasts, the last one of each admin has them. False: Slack did not take all, call
        again.
        """
        done = True
        told = await self._notifications.told(**what)
        last = {message["to"]: message["ts"] for message in told}
        for message in told:
            shows = "" if lasts and message["ts"] == last[message["to"]] else over
            if shows == message.get("shows", ""):
                continue
            blocks = _blocks(error, [context(shows)] if shows else buttons)
            try:
                await self._messages.update(
                    message["channel_id"], message["ts"], _text(error), blocks
                )
            except SlackError as refused:
                log.info("the message of admin %s is not redrawn: %s", message["to"], refused)
                if not isinstance(refused, ChannelRefused):  # who has left never sees it
                    done = False
                    continue
            await self._notifications.redrawn(message, shows)
        return done


def _blocks(error: BotError, below: list[Block]) -> list[Block]:
    return [section(escape(_text(error))), *below]


def _text(error: BotError) -> str:
    return f"For you as the admin of the avatar bot: {error.sentence}"
