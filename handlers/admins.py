"""What is the admin's to mend reaches the admins, once, not once a take."""

import asyncio
import logging

from bot.blocks.text import Block, escape, section
from bot.errors import BotError, SlackError
from bot.slack.messages import SlackMessages

log = logging.getLogger(__name__)

QUIET_SECONDS = 3600.0  # the same trouble is not told again before that


class Admins:
    def __init__(self, messages: SlackMessages, user_ids: tuple[str, ...]) -> None:
        self._messages = messages
        self._user_ids = user_ids
        self._told: dict[type[BotError], float] = {}

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._user_ids

    async def tell(self, error: BotError, buttons: list[Block] | None = None) -> None:
        now = asyncio.get_running_loop().time()
        log.error("for the admin: %s", error)
        if now - self._told.get(type(error), -QUIET_SECONDS) < QUIET_SECONDS:
            return
        self._told[type(error)] = now
        for user_id in self._user_ids:
            try:
                text = f"For you as the admin of the avatar bot: {error.sentence}"
                blocks = [section(escape(text)), *buttons] if buttons else None
                await self._messages.tell(user_id, text, blocks)
            except SlackError as refused:
                log.warning("admin %s could not be told: %s", user_id, refused)
