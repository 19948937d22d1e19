"""Tells people of a decision in the thread, because Slack notifies nobody of an updated message.

Whoever shared the take is told when it is not approved any more. People are notified once a minute
at most: of several decisions within a minute, the first and the last are posted. What could not be
posted at once is owed (bot/request_log/owed).
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.blocks.reviewing.decision_notice import decision_notice, unshared_notice
from bot.blocks.sharing.removal import unshare_button
from bot.blocks.text import actions, section
from bot.domain.reviews import Decision
from bot.domain.takes import Request, Take
from bot.errors import ChannelRefused, SlackError
from bot.request_log.log import RequestLog
from bot.request_log.owed import decision_notices
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.decision_notices import NOTICE, Notice
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Draw, Redraws

log = logging.getLogger(__name__)

NOTICE_SECONDS = 60  # between two notices of decisions about one take: each notifies people


class DecisionNotices:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        redraws: Redraws,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._redraws = redraws

    async def notify(self, take_id: str) -> None:
        """Posts the notice that is owed about this take. A failure is only logged."""
        key = decision_notices.key(take_id)
        try:
            await self._redraws.at_most_every(NOTICE_SECONDS, key, self._attempt(key))
        except SlackError as error:  # it is still owed
            log.warning("take %s: nobody was told of a decision yet: %s", take_id, error)

    async def catch_up(self, key: str) -> None:
        """Another attempt at a notice that is owed; it may have to wait, which nobody else must."""
        self._redraws.at_most_every_unwatched(NOTICE_SECONDS, key, self._attempt(key))

    def _attempt(self, key: str) -> Draw:
        return partial(show_owed, self._owed_messages, key, self._post)

    async def _post(self, owed: OwedMessage) -> Shown:
        notice = Notice.of(owed)
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        there = owed.tried != owed.shown and await self._slack_messages.find(
            request.channel_id,
            _posted_key(take, owed.tried),
            since=datetime.fromisoformat(take.rendered_at or take.requested_at),
            thread_ts=request.card_ts,
        )
        if there and owed.tried != owed.wanted:
            return decision_notices.told_before(owed)
        if notice.is_undone:
            return decision_notices.told(owed)
        was_approved = notice.before == Decision.APPROVED
        shares = await self._review_log.shares(take.id) if was_approved else []
        text = await self._text(request, take, notice, shares)
        if not text:
            return decision_notices.told(owed)
        blocks = [section(text), actions([unshare_button(take.id)])] if shares else None
        ts = there or await self._slack_messages.post(
            request.channel_id,
            text,
            blocks,
            thread_ts=request.card_ts,
            key=_posted_key(take, owed.wanted),
        )
        return decision_notices.told(owed, ts=ts, offer=text if shares else "")

    async def _text(
        self, request: Request, take: Take, notice: Notice, shares: Sequence[tuple[str, str]]
    ) -> str:
        """ "" if nobody has to hear of it. `shares`: where it is, and by whom."""
        requesters = {request.user_id, *await self._review_log.requesters(take)}
        notified = {*requesters, *(sharer for _, sharer in shares)} - {notice.by}
        if not notified:
            return ""
        return decision_notice(
            replace(take, decision=notice.after),
            sorted(notified),
            await self._profiles.name(notice.by),
            notice.note,
            was_approved=notice.before == Decision.APPROVED,
            shared_in=[channel_id for channel_id, _ in shares],
        )

    async def follow_unshared(self, take: Take) -> None:
        """Removes *Unshare* from its notices once it isn't shared anywhere any more.

        Raises SlackUnavailable.
        """
        if await self._review_log.shares(take.id):
            return
        request = await self._request_log.request(take.request_id)
        for notice in await decision_notices.offers(self._request_log.store, take.id):
            if not (text := notice["text"]):
                continue  # its words were deleted; the button says that nothing is shared
            text = unshared_notice(text)
            try:
                await self._slack_messages.update(
                    request.channel_id, notice["ts"], text, [section(text)]
                )
            except ChannelRefused as refused:
                log.warning("take %s: a notice has its old button: %s", take.id, refused)


def _posted_key(take: Take, count: int) -> str:
    """Each notice is a message of its own."""
    return f"{NOTICE}.{take.id}.{count}"
