"""Makes up for what a kill or an outage of Slack left undone in reviews.

Decisions, notes and shares are logged before messages are updated. So each process that handles
Slack updates everything that changed since its last check, at its start and every few minutes.
Answers to notes and notices of decisions, which the log knows to be owed, come every minute.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.errors import SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.one_by_one import one_by_one
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.request_log.sharing.shares import OLDEST_SHARE
from handlers.review_messages import ReviewMessages
from handlers.reviewing.sharing.share import Shares
from handlers.schedule import RECENT

log = logging.getLogger(__name__)

LONGEST_SHARE = timedelta(hours=1)  # another process may still be at work on a younger one
OWED_SECONDS = 60  # between two attempts at owed messages
COMMIT_DELAY = timedelta(minutes=1)  # a change may be committed so long after its own timestamp


class CatchUp:
    def __init__(
        self,
        *,
        review_log: ReviewLog,
        review_messages: ReviewMessages,
        shares: Shares,
        background: Background,
    ) -> None:
        self._review_log = review_log
        self._review_messages = review_messages
        self._shares = shares
        self._background = background
        self._began = datetime.now(UTC)
        self._since = self._began - RECENT
        self._pending: dict[str, None] = {}  # request ids, in the order in which they are drawn

    async def catch_up(self) -> None:
        now = datetime.now(UTC)
        # At the start, shares of the previous process; later, shares that took too long.
        before = max(self._began, now - LONGEST_SHARE)
        for share in await self._review_log.unfinished_shares(
            since=timestamp(now - OLDEST_SHARE), before=timestamp(before)
        ):
            self._background.start(self._shares.finish_interrupted(share))
        changed = await self._review_log.requests_changed_since(timestamp(self._since))
        self._pending |= dict.fromkeys(changed)
        self._since = now - COMMIT_DELAY
        await one_by_one(list(self._pending), self._redraw)

    async def _redraw(self, request_id: str) -> None:
        take = await self._review_log.current_take(request_id)
        try:
            if take:
                await self._review_messages.redraw(take.id)
        except SlackError as error:
            log.warning("request %s: its review message was not updated: %s", request_id, error)
            if isinstance(error, SlackUnavailable):
                return  # the next run tries again
        self._pending.pop(request_id, None)


class OwedCatchUp:
    def __init__(
        self,
        *,
        owed_messages: OwedMessages,
        by_kind: Mapping[str, Callable[[str], Awaitable[None]]],
    ) -> None:
        """`by_kind`: who makes up for a message of which kind, the first part of its key."""
        self._owed_messages = owed_messages
        self._by_kind = by_kind

    async def catch_up(self) -> None:
        since = timestamp(datetime.now(UTC) - RECENT)
        keys = await self._owed_messages.keys(since, self._by_kind)
        await one_by_one(keys, self._show, ends_with=self._owed_messages.errors)

    async def _show(self, key: str) -> None:
        try:
            await self._by_kind[key.partition(".")[0]](key)
        except SlackUnavailable as error:
            log.warning("%s is still owed: %s", key, error)
