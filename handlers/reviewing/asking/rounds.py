"""Mentions the second group of reviewers in the thread, once the first has approved a take."""

import logging
from datetime import UTC, datetime

from bot.blocks.reviewing.rounds import mention, not_asked
from bot.domain.reviewing.rounds import SECOND
from bot.domain.reviews import Decision
from bot.domain.takes import Request, Take
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
        is_told, ts = owed.detail.get(TOLD), owed.ts
        if not ts and (is_told or owed.tried != owed.shown):
            found = await self._slack_messages.find(
                request.channel_id,
                owed.message_key,
                since=datetime.fromisoformat(take.rendered_at or take.requested_at),
                thread_ts=request.card_ts,
            )
            ts = found or ""
        told = Shown(ts=ts, detail={TOLD: True})
        if is_told:
            if ts:  # or else somebody has deleted it
                text = await self._text(request, take) or not_asked(take)
                await self._slack_messages.update(request.channel_id, ts, text)
            return told
        if ts:
            return told
        if not (text := await self._text(request, take)):
            return Shown()  # the first round is open again, or a new take is there
        # Logged first: who is mentioned now is not reminded before the next morning.
        at = timestamp(self._clock.now().astimezone(UTC))
        await self._round_log.record_mention(take, await self._asked(take), at)
        ts = await self._slack_messages.post(
            request.channel_id, text, thread_ts=request.card_ts, key=owed.message_key
        )
        return Shown(ts=ts, detail={TOLD: True})

    async def _text(self, request: Request, take: Take) -> str:
        """Asks the second group; "" if it isn't their turn."""
        if not (asked := await self._asked(take)):
            return ""
        reviews = await self._review_log.of_take(take.id)
        link = await self._slack_messages.permalink(request.channel_id, take.review_ts)
        approvals = [r for r in reviews if r.decision is Decision.APPROVED]
        names = [await self._profiles.name(review.user_id) for review in approvals]
        return mention(take, asked, [name for name in names if name], link)

    async def _asked(self, take: Take) -> list[str]:
        """The second group, as long as it is their turn."""
        current = await self._review_log.current_take(take.request_id)
        if take.decision or take.round != SECOND or current is None or current.id != take.id:
            return []
        now = await self._round_log.whose_turn(take)
        return [*now.asked] if now else []
