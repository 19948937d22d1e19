"""Mentions the second group of reviewers in the thread, once the first has approved a take."""

import logging
from datetime import UTC, datetime

from bot.blocks.reviewing.rounds import mention
from bot.domain.reviewing.rounds import SECOND
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.errors import SlackError
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.owed.second_rounds import TOLD, key
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles

log = logging.getLogger(__name__)


class SecondRounds:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        round_log: RoundLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._round_log = round_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._clock = clock

    async def notify(self, take_id: str) -> None:
        """Posts the mention that is owed for this take. A failure is only logged."""
        try:
            await self.catch_up(key(take_id))
        except SlackError as error:  # it is still owed
            log.warning("take %s: the second round was not asked yet: %s", take_id, error)

    async def catch_up(self, message_key: str) -> None:
        """An attempt at a mention that is owed. Raises SlackUnavailable and NotInLog."""
        await show_owed(self._owed_messages, message_key, self._post)

    async def _post(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        told = Shown(detail={TOLD: True})
        if owed.tried != owed.shown and await self._slack_messages.find(
            request.channel_id,
            owed.message_key,
            since=datetime.fromisoformat(take.rendered_at or take.requested_at),
            thread_ts=request.card_ts,
        ):
            return told
        reviews = await self._review_log.of_take(take.id)
        asked = await self._asked(take)
        if not asked:
            return Shown()  # the first round is open again, or a new take is there
        link = await self._slack_messages.permalink(request.channel_id, take.review_ts)
        approvals = [r for r in reviews if r.decision is Decision.APPROVED]
        names = [await self._profiles.name(review.user_id) for review in approvals]
        text = mention(take, asked, [name for name in names if name], link)
        # Logged first: who is mentioned now is not reminded before the next morning.
        at = timestamp(self._clock.now().astimezone(UTC))
        await self._round_log.record_mention(take, asked, at)
        await self._slack_messages.post(
            request.channel_id, text, thread_ts=request.card_ts, key=owed.message_key
        )
        return told

    async def _asked(self, take: Take) -> list[str]:
        """The second group, as long as it is their turn."""
        current = await self._review_log.current_take(take.request_id)
        if take.decision or take.round != SECOND or current is None or current.id != take.id:
            return []
        now = await self._round_log.turn(take)
        return [*now.asked] if now else []
