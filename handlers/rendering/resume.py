"""Takes that are not finished are resumed: at the start, and every few minutes."""

import logging
from datetime import UTC, datetime, timedelta

from bot.domain.takes import State, Take
from bot.jobs.engine import Jobs
from bot.monitoring.logs import set_log_take
from bot.request_log.log import RequestLog
from bot.request_log.rows import now, timestamp
from handlers.cards import Cards
from handlers.rendering.failures import FailureNotices
from handlers.schedule import RECENT

log = logging.getLogger(__name__)

# An older drawing may still come after the last one: by a host that froze, or a process that ended.
LATE_DRAWING = timedelta(hours=1)
POSTING_CARD = timedelta(minutes=5)  # a form that was sent has its card by then, or has given up
UNFINISHED = (State.QUEUED, State.SUBMITTING, State.RENDERING, State.DELIVERING)


class Resume:
    def __init__(
        self, *, request_log: RequestLog, jobs: Jobs, cards: Cards, notices: FailureNotices
    ) -> None:
        self._request_log = request_log
        self._jobs = jobs
        self._cards = cards
        self._notices = notices
        self._redrawn_until = timestamp(datetime.now(UTC) - LATE_DRAWING)
        self._began = now()

    async def resume(self) -> None:
        """Enqueues each take that is not finished and that the engine does not have."""
        takes = await self._request_log.takes_in(UNFINISHED)
        # Delivered, but perhaps killed before its card said so, or before its cost was known.
        time = datetime.now(UTC)
        since = (time - RECENT).isoformat()
        posting_card = max(self._began, (time - POSTING_CARD).isoformat())
        delivered = await self._request_log.takes_in([State.DELIVERED], since=since)
        takes += [take for take in delivered if not take.settled_at]
        alive = await self._jobs.unfinished_runs()
        for take in takes:
            if (take.id, take.runs) in alive:
                continue
            set_log_take(take.id)
            paid = take.state is not State.QUEUED
            if not paid and take.requested_at > posting_card and not await self._has_card(take):
                continue  # the form's handler is posting the card, and enqueues it then
            if await self._jobs.has_ended(take.id, take.runs):
                if take.state is State.DELIVERED:
                    continue
                current = await self._request_log.state_and_runs(take.id)
                if current != (take.state, take.runs):
                    continue  # it moved on since it was read
                log.warning("it was left %s by its job: a new run", take.state)
                take = await self._request_log.update(take.id, runs=take.runs + 1)
            await self._jobs.enqueue(take.id, take.runs, take.priority, paid=paid)
        set_log_take("")
        await self._notices.send_missing()

    async def redraw_delivered(self) -> None:
        """Slack shows what came last, and an older drawing may come after the final one."""
        since, self._redrawn_until = self._redrawn_until, now()
        requested_since = (datetime.now(UTC) - RECENT).isoformat()
        try:
            takes = await self._request_log.takes_in([State.DELIVERED], since=requested_since)
        except self._request_log.store.errors as error:
            log.warning("the cards of delivered takes are not redrawn: %s", error)
            return
        for take in takes:
            if take.delivered_at >= since:
                self._cards.redraw_progress(take.request_id)

    async def _has_card(self, take: Take) -> bool:
        return bool((await self._request_log.request(take.request_id)).card_ts)
