"""Reminds the people shown every working morning; after 14 days without an answer it is a no."""

import logging
from datetime import UTC, datetime

from bot.blocks.twins.consent import reminder
from bot.domain.reviews import SOONEST_REMINDER, is_due
from bot.domain.takes import WrongMove
from bot.domain.twins.twin import ANSWER_WITHIN, UNANSWERED, Twin, TwinState
from bot.errors import SlackError
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.rows import timestamp
from bot.request_log.twins.log import TwinLog
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from handlers.twins.messages import TwinMessages

log = logging.getLogger(__name__)

CHECK_SECONDS = 900


class TwinReminders:
    def __init__(
        self,
        *,
        twin_log: TwinLog,
        twin_messages: TwinMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        clock: Clock,
    ) -> None:
        self._twin_log = twin_log
        self._twin_messages = twin_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._clock = clock

    async def remind(self) -> None:
        now = self._clock.now().astimezone(UTC)
        asked = await self._twin_log.twins_in(UNANSWERED)
        reminded: set[str] = set()
        await one_by_one(
            asked, lambda twin: self._check(twin, now, reminded), ends_with=self._twin_log.errors
        )

    async def _check(self, twin: Twin, now: datetime, reminded: set[str]) -> None:
        if now - datetime.fromisoformat(twin.requested_at) > ANSWER_WITHIN:
            try:
                await self._twin_log.expire(twin.id)
            except WrongMove:  # just answered
                return
            await self._twin_messages.send_owed(twin.id)
            return
        user_id = twin.shows_user_id
        told_at = datetime.fromisoformat(twin.reminded_at or twin.requested_at)
        if twin.state is not TwinState.ASKED or user_id in reminded:
            return
        if now - told_at < SOONEST_REMINDER:
            return
        profile = await self._profiles.one_of_many(user_id)
        if profile is None or profile.zone is None or not is_due(now, told_at, profile.zone):
            return
        reminded.add(user_id)  # one message a morning, about the oldest
        await self._remind(twin, now)

    async def _remind(self, twin: Twin, now: datetime) -> None:
        """If several processes try, the one that logs it first sends it."""
        if not await self._twin_log.remind(twin.id, timestamp(now), known=twin.reminded_at):
            return
        link = await self._twin_messages.link_to_question(twin)
        try:
            await self._slack_messages.send_dm(twin.shows_user_id, reminder(twin, link))
        except SlackError as error:
            log.warning("could not remind %s: %s", twin.shows_user_id, error)
