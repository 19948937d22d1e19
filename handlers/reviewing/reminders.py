"""Reminds named reviewers every working day until there is a decision, or their sign-off.

The log says who is missing. If there are several processes, the one that logs the reminder
first sends it.
"""

import logging
from datetime import UTC, datetime

from bot.blocks import review
from bot.blocks.holds import sign_offs
from bot.domain.reviews import SOONEST_REMINDER, Reviewer, is_due
from bot.domain.takes import Request, Take, waits_for_sign_off
from bot.errors import ChannelRefused, SlackError
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.log import RequestLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

CHECK_SECONDS = 900


class Reminders:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        sign_off_log: SignOffLog,
        slack_messages: SlackMessages,
        profiles: Profiles,
        review_messages: ReviewMessages,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._sign_off_log = sign_off_log
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._review_messages = review_messages
        self._clock = clock

    async def remind(self) -> None:
        """Reminds everybody whose reminder is due."""
        now = self._clock.now()
        before = timestamp((now - SOONEST_REMINDER).astimezone(UTC))
        pending = [
            *await self._review_log.pending_reviewers(before),
            *await self._sign_off_log.pending_reviewers(before),
        ]
        await one_by_one(
            pending,
            lambda one: self._remind_if_due(*one, now),
            ends_with=self._request_log.store.errors,
        )

    async def _remind_if_due(self, reviewer: Reviewer, take_id: str, now: datetime) -> None:
        take = await self._request_log.take(take_id)
        request = await self._request_log.request(take.request_id)
        profile = await self._profiles.if_known(reviewer.user_id)
        if profile and not profile.is_active:
            await self._review_messages.drop_reviewer(request, take, reviewer.user_id)
            return
        if profile is None or profile.utc_offset is None:  # it may be night there
            return
        told_at = datetime.fromisoformat(max(reviewer.told_at, take.delivered_at))
        at = now.astimezone(UTC)
        if not is_due(at, told_at, profile.utc_offset):
            return
        text = await self._text(reviewer, request, take)
        if text and await self._review_log.record_reminder(reviewer, timestamp(at), take.id):
            await self._send(reviewer, request, take, text)

    async def _text(self, reviewer: Reviewer, request: Request, take: Take) -> str:
        """The reminder, or "" if the review message can't be shown, so that nobody could decide."""
        try:
            await self._review_messages.redraw(take.id)
        except SlackError as error:
            log.info("reminder to %s about take %s postponed: %s", reviewer.user_id, take.id, error)
            return ""
        ts = (await self._request_log.take(take.id)).review_ts or request.card_ts
        link = await self._slack_messages.permalink(request.channel_id, ts)
        text = sign_offs.reminder if waits_for_sign_off(take) else review.reminder
        return text(request, take, link)

    async def _send(self, reviewer: Reviewer, request: Request, take: Take, text: str) -> None:
        try:
            await self._slack_messages.send_dm(reviewer.user_id, text)
        except ChannelRefused as refused:
            log.info(
                "no more reminders to %s about take %s: %s", reviewer.user_id, take.id, refused
            )
            await self._review_log.stop_reminders(request.id, reviewer.user_id, reviewer.told_at)
        except SlackError as error:
            log.warning("could not remind %s about take %s: %s", reviewer.user_id, take.id, error)
