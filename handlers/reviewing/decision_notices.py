"""Tells people of a decision in direct messages: Slack notifies nobody of an updated message, and
the thread, whose review message shows every decision, stays short.

Whoever shared the take is told when it is not approved anymore. People are notified of a take once
a minute at most: of several decisions within a minute, they hear of the first and the last. What
could not be sent at once is owed (bot/request_log/owed).
"""

import logging
from functools import partial

from bot.blocks.reviewing.decision_notice import decision_notice
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.errors import SlackError
from bot.request_log.log import RequestLog
from bot.request_log.owed import decision_notices
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.decision_notices import Notice
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.request_log.twins.use import why_not_made, why_not_used
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Draw, Redraws
from handlers.access import Access, as_read_by, has_stayed
from handlers.direct_messages import DirectMessages, key_of_words

log = logging.getLogger(__name__)

NOTICE_SECONDS = 60  # between two notices of decisions about one take: each notifies somebody


class DecisionNotices:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        owed_messages: OwedMessages,
        direct_messages: DirectMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        access: Access,
        redraws: Redraws,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._owed_messages = owed_messages
        self._direct_messages = direct_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._access = access
        self._redraws = redraws

    async def notify(self, key: str) -> None:
        """Sends the notice that is owed to somebody. A failure is only logged."""
        try:
            await self._redraws.at_most_every(NOTICE_SECONDS, key, self._attempt(key))
        except SlackError as error:  # it is still owed
            log.warning("%s: nobody was told of a decision yet: %s", key, error)

    async def catch_up(self, key: str) -> None:
        """Another attempt at a notice that is owed; it may have to wait, which nobody else must."""
        self._redraws.at_most_every_unwatched(NOTICE_SECONDS, key, self._attempt(key))

    def _attempt(self, key: str) -> Draw:
        return partial(show_owed, self._owed_messages, key, self._send)

    async def _send(self, owed: OwedMessage) -> Shown:
        notice = Notice.of(owed)
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        to = notice.to or take.requester_id
        if await self._direct_messages.is_sent(owed, to):
            return decision_notices.told_before(owed)
        # What they have decided themselves meanwhile they know.
        if notice.is_undone or notice.after != take.decision:
            return decision_notices.told(owed)
        link = await self._slack_messages.permalink(request.channel_id, take.review_ts)
        refused = await self._refused(take, request.channel_id)
        text = await self._text(take, notice, to, request.channel_id, link, refused)
        key = key_of_words(owed)
        return decision_notices.told(
            owed, *await self._direct_messages.send(owed, to, text, key=key, instead=request)
        )

    async def _refused(self, take: Take, channel_id: str) -> str:
        """Why its final can't be made, or it can't be shared, because of whom it shows; or ""."""
        store = self._request_log.store
        if take.is_draft:
            return await why_not_made(store, take.final_parameters, channel_id)
        return await why_not_used(store, take.parameters, channel_id)

    async def _text(
        self, take: Take, notice: Notice, to: str, channel_id: str, link: str, refused: str
    ) -> str:
        was_approved = notice.before == Decision.APPROVED
        shares = await self._review_log.shares(take.id) if was_approved else []
        reviews = await self._review_log.of_take(take.id)
        approvals = [r.user_id for r in reviews if r.decision is Decision.APPROVED]
        return decision_notice(
            await as_read_by(self._access, take, channel_id, to),
            await self._profiles.name(notice.by),
            notice.note if await has_stayed(self._access, channel_id, to) else "",
            link=link,
            approved_by=[
                "you" if user_id == to else await self._profiles.name(user_id)
                for user_id in approvals
            ],
            was_approved=was_approved,
            shared_in=[shared_in for shared_in, _ in shares],
            refused=refused,
        )
