"""What the review owes after a kill, or after a time without Slack: drawings, and ends of shares.

Decisions, notes and shares are in the log before they are drawn. So in each process that answers
Slack, at the start and from time to time, what changed since the last look is drawn once more.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from aiolimiter import AsyncLimiter

from bot.errors import SlackError, SlackUnavailable
from bot.request_log.rows import timestamp
from bot.services import Services
from handlers.rendering.failures import RECENT
from handlers.rendering.resume import SWEEP_SECONDS
from handlers.review_messages import ReviewMessages
from handlers.reviewing.share import Share

log = logging.getLogger(__name__)

SHARES_BACK = timedelta(days=1)
LONGEST_SHARE = timedelta(hours=1)  # another process may still be at work on a younger one
COMMITS = timedelta(minutes=1)  # what is stamped before a look may be committed after it
# Each is two calls of chat.update, in tier 3: the rest of its 50 a minute is the cards' (cards.py).
# https://docs.slack.dev/apis/web-api/rate-limits
DRAWINGS_A_MINUTE = 10


class CatchUp:
    def __init__(self, services: Services, share: Share, messages: ReviewMessages) -> None:
        self._background = services.background
        self._reviews = services.reviews
        self._share = share
        self._messages = messages
        self._pause = services.clock.scaled(SWEEP_SECONDS)
        self._rate = AsyncLimiter(DRAWINGS_A_MINUTE, 60)
        self._began = datetime.now(UTC)
        self._since = self._began - RECENT
        self._owed: dict[str, None] = {}  # requests, in the order in which they are drawn

    async def keep_looking(self) -> None:
        while True:
            # As background work: what goes wrong in one look is seen, and the next one comes.
            look = self._background.start(self.look())
            try:
                await asyncio.wait({look})
            finally:
                look.cancel()  # no stop waits for drawings: the next start makes them
            await asyncio.sleep(self._pause)

    async def look(self) -> None:
        now = datetime.now(UTC)
        # At the start those of the process before; later those of one that never came back.
        before = max(self._began, now - LONGEST_SHARE)
        for share in await self._reviews.shares_without_end(
            since=timestamp(now - SHARES_BACK), before=timestamp(before)
        ):
            self._background.start(self._share.look_after(share))
        self._owed |= dict.fromkeys(await self._reviews.changed_since(timestamp(self._since)))
        self._since = now - COMMITS
        for request_id in list(self._owed):
            async with self._rate:
                await self._draw(request_id)

    async def _draw(self, request_id: str) -> None:
        take = await self._reviews.current_take(request_id)
        try:
            if take:
                await self._messages.show(take.id)
        except SlackError as error:
            log.warning("request %s: its review was not drawn: %s", request_id, error)
            if isinstance(error, SlackUnavailable):
                return  # the next look tries again
        self._owed.pop(request_id, None)
