"""Tells the requester, once, that the due date of a review has passed."""

import logging
from datetime import UTC

from bot.blocks.reviewing.due_dates import overdue
from bot.domain.reviewing.due_dates import is_past
from bot.domain.takes import Take
from bot.errors import SlackUnavailable
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.log import RequestLog
from bot.request_log.owed import overdue as overdue_log
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from handlers.direct_messages import DirectMessages, key_of_words

log = logging.getLogger(__name__)


class Overdue:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        owed_messages: OwedMessages,
        direct_messages: DirectMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._owed_messages = owed_messages
        self._direct_messages = direct_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._clock = clock

    async def look(self) -> None:
        """Finds the reviews that have become overdue, and tells their requesters."""
        now = timestamp(self._clock.now().astimezone(UTC))
        keys = await overdue_log.owe(self._request_log.store, now)
        await one_by_one(keys, self._tell, ends_with=self._owed_messages.errors)

    async def _tell(self, key: str) -> None:
        try:
            await self.catch_up(key)
        except SlackUnavailable as error:  # it is still owed
            log.warning("%s was not posted yet: %s", key, error)

    async def catch_up(self, key: str) -> None:
        """An attempt at a message that is owed. Raises SlackUnavailable and NotInLog."""
        await show_owed(self._owed_messages, key, self._post)

    async def _post(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        to, key = take.requester_id, key_of_words(owed)
        if await self._direct_messages.is_sent(owed, to):
            return Shown(count=owed.tried)
        current = await self._review_log.current_take(request.id)
        is_current = current is not None and current.id == take.id
        if take.decision or not is_current or not is_past(take.due_at, self._clock.now()):
            return Shown()
        link = await self._slack_messages.permalink(request.channel_id, take.review_ts)
        text, blocks = overdue(
            take, await self._waiting_for(take), await self._approvals(take), link
        )
        _, ts = await self._direct_messages.send(owed, to, text, blocks, key=key, instead=request)
        return Shown(ts=ts)

    async def _waiting_for(self, take: Take) -> list[str]:
        """The names of the reviewers whose turn it is and who have not decided."""
        decided = {review.user_id for review in await self._review_log.of_take(take.id)}
        asked = [r for r in await self._review_log.reviewers_for(take) if not r.away_at]
        asked = [r for r in asked if r.round == take.round]
        missing = [r.user_id for r in asked if r.user_id not in decided]
        return [await self._profiles.name(user_id) or "a reviewer" for user_id in missing]

    async def _approvals(self, take: Take) -> int:
        return len(await self._review_log.of_take(take.id))
