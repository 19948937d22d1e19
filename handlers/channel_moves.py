"""A conversation that gets a new id: a private channel that is shared with another organization.

https://docs.slack.dev/reference/events/channel_id_changed
"""

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.domain.takes import Request
from bot.request_log.log import RequestLog
from bot.slack.messages import SlackMessages
from bot.slack.payloads import text

log = logging.getLogger(__name__)

ID_CHANGED = "channel_id_changed"


class ChannelMoves:
    def __init__(self, *, request_log: RequestLog, slack_messages: SlackMessages) -> None:
        self._request_log = request_log
        self._slack_messages = slack_messages

    def register(self, app: AsyncApp) -> None:
        app.event(ID_CHANGED)(self.changed)

    async def changed(self, event: dict[str, Any]) -> None:
        old, new = text(event, "old_channel_id"), text(event, "new_channel_id")
        if old and new:
            await self._move(old, new)

    async def follow(self, request: Request, pressed_in: str) -> str:
        """The channel of a request of which a button was pressed in `pressed_in`.

        If Slack has the card there, the channel has a new id and its event was missed.
        """
        if pressed_in == request.channel_id or not request.card_ts:
            return request.channel_id
        if not await self._slack_messages.permalink(pressed_in, request.card_ts):
            return request.channel_id
        await self._move(request.channel_id, pressed_in)
        return pressed_in

    async def _move(self, old: str, new: str) -> None:
        if moved := await self._request_log.move_channel(old, new):
            log.warning("channel %s is %s now: %d requests follow", old, new, moved)
