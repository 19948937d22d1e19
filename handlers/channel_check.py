"""Whether the bot can post in the channel that a form names, before the form is sent."""

import asyncio
import logging
from time import monotonic
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.forms.channel import CHECK_WHERE, WHERE, checked
from bot.blocks.review import text_of
from bot.domain.rights import Act
from bot.domain.takes import is_direct
from bot.errors import ChannelRefused, SlackError, SlackUnavailable
from bot.process.background import Background
from bot.slack import payloads
from bot.slack.can_post import check_joined
from bot.slack.errors import view_errors
from bot.slack.messages import SlackMessages
from handlers.access import Listeners

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
        try:
            why = await self._ask(channel_id)
        except (SlackUnavailable, TimeoutError) as error:
            log.info("channel %s was not looked up: %s", channel_id, error)
            return ""  # asked again at the next change
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
        except SlackUnavailable:
            raise
        except SlackError as error:
            log.info("channel %s can't be looked up: %s", channel_id, error)
        return ""


class ChosenChannel:
    """Says it in a form other than that of a video, which live_form.py updates."""

    def __init__(
        self, *, slack_client: AsyncWebClient, channel_check: ChannelCheck, background: Background
    ) -> None:
        self._slack_client = slack_client
        self._channel_check = channel_check
        self._background = background
        self._newest: dict[str, dict[str, Any]] = {}  # view id -> the view to answer

    def register(self, app: Listeners) -> None:
        # Whether this person may send the form is decided when it is sent.
        app.action(WHERE, Act.MAKE_VIDEO, self.chosen)
        app.action(CHECK_WHERE, Act.MAKE_VIDEO, self.check_again)

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        view = payloads.part(body, "view")
        view_id = payloads.text(view, "id")
        self._newest[view_id] = view
        self._background.start(self._update(view_id, view))

    async def check_again(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self._channel_check.forget(text_of(payloads.part(body, "view"), WHERE))
        await self.chosen(ack, body)

    async def _update(self, view_id: str, view: dict[str, Any]) -> None:
        try:
            why = await self._channel_check.problem(text_of(view, WHERE))
            if self._newest.get(view_id) is not view:
                return  # another channel was chosen meanwhile
            with view_errors():
                await self._slack_client.views_update(view_id=view_id, view=checked(view, why))
        except SlackError as error:  # closed, or Slack is busy: it is said when the form is sent
            log.info("a form was not updated: %s", error)
        finally:
            if self._newest.get(view_id) is view:
                del self._newest[view_id]
