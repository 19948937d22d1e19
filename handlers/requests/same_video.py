"""Looks for a video that is exactly what a form asks for: using it again is free."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from bot.domain.form_values import FormValues
from bot.domain.reviews import Decision, may_be_shared
from bot.domain.takes import Request, Take
from bot.domain.twins.twin import TwinRefused
from bot.errors import SlackError
from bot.request_log.log import RequestLog
from bot.request_log.reports.same_video import same_videos
from bot.request_log.reviews import ReviewLog
from bot.request_log.twins.use import check_use
from bot.slack.messages import SlackMessages
from handlers.access import Access

log = logging.getLogger(__name__)

MOST = 5  # candidates, newest first: some may be where this person can't see them
FREE = "Using it is free."
LOOK_SECONDS = 0.8  # of the 3 s that Slack gives a submission


@dataclass(frozen=True, slots=True)
class SameVideo:
    """`sentence` says who made it and when, as mrkdwn. `take_id`: "" if it can't be shared."""

    sentence: str
    take_id: str


class SameVideos:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_messages: SlackMessages,
        access: Access,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_messages = slack_messages
        self._access = access

    async def find(self, values: FormValues, user_id: str) -> SameVideo | None:
        """The newest one that this person can see. None also if Slack doesn't answer in time."""
        has_link = values.parameters.audio_url and not values.audio
        if values.draft_first or has_link or values.parameters.video_url:
            return None  # what is behind an address may have changed
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._find(values, user_id)
        except (SlackError, TimeoutError) as error:
            log.info("could not look for the same video: %s", error)
            return None
        except TwinRefused:  # neither can be used, and the submission says why
            return None

    async def _find(self, values: FormValues, user_id: str) -> SameVideo | None:
        sha256 = values.audio.sha256 if values.audio else ""
        await check_use(self._request_log.store, values.parameters, values.channel_id)
        for take in await same_videos(self._request_log.store, values.parameters, sha256, MOST):
            request = await self._request_log.request(take.request_id)
            if await self._can_see(take, request, user_id):
                return await self._offer(take, request, values.channel_id)
        return None

    async def _can_see(self, take: Take, request: Request, user_id: str) -> bool:
        """They see its channel, which is public, or asked for it or were asked to review it."""
        if user_id in (take.requester_id, request.user_id):
            return True
        if user_id in {r.user_id for r in await self._review_log.reviewers(request.id)}:
            return True
        return await self._access.sees_public(request.channel_id, user_id)

    async def _offer(self, take: Take, request: Request, channel_id: str) -> SameVideo:
        """`channel_id`: where the new one is to be posted."""
        why_not = await self._why_not(take, request, channel_id)
        at = int(datetime.fromisoformat(take.delivered_at).timestamp())
        # https://docs.slack.dev/messaging/formatting-message-text#date-formatting
        when = f"<!date^{at}^{{date_long}}|{take.delivered_at[:10]}>"
        link = await self._slack_messages.permalink(
            request.channel_id, take.review_ts or request.card_ts
        )
        what = f"<{link}|this video>" if link else "this video"
        sentence = f"<@{take.requester_id}> made exactly {what} on {when}."
        return SameVideo(f"{sentence} {why_not or FREE}", "" if why_not else take.id)

    async def _why_not(self, take: Take, request: Request, channel_id: str) -> str:
        """Why it can't be used there; "" if it can."""
        current = await self._review_log.current_take(request.id)
        if current is None or current.id != take.id:
            return "A newer take has replaced it, so it can't be used."
        if channel_id == request.channel_id:
            return f"It's in <#{channel_id}> already."
        if may_be_shared(take, request):
            return ""
        if take.decision == Decision.CHANGES:
            return "It can't be used, because changes to it were requested."
        return "It can be used once it's approved."
