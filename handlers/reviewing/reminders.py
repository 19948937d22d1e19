"""Reminders: who was named to review is told once a working day, until it is decided.

Each look asks the log who is still waited for; whoever of several processes writes down that it
reminds somebody is the one that does.
"""

import asyncio
import logging
from datetime import UTC, datetime

from bot.blocks import review
from bot.domain.reviews import SHORTEST_PAUSE, Reviewer, is_due
from bot.domain.takes import Request, Take
from bot.errors import ChannelRefused, SlackError
from bot.request_log.rows import timestamp
from bot.services import Services
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

CHECK_SECONDS = 900


class Reminders:
    def __init__(self, services: Services, messages: ReviewMessages) -> None:
        self._services = services
        self._log = services.log
        self._reviews = services.reviews
        self._review_messages = messages
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            await self._services.clock.sleep(CHECK_SECONDS)
            # As background work: what goes wrong in one look is seen, and the next one comes.
            await asyncio.wait({self._services.background.start(self.look())})

    async def look(self) -> None:
        """Reminds everybody who is due now."""
        now = self._services.clock.now()
        before = timestamp((now - SHORTEST_PAUSE).astimezone(UTC))
        for reviewer, take_id in await self._reviews.waited_for(before):
            take = await self._log.take(take_id)
            request = await self._log.request(take.request_id)
            await self._consider(reviewer, request, take, now)

    async def _consider(
        self, reviewer: Reviewer, request: Request, take: Take, now: datetime
    ) -> None:
        member = await self._services.people.member(reviewer.user_id)
        if member is None:  # what time it is there is not known, so it may be night
            return
        if not member.is_active:
            await self._review_messages.leave_out(request, reviewer.user_id)
            return
        told_at = datetime.fromisoformat(max(reviewer.told_at, take.delivered_at))
        at = now.astimezone(UTC)
        if not is_due(at, told_at, member.utc_offset):
            return
        text = await self._text(reviewer, request, take)
        if text and await self._reviews.remind(reviewer, timestamp(at)):
            await self._tell(reviewer, request, take, text)

    async def _text(self, reviewer: Reviewer, request: Request, take: Take) -> str:
        """ "": nothing can be decided there now, so nobody is sent there; the next look may."""
        try:
            await self._review_messages.show(take.id)
        except SlackError as error:
            log.info("%s is not reminded now of take %s: %s", reviewer.user_id, take.id, error)
            return ""
        ts = (await self._log.take(take.id)).review_ts or request.card_ts
        link = await self._services.messages.permalink(request.channel_id, ts)
        return review.reminder(request, take, link)

    async def _tell(self, reviewer: Reviewer, request: Request, take: Take, text: str) -> None:
        try:
            await self._services.messages.send_dm(reviewer.user_id, text)
        except ChannelRefused as refused:
            log.info("%s is reminded no more of take %s: %s", reviewer.user_id, take.id, refused)
            await self._reviews.away(request.id, reviewer.user_id, reviewer.told_at)
        except SlackError as error:
            log.warning("%s was not reminded of take %s: %s", reviewer.user_id, take.id, error)
