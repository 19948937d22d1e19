"""Reminds named reviewers every working day until there is a decision, or their sign-off; and
admins, until one of them has answered about a take over a limit.

Each person gets one message a morning, which lists all that waits for them. The log says who has
not decided yet. If there are several processes, the one that logs the reminder first sends it.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.blocks.reviewing.reminders import Waiting, reminder
from bot.domain.reviews import SOONEST_REMINDER, Reviewer, is_due
from bot.domain.takes import Take, waits_for_approval
from bot.errors import ChannelRefused, SlackError, SlackUnavailable
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.request_log.reviewing.reminders import ReminderLog
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.rows import timestamp
from bot.request_log.twins.use import why_ended
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from handlers.access import Access, as_seen_by
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

CHECK_SECONDS = 900
# Where Slack doesn't say who is there, a reviewer may be somebody who can't open the video.
LONGEST_UNSURE = timedelta(days=14)

Pending = Sequence[tuple[Reviewer, str]]  # a person, and the take that waits for them


class Reminders:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        round_log: RoundLog,
        reminder_log: ReminderLog,
        sign_off_log: SignOffLog,
        hold_log: HoldLog,
        admin_user_ids: Collection[str],
        slack_messages: SlackMessages,
        profiles: Profiles,
        review_messages: ReviewMessages,
        access: Access,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._round_log = round_log
        self._reminder_log = reminder_log
        self._sign_off_log = sign_off_log
        self._hold_log = hold_log
        self._admin_user_ids = admin_user_ids
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._review_messages = review_messages
        self._access = access
        self._clock = clock

    async def remind(self) -> None:
        """Reminds everybody whose reminder is due."""
        now = self._clock.now().astimezone(UTC)
        before = timestamp(now - SOONEST_REMINDER)
        asked = [one.user_id for one, _ in await self._on_hold(now) if one.told_at <= before]
        people = dict.fromkeys([*await self._reminder_log.who_is_waited_for(before), *asked])
        shown: dict[str, Waiting | None] = {}  # by take id: several people may be asked for it
        await one_by_one(
            people,
            lambda user_id: self._remind_if_due(user_id, shown),
            ends_with=self._reminder_log.errors,
        )

    async def _remind_if_due(self, user_id: str, shown: dict[str, Waiting | None]) -> None:
        # It may wait for minutes, so what is read and told is of afterwards.
        profile = await self._profiles.one_of_many(user_id)
        now = self._clock.now().astimezone(UTC)
        pending = await self._reminder_log.pending(user_id)
        for person, take_id in await self._on_hold(now):
            if person.user_id == user_id:
                pending.append((person, await self._request_log.take(take_id)))
        if profile and not profile.is_active:
            for take in (take for _, take in pending if not waits_for_approval(take)):
                request = await self._request_log.request(take.request_id)
                await self._review_messages.drop_reviewer(request, take, user_id)
            return
        if profile is None or profile.zone is None:  # it may be night there
            return
        zone = profile.zone
        today = timestamp(_midnight(now, zone))
        if not any(is_due(now, _told_at(*one), zone) for one in pending):
            return
        if await self._reminder_log.was_reminded(user_id, since=today):
            return
        pending = await self._seen(pending, user_id, now - LONGEST_UNSURE)
        for _, take in pending:
            if waits_for_approval(take):
                shown[take.id] = await self._show_price(take, user_id)
            elif take.id not in shown:
                shown[take.id] = await self._show(take)
        waiting = [
            (reviewer, replace(one, take=take))  # as this person sees it
            for reviewer, take in pending
            if (one := shown[take.id])
        ]
        if not waiting:
            return
        about = {one.take.id: one.take.request_id for _, one in waiting}
        if await self._reminder_log.claim(user_id, about, timestamp(now), last_before=today):
            await self._send(user_id, waiting, now)

    async def _on_hold(self, now: datetime) -> Pending:
        return [
            *await self._sign_off_log.pending_reviewers(timestamp(now)),
            *await self._hold_log.pending_approvers(self._admin_user_ids, timestamp(now)),
        ]

    async def _seen(
        self, pending: list[tuple[Reviewer, Take]], user_id: str, unsure_since: datetime
    ) -> list[tuple[Reviewer, Take]]:
        """As this person sees them, and so can decide about them.

        `unsure_since`: only later ones, where Slack doesn't say whether they are there.
        """
        seen: list[tuple[Reviewer, Take]] = []
        for reviewer, take in pending:
            if waits_for_approval(take):  # admins decide in direct messages
                seen.append((reviewer, take))
                continue
            channel_id = (await self._request_log.request(take.request_id)).channel_id
            one = await as_seen_by(self._access, take, channel_id, user_id)
            is_new = (take.delivered_at or take.requested_at) > timestamp(unsure_since)
            if one and (is_new or await self._sees(channel_id, user_id)):
                seen.append((reviewer, one))
        return seen

    async def _sees(self, channel_id: str, user_id: str) -> bool:
        try:
            return await self._access.sees(channel_id, user_id)
        except SlackUnavailable:
            return False

    async def _show(self, take: Take) -> Waiting | None:
        """None if nobody could decide: the review message can't be shown, or the video be used."""
        request = await self._request_log.request(take.request_id)
        if await why_ended(self._request_log.store, take.parameters, request.channel_id):
            return None
        try:
            await self._review_messages.redraw(take.id)
        except SlackError as error:
            log.info("reminders about take %s postponed: %s", take.id, error)
            return None
        ts = (await self._request_log.take(take.id)).review_ts or request.card_ts
        link = await self._slack_messages.permalink(request.channel_id, ts)
        return Waiting(take, request.channel_id, link)

    async def _show_price(self, take: Take, user_id: str) -> Waiting:
        """Each admin has a message with the buttons."""
        channel_id, ts = await self._hold_log.message_to(user_id, take.id)
        return Waiting(take, channel_id, await self._slack_messages.permalink(channel_id, ts))

    async def _send(
        self, user_id: str, waiting: list[tuple[Reviewer, Waiting]], now: datetime
    ) -> None:
        try:
            text = reminder([one for _, one in waiting], now)
            await self._slack_messages.send_dm(user_id, text)
        except ChannelRefused as refused:
            log.info("no more reminders to %s: %s", user_id, refused)
            for reviewer, one in waiting:
                if waits_for_approval(one.take):  # the others are still asked
                    continue
                await self._round_log.reviewer_left(one.take, user_id, reviewer.told_at)
        except SlackError as error:
            log.warning("could not remind %s: %s", user_id, error)


def _told_at(reviewer: Reviewer, take: Take) -> datetime:
    return datetime.fromisoformat(max(reviewer.told_at, take.delivered_at))


def _midnight(now: datetime, zone: tzinfo) -> datetime:
    """When the day began for somebody in that time zone."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
