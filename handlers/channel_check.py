"""Whether the bot can post in the channel that a form names, before the form is sent."""

import asyncio
import logging
from time import monotonic

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.takes import is_direct
from bot.errors import ChannelRefused, SlackError
from bot.slack.can_post import check_joined
from bot.slack.messages import SlackMessages

log = logging.getLogger(__name__)

LOOKUP_SECONDS = 1.0
KNOWN_SECONDS = 30.0  # while somebody types, the form is updated all the time
MOST_REMEMBERED = 1000


class ChannelCheck:
    def __init__(self, *, slack_client: AsyncWebClient, slack_messages: SlackMessages) -> None:
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._known: dict[str, tuple[float, str]] = {}  # channel id -> until, why not

    async def problem(self, channel_id: str) -> str:
        """Why it can't, with what to do; "" if it can, or if Slack doesn't say."""
        if not channel_id or is_direct(channel_id):
            return ""
        until, why = self._known.get(channel_id, (0.0, ""))
        if monotonic() < until:
            return why
        why = await self._ask(channel_id)
        self._known.pop(channel_id, None)
        self._known[channel_id] = (monotonic() + KNOWN_SECONDS, why)
        while len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        return why

    def forget(self, channel_id: str) -> None:
        """The next time, Slack is asked again."""
        self._known.pop(channel_id, None)

    async def _ask(self, channel_id: str) -> str:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await check_joined(self._slack_client, channel_id)
        except ChannelRefused as refused:
            return ChannelRefused(refused.code, self._slack_messages.bot_name).sentence
        except (SlackError, TimeoutError) as error:
            log.info("channel %s was not looked up: %s", channel_id, error)
        return ""
