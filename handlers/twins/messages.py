"""Sends and updates the messages about twins that are owed (bot/request_log/twins/messages.py)."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from bot.blocks.text import Block
from bot.blocks.twins import consent
from bot.blocks.twins.notice import notice
from bot.domain.takes import Take
from bot.domain.twins.twin import REVOKED, Twin
from bot.errors import SlackError
from bot.process.background import Background
from bot.process.one_by_one import one_by_one
from bot.request_log.log import RequestLog
from bot.request_log.owed.attempts import show_in_turn
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.rows import timestamp
from bot.request_log.twins.log import TwinLog
from bot.request_log.twins.messages import ASK, NOTICE, TWIN
from bot.slack.messages import SlackMessages
from bot.slack.redraws import Redraws
from handlers.access import Access
from handlers.schedule import RECENT

log = logging.getLogger(__name__)

CHECK_SECONDS = 60  # between two attempts at messages that are owed


class TwinMessages:
    def __init__(
        self,
        *,
        twin_log: TwinLog,
        request_log: RequestLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        background: Background,
        redraws: Redraws,
        access: Access,
        has_admins: bool,
    ) -> None:
        self._twin_log = twin_log
        self._request_log = request_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._background = background
        self._redraws = redraws
        self._access = access
        self._has_admins = has_admins

    def show_soon(self, twin_id: str) -> None:
        self._background.start(self.send_owed(twin_id))

    async def send_owed(self, twin_id: str) -> None:
        """Sends the messages owed about this twin. `check` sends again those that fail."""
        keys = [key for key in await self._owed() if key.split(".")[1] == twin_id]
        await asyncio.gather(*map(self._show_quietly, keys))

    async def check(self) -> None:
        """Makes up for what a kill or an outage of Slack has prevented."""
        keys = await self._owed()
        await one_by_one(keys, self._show_quietly, ends_with=self._owed_messages.errors)

    async def _owed(self) -> list[str]:
        since = timestamp(datetime.now(UTC) - RECENT)
        return await self._owed_messages.keys(since, {TWIN})

    async def _show_quietly(self, key: str) -> None:
        try:
            await show_in_turn(self._owed_messages, key, self._show, self._redraws.redraw_soon)
        except SlackError as error:
            log.warning("%s is still owed: %s", key, error)

    async def _show(self, owed: OwedMessage) -> Shown:
        to, kind = owed.detail["to"], owed.detail["kind"]
        twin = await self._twin_log.twin(owed.detail["twin_id"])
        ts, channel_id = owed.ts, str(owed.detail.get("channel_id", ""))
        if not ts and owed.tried != owed.shown:  # an attempt that was cut off may have posted it
            channel_id = await self._twin_log.direct_channel(to)
            since = datetime.fromisoformat(owed.changed_at) - timedelta(days=1)
            if channel_id:
                found = await self._slack_messages.find(channel_id, owed.message_key, since=since)
                ts = found or ""
        text, blocks = await self._content(twin, kind, to)
        if ts:
            await self._slack_messages.update(channel_id, ts, text, blocks)
        else:
            channel_id, ts = await self._slack_messages.send_dm(
                to, text, blocks, key=owed.message_key
            )
        return Shown(ts=ts, detail={"channel_id": channel_id})

    async def _content(self, twin: Twin, kind: str, to: str) -> tuple[str, list[Block]]:
        if kind == ASK:
            return consent.question(twin)
        if kind == NOTICE:
            return notice(twin)
        made = await self._made(twin, to) if kind in REVOKED else []
        return consent.message(twin, kind, to, made, has_admins=self._has_admins)

    async def _made(self, twin: Twin, to: str) -> list[consent.Made]:
        """All videos for the person shown; for others, those that they have asked for."""
        takes = [
            take
            for take in await self._twin_log.made_with(twin)
            if to in (twin.shows_user_id, take.requester_id)
        ]
        shown = [await self._shown(take, to) for take in takes[: consent.MOST_VIDEOS]]
        return [*shown, *(consent.Made(take) for take in takes[consent.MOST_VIDEOS :])]

    async def _shown(self, take: Take, to: str) -> consent.Made:
        request = await self._request_log.request(take.request_id)
        channel_id, ts = request.channel_id, take.review_ts or take.message_ts or request.card_ts
        return consent.Made(
            take,
            channel_id,
            await self._slack_messages.permalink(channel_id, ts) if ts else "",
            to == take.requester_id or await self._access.surely_sees(channel_id, to),
        )

    async def link_to_question(self, twin: Twin) -> str:
        """ "" if it isn't known."""
        place = await self._twin_log.question_of(twin)
        return await self._slack_messages.permalink(*place) if place else ""
