"""Resumes unfinished takes at the start and every few minutes."""

import logging
from datetime import UTC, datetime, timedelta

from bot.domain.takes import LINK_WORKS, State, Take
from bot.jobs.engine import Jobs
from bot.monitoring.logs import set_log_take
from bot.process.one_by_one import one_by_one
from bot.request_log.log import RequestLog
from bot.request_log.reports.moved import moved_since, unsettled
from bot.request_log.rows import now, timestamp
from handlers.cards import Cards
from handlers.rendering.failures import FailureNotices
from handlers.schedule import POSTING_CARD, RECENT

log = logging.getLogger(__name__)

# How late an outdated update of a card may arrive, from a host that froze or a process that ended.
LATE_DRAWING = timedelta(hours=1)
LINKS_SECONDS = 24 * 3600  # between two updates of cards whose link works for some days
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
        """Enqueues each unfinished take that the job queue doesn't have, and missing look-ups of
        what ended takes cost."""
        takes = await self._request_log.takes_in(UNFINISHED)
        time = datetime.now(UTC)
        since = (time - RECENT).isoformat()
        posting_card = max(self._began, (time - POSTING_CARD).isoformat())
        takes += await unsettled(self._request_log.store, since)
        alive = await self._jobs.unfinished_runs()
        stalled = [take for take in takes if (take.id, take.runs) not in alive]
        await one_by_one(
            stalled,
            lambda take: self._resume(take, posting_card),
            ends_with=self._request_log.store.errors,
        )
        set_log_take("")
        await self._notices.send_missing()

    async def _resume(self, take: Take, posting_card: str) -> None:
        set_log_take(take.id)
        paid = take.state is not State.QUEUED
        if not paid and take.requested_at > posting_card and not await self._has_card(take):
            return  # the form's handler is posting the card, and enqueues it then
        if take.state in (State.FAILED, State.CANCELLED):
            await self._jobs.look_up_cost(take.id, take.runs)
            return
        if await self._jobs.has_ended(take.id, take.runs):
            if take.state is State.DELIVERED:
                await self._jobs.look_up_cost(take.id, take.runs)
                return
            current = await self._request_log.state_and_runs(take.id)
            if current != (take.state, take.runs):
                return  # it moved on since it was read
            log.warning("its job ended and left it %s: starting a new run", take.state)
            take = await self._request_log.update(take.id, runs=take.runs + 1)
        # A delivered take, too: it may have been killed before its card was updated.
        await self._jobs.enqueue(take.id, take.runs, take.priority, paid=paid)

    async def redraw_ended(self) -> None:
        """Updates the cards of takes that were just delivered or cancelled.

        An outdated update may have come last, or a kill instead of the last one.
        """
        since, self._redrawn_until = self._redrawn_until, now()
        states = (State.DELIVERED, State.CANCELLED)
        try:
            takes = await moved_since(self._request_log.store, states, since)
        except self._request_log.store.errors as error:
            log.warning("could not update the cards of ended takes: %s", error)
            return
        for take in takes:
            self._cards.redraw_progress(take.request_id)

    async def redraw_links(self) -> None:
        """Updates the cards of takes that were delivered as a link: whether it still works."""
        since = datetime.now(UTC) - LINK_WORKS - RECENT
        takes = await self._request_log.takes_in([State.DELIVERED], since=timestamp(since))
        for take in takes:
            if take.message_ts:
                self._cards.redraw_progress(take.request_id)

    async def _has_card(self, take: Take) -> bool:
        return bool((await self._request_log.request(take.request_id)).card_ts)
