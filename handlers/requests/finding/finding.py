"""Answers `/avatar find` for one person alone, with what that person can see."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncAck

from bot.blocks.finding.results import HOW, FoundVideo, build, summary
from bot.domain.scripts.finding import snippet, words_of
from bot.domain.takes import is_direct
from bot.errors import SlackUnavailable
from bot.request_log.finding import ENOUGH, FoundTake, find_takes
from bot.request_log.log import RequestLog
from bot.slack.connection.client import TooManyCalls
from bot.slack.conversations.permalinks import Permalinks
from handlers.access import Access

log = logging.getLogger(__name__)

MOST = 10
SEARCH_SECONDS, LINK_SECONDS = 0.9, 0.5  # of the 3 s that Slack waits for the answer
AT_ONCE = 20  # channels that are looked up together


@dataclass(slots=True)
class _Search:
    """`seen`: the best of each thread, by the id of its request. `sees`: the channels; None is one
    that wasn't looked up.
    """

    user_id: str
    seen: dict[str, FoundTake] = field(default_factory=dict)
    sees: dict[str, bool | None] = field(default_factory=dict)


class Finding:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        permalinks: Permalinks,
        access: Access,
    ) -> None:
        self._request_log = request_log
        self._permalinks = permalinks
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
        search = _Search(user_id)
        try:
            async with asyncio.timeout(SEARCH_SECONDS):
                for thorough in (False, True):
                    search.seen.clear()
                    takes = await find_takes(
                        self._request_log.store, words, user_id, thorough=thorough
                    )
                    await self._add_visible(search, takes)
                    if len(search.seen) == MOST or len(takes) < ENOUGH:
                        break
        except (TimeoutError, SlackUnavailable) as error:
            log.info("not every channel was looked up: %s", error)
            return [*search.seen.values()], False
        return [*search.seen.values()], None not in search.sees.values()

    async def _add_visible(self, search: _Search, takes: Sequence[FoundTake]) -> None:
        for first in range(0, len(takes), AT_ONCE):
            batch = takes[first : first + AT_ONCE]
            await self._look_up(search, batch)
            for take in batch:
                if search.sees[take.channel_id]:
                    search.seen.setdefault(take.request_id, take)
                if len(search.seen) == MOST:
                    return

    async def _look_up(self, search: _Search, takes: Sequence[FoundTake]) -> None:
        new = dict.fromkeys(take.channel_id for take in takes if take.channel_id not in search.sees)
        answers = await asyncio.gather(*(self._sees(one, search.user_id) for one in new))
        search.sees.update(zip(new, answers, strict=True))

    async def _sees(self, channel_id: str, user_id: str) -> bool | None:
        # The log has found only their own direct messages.
        try:
            return is_direct(channel_id) or await self._access.sees(channel_id, user_id)
        except TooManyCalls:
            return None

    async def _link(self, take: FoundTake) -> str:
        try:
            async with asyncio.timeout(LINK_SECONDS):
                ts = take.review_ts or take.card_ts
                return await self._permalinks.of(take.channel_id, ts)
        except TimeoutError:
            return ""
