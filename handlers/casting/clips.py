"""Asks for the clips of a casting sheet, a few at a time, and tells its admin when all is done.

The plan is in the log, and each clip's request id follows from it. So a kill at any point leaves
none out, and none is asked for twice.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from bot.blocks.casting import sheet_form
from bot.domain.casting.clips import Cast, clip
from bot.domain.reviewing.rounds import Rounds
from bot.domain.takes import UNFINISHED, Request, State
from bot.errors import ChannelRefused, NotPossible, SlackUnavailable
from bot.monitoring.logs import set_log_take
from bot.request_log.casting.log import CastingLog
from bot.request_log.log import RequestLog
from bot.request_log.notifications import Notification, Notifications
from bot.request_log.rows import now
from bot.slack.messages import SlackMessages
from handlers.cards import Cards
from handlers.enqueue import OverALimit, RenderQueue, TooManyUnderWay

log = logging.getLogger(__name__)

CHECK_SECONDS = 5
AT_ONCE = 3  # so that the admin's own videos don't wait for the whole sheet


class CastingClips:
    def __init__(
        self,
        *,
        casting_log: CastingLog,
        request_log: RequestLog,
        render_queue: RenderQueue,
        cards: Cards,
        slack_messages: SlackMessages,
        notifications: Notifications,
        team_id: str,
        max_unfinished: int,
    ) -> None:
        self._casting_log = casting_log
        self._request_log = request_log
        self._render_queue = render_queue
        self._cards = cards
        self._slack_messages = slack_messages
        self._notifications = notifications
        self._team_id = team_id
        self._at_once = min(AT_ONCE, max_unfinished)

    async def go_on(self) -> None:
        """Asks for the next clips of the sheet that is under way; ends it when all have ended."""
        if not (casts := await self._casting_log.under_way()):
            return
        try:
            if why := await self._ask_for_next(casts):
                asked = sum(bool(c.take_id) for c in await self._casting_log.under_way())
                await self._end(casts[0], sheet_form.stopped(asked, len(casts), why))
                return
            if message := await self._done():
                await self._end(casts[0], message)
        except SlackUnavailable as error:  # the next run goes on
            log.info("the casting sheet waits: %s", error)
        finally:
            set_log_take("")

    async def _ask_for_next(self, casts: Sequence[Cast]) -> str:
        """Why no more can be asked for; "" if all were, or the next ones have to wait."""
        for cast in casts:
            if cast.take_id:
                continue
            if await self._casting_log.count_unfinished(cast.planned_by) >= self._at_once:
                return ""
            if claimed := await self._casting_log.claim(cast.avatar):
                try:
                    async with asyncio.timeout(self._casting_log.timeout.total_seconds()):
                        await self._ask_for(claimed)
                except TimeoutError:
                    return ""  # a later run finds it interrupted
                except TooManyUnderWay:
                    return await self._released(claimed, "")
                except OverALimit as over:
                    return await self._released(claimed, f"{over.why} {sheet_form.CHANGE_LIMITS}")
                except (ChannelRefused, NotPossible) as refused:
                    return await self._released(claimed, refused.sentence)
        return ""

    async def _released(self, cast: Cast, why: str) -> str:
        await self._casting_log.release(cast)
        return why

    async def _ask_for(self, cast: Cast) -> None:
        """Log, card, queue, as for the form's submission. A repeated call adds nothing."""
        by, request_id = cast.planned_by, cast.request_id
        request = Request(request_id, by, cast.channel_id, now(), team_id=self._team_id)
        take = await self._render_queue.new_take(
            request_id, 1, clip(cast.avatar, cast.voice), requester_id=by
        )
        set_log_take(take.id)
        reviewers: Rounds = {}
        added = await self._render_queue.add_request(request, take, reviewers=reviewers, asks=False)
        if added:
            try:
                await self._cards.post_card(request, take)
            except ChannelRefused as refused:
                await self._request_log.withdraw(request_id, refused.sentence)
                raise
            except SlackUnavailable as error:
                log.warning("take %s: its card comes later: %s", take.id, error)
        await self._casting_log.begun(cast, take.id)
        self._render_queue.enqueue(await self._request_log.take(take.id))

    async def _done(self) -> str:
        """What the admin is told when each clip has ended; "" before."""
        casts = await self._casting_log.under_way()
        takes = await self._casting_log.takes(casts)
        ended = [c for c in casts if c.take_id in takes]
        if len(ended) < len(casts) or any(take.state in UNFINISHED for take in takes.values()):
            return ""
        failed = [c.avatar for c in casts if takes[c.take_id].state is not State.DELIVERED]
        return sheet_form.done(len(casts) - len(failed), casts[0].channel_id, failed)

    async def _end(self, cast: Cast, message: str) -> None:
        """Tells the admin once, also if several processes try, and ends the sheet."""

        async def send(_: datetime | None) -> None:
            await self._slack_messages.send_dm(cast.planned_by, message)

        notification = Notification({"casting_sheet": cast.sheet, "to": cast.planned_by})
        try:
            told = await self._notifications.send_once(notification, send)
        except ChannelRefused as refused:  # an admin who has left can't be told
            log.warning("could not notify %s: %s", cast.planned_by, refused)
            told = True
        if told:
            await self._casting_log.end(cast.sheet)
