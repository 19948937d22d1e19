"""Resumes unfinished takes at the start and every few minutes."""

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

# How late an outdated update of a card may arrive, from a host that froze or a process that ended.
LATE_DRAWING = timedelta(hours=1)
POSTING_CARD = timedelta(minutes=5)  # after this, a submitted form has its card or has failed
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
        """Enqueues each unfinished take that the job queue doesn't have."""
        takes = await self._request_log.takes_in(UNFINISHED)
        # Delivered takes may have been killed before their card or their cost was updated.
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
                continue  # the form's handler posts the card and enqueues it
            if await self._jobs.has_ended(take.id, take.runs):
                if take.state is State.DELIVERED:
                    continue
                current = await self._request_log.state_and_runs(take.id)
                if current != (take.state, take.runs):
                    continue  # it moved on since it was read
                log.warning("its job ended and left it %s: starting a new run", take.state)
                take = await self._request_log.update(take.id, runs=take.runs + 1)
            await self._jobs.enqueue(take.id, take.runs, take.priority, paid=paid)
        set_log_take("")
        await self._notices.send_missing()

    async def redraw_delivered(self) -> None:
        """Updates the cards of newly delivered takes, in case an outdated update came last."""
        since, self._redrawn_until = self._redrawn_until, now()
        requested_since = (datetime.now(UTC) - RECENT).isoformat()
        try:
            takes = await self._request_log.takes_in([State.DELIVERED], since=requested_since)
        except self._request_log.store.errors as error:
            log.warning("could not update the cards of delivered takes: %s", error)
            return
        for take in takes:
            if take.delivered_at >= since:
                set_log_take(take.id)
                await self._cards.redraw_progress(take.id)
        set_log_take("")

    async def _has_card(self, take: Take) -> bool:
        return bool((await self._request_log.request(take.request_id)).card_ts)
