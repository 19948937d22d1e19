"""A conversation that gets a new id: a private channel that is shared with another organization.

https://docs.slack.dev/reference/events/channel_id_changed
"""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.takes import Request
from bot.errors import SlackUnavailable
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.channels import ChannelLog
from bot.slack.conversations.moved import has_become, is_there
from bot.slack.payloads import text

log = logging.getLogger(__name__)

ID_CHANGED = "channel_id_changed"
MESSAGES_ASKED_FOR = 5  # some may have been deleted


class ChannelMoves:
    """Nothing moves on the word of a payload: Slack must have it under the new id."""

    def __init__(
        self, *, channel_log: ChannelLog, slack_client: AsyncWebClient, clock: Clock
    ) -> None:
        self._channel_log = channel_log
        self._slack_client = slack_client
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()  # two changes of one channel are written in order

    def register(self, app: AsyncApp) -> None:
        app.event(ID_CHANGED)(self.changed)

    async def changed(self, event: dict[str, Any]) -> None:
        old, new = text(event, "old_channel_id"), text(event, "new_channel_id")
        if not (old and new) or old == new:
            return
        async with self._one_at_a_time:
            await self._move_if_confirmed(old, new)

    async def follow(self, request: Request, pressed_in: str) -> str:
        """The channel of a request of which a button was pressed in `pressed_in`.

        If Slack has the card there, the channel has a new id and its event was missed.
        Raises SlackUnavailable.
        """
        if pressed_in == request.channel_id or not request.card_ts:
            return request.channel_id
        if not await is_there(self._slack_client, pressed_in, request.card_ts):
            return request.channel_id
        await self._move(request.channel_id, pressed_in)
        return pressed_in

    async def _move_if_confirmed(self, old: str, new: str) -> None:
        try:
            has_moved = await retry(lambda: self._has_moved(old, new), self._clock)
        except SlackUnavailable as error:
            log.warning("Slack didn't say whether channel %s is %s now: %s", old, new, error)
            return
        if has_moved:
            await self._move(old, new)
        else:
            log.warning(
                "Slack doesn't confirm that channel %s is %s now: if it is, check the limits in "
                "Home", old, new,
            )  # fmt: skip

    async def _has_moved(self, old: str, new: str) -> bool:
        """Whether Slack has its messages in `new`; without any, whether it says `new` for `old`."""
        posted = await self._channel_log.messages(old, MESSAGES_ASKED_FOR)
        for ts in posted:
            if await is_there(self._slack_client, new, ts):
                return True
        return not posted and await has_become(self._slack_client, old, new)

    async def _move(self, old: str, new: str) -> None:
        if moved := await self._channel_log.move(old, new):
            log.warning("channel %s is %s now: %d requests follow", old, new, moved)
