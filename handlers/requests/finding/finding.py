"""Answers `/avatar find` for one person alone, with what that person can see."""

import asyncio
import logging
from collections.abc import Sequence

from slack_bolt.async_app import AsyncAck

from bot.blocks.finding.results import HOW, FoundVideo, build, summary
from bot.domain.scripts.finding import snippet, words_of
from bot.domain.takes import is_direct
from bot.errors import SlackUnavailable
from bot.request_log.finding import ENOUGH, FoundTake, find_takes
from bot.request_log.log import RequestLog
from bot.slack.conversations.permalinks import Permalinks
from bot.slack.members import Members
from handlers.access import Access

log = logging.getLogger(__name__)

MOST = 10
LOOK_SECONDS, LINK_SECONDS = 0.9, 0.5  # of the 3 s that Slack waits for the answer
AT_ONCE = 20  # channels that are looked up together


class Finding:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        permalinks: Permalinks,
        members: Members,
        access: Access,
    ) -> None:
        self._request_log = request_log
        self._permalinks = permalinks
        self._members = members
        self._access = access

    async def answer(self, ack: AsyncAck, user_id: str, looked_for: str, typed: str) -> None:
        """`typed`: all that follows the command."""
        words = words_of(looked_for)
        if not words:
            await ack(HOW)
            return
        seen, is_all = await self._search(words, user_id)
        links = await asyncio.gather(*map(self._link, seen))
        found = [
            FoundVideo(
                take.number, take.requester_id, take.channel_id, take.delivered_at, link,
                snippet(words, take.script),
            )
            for take, link in zip(seen, links, strict=True)
        ]  # fmt: skip
        blocks = build(looked_for, found, typed, is_all=is_all)
        await ack(text=summary(looked_for, len(found)), blocks=blocks)

    async def _search(self, words: Sequence[str], user_id: str) -> tuple[list[FoundTake], bool]:
        """The best ones that this person sees; False if Slack didn't say of some."""
        seen: dict[str, FoundTake] = {}
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                sees_public = await self._access.sees_public_channels(user_id)
                for thorough in (False, True):
                    seen.clear()
                    takes = await find_takes(
                        self._request_log.store, words, user_id, thorough=thorough
                    )
                    await self._add_visible(seen, takes, user_id, sees_public=sees_public)
                    if len(seen) == MOST or len(takes) < ENOUGH:
                        break
        except (TimeoutError, SlackUnavailable) as error:
            log.info("not every channel was looked up: %s", error)
            return [*seen.values()], False
        return [*seen.values()], True

    async def _add_visible(
        self, seen: dict[str, FoundTake], takes: Sequence[FoundTake], user_id: str,
        *, sees_public: bool,
    ) -> None:  # fmt: skip
        """The best of each thread, by the id of its request."""
        sees: dict[str, bool] = {}
        for first in range(0, len(takes), AT_ONCE):
            batch = takes[first : first + AT_ONCE]
            await self._look_up(batch, user_id, sees, sees_public=sees_public)
            for take in batch:
                if sees[take.channel_id]:
                    seen.setdefault(take.request_id, take)
                if len(seen) == MOST:
                    return

    async def _look_up(
        self, takes: Sequence[FoundTake], user_id: str, sees: dict[str, bool], *, sees_public: bool
    ) -> None:
        """Adds to `sees` whether this person sees each of their channels."""
        new = list({take.channel_id for take in takes} - sees.keys())
        answers = await asyncio.gather(
            *(self._sees(one, user_id, sees_public=sees_public) for one in new)
        )
        sees.update(zip(new, answers, strict=True))

    async def _sees(self, channel_id: str, user_id: str, *, sees_public: bool) -> bool:
        if is_direct(channel_id):
            return True  # the log has found only their own
        return await self._members.surely_sees(channel_id, user_id, sees_public=sees_public)

    async def _link(self, take: FoundTake) -> str:
        try:
            async with asyncio.timeout(LINK_SECONDS):
                ts = take.review_ts or take.card_ts
                return await self._permalinks.of(take.channel_id, ts)
        except TimeoutError:
            return ""
