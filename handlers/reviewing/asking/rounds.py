"""Asks each of the second group of reviewers, once the first has approved a take."""

import logging
from datetime import UTC

from bot.blocks.reviewing.rounds import not_asked, your_turn
from bot.domain.reviewing.rounds import SECOND
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.errors import SlackError
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.owed.attempts import show_in_turn
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.owed.second_rounds import TOLD
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from handlers.access import Access, as_read_by
from handlers.direct_messages import DirectMessages

log = logging.getLogger(__name__)


class SecondRounds:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        round_log: RoundLog,
        owed_messages: OwedMessages,
        direct_messages: DirectMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        access: Access,
        redraws: Redraws,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._round_log = round_log
        self._owed_messages = owed_messages
        self._direct_messages = direct_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._access = access
        self._redraws = redraws
        self._clock = clock

    async def notify(self, key: str) -> None:
        """Sends the message that is owed to one of them. A failure is only logged."""
        try:
            await self.catch_up(key)
        except SlackError as error:  # it is still owed
            log.warning("%s: the second round was not asked yet: %s", key, error)

    async def catch_up(self, key: str) -> None:
        """An attempt at a message that is owed.

        Raises SlackUnavailable and NotInLog, unless it is an update: see `show_in_turn`.
        """
        await show_in_turn(self._owed_messages, key, self._show, self._redraws.redraw_soon)

    async def _show(self, owed: OwedMessage) -> Shown:
        if not (to := owed.detail.get("to")):
            return Shown(ts=owed.ts)  # of an earlier version, which mentioned all in the thread
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        take = await as_read_by(self._access, take, request.channel_id, to)
        link = await self._slack_messages.permalink(request.channel_id, take.review_ts)
        text = await self._text(take, to, link)
        channel_id, ts, key = owed.detail.get("channel_id", ""), owed.ts, owed.message_key
        if not ts and owed.tried != owed.shown:
            found = await self._direct_messages.find(owed, to, key)
            channel_id, ts = found or ("", "")
        if ts:
            await self._slack_messages.update(channel_id, ts, text or not_asked(take, link))
        elif text:
            # Logged first: who is asked now is not reminded before the next morning.
            at = timestamp(self._clock.now().astimezone(UTC))
            await self._round_log.record_asked(take, to, at)
            channel_id, ts = await self._direct_messages.send(
                owed, to, text, key=key, instead=request
            )
        else:
            return Shown()  # the first round is open again, or a new take is there
        return Shown(ts=ts, detail={TOLD: True, "channel_id": channel_id})

    async def _text(self, take: Take, user_id: str, link: str) -> str:
        """Asks one of the second group; "" if it isn't their turn."""
        current = await self._review_log.current_take(take.request_id)
        if take.decision or take.round != SECOND or current is None or current.id != take.id:
            return ""
        turn = await self._round_log.whose_turn(take)
        if turn is None or user_id not in turn.asked:
            return ""
        reviews = await self._review_log.of_take(take.id)
        approvals = [r for r in reviews if r.decision is Decision.APPROVED]
        names = [await self._profiles.name(review.user_id) for review in approvals]
        return your_turn(take, [name for name in names if name], link)
