"""What is not at its end goes on: at the start, and from time to time."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from bot.domain.takes import State, Take
from bot.monitoring.logs import set_log_take
from bot.request_log.rows import now, timestamp
from bot.services import Services
from handlers.cards import Cards
from handlers.rendering.failures import RECENT, Failures

log = logging.getLogger(__name__)

SWEEP_SECONDS = 600
CROSSED = timedelta(hours=1)  # by a drawing of a host that froze, or of a process that has ended
PLACING = timedelta(minutes=5)  # no submission takes longer to get its card, or to give up


class Resume:
    def __init__(self, services: Services, failures: Failures, cards: Cards) -> None:
        self._log = services.log
        self._jobs = services.jobs
        self._background = services.background
        self._failures = failures
        self._cards = cards
        self._drawn_until = timestamp(datetime.now(UTC) - CROSSED)
        self._began = now()
        self._pause = services.clock.scaled(SWEEP_SECONDS)

    async def keep_looking(self) -> None:
        """At the start and from time to time: what an error of the disk cut off goes on, too."""
        while True:
            await asyncio.wait({self._background.start(self.resume())})
            try:
                await self._draw_once_more()  # in this task: no stop waits for drawings
            except self._log.store.errors as away:
                log.warning("the cards of what was delivered lately are not drawn: %s", away)
            await asyncio.sleep(self._pause)

    async def resume(self) -> None:
        """Everything that is not at its end goes on, whatever the engine remembers."""
        unfinished = (State.QUEUED, State.SUBMITTING, State.RENDERING, State.DELIVERING)
        takes = await self._log.takes_in(unfinished)
        # Delivered, but perhaps killed before its card said so, or before its cost was known.
        time = datetime.now(UTC)
        since = (time - RECENT).isoformat()
        placing = max(self._began, (time - PLACING).isoformat())
        delivered = await self._log.takes_in([State.DELIVERED], since=since)
        takes += [take for take in delivered if not take.settled_at]
        alive = await self._jobs.unfinished_runs()
        for take in takes:
            if (take.id, take.runs) in alive:
                continue
            set_log_take(take.id)
            paid = take.state is not State.QUEUED
            if not paid and take.requested_at > placing and not await self._has_card(take):
                continue  # its submission is at work on that
            if await self._jobs.has_ended(take.id, take.runs):
                if take.state is State.DELIVERED:
                    continue
                if await self._log.state_and_run(take.id) != (take.state, take.runs):
                    continue  # it went on while this looked
                log.warning("it was left %s by its job: a new one", take.state)
                take = await self._log.update(take.id, runs=take.runs + 1)
            await self._jobs.enqueue(take.id, take.runs, take.priority, paid=paid)
        set_log_take("")
        await self._failures.tell_what_was_not_heard()

    async def _draw_once_more(self) -> None:
        """Slack keeps the last drawing that comes: an old one may come after that of the end."""
        since, self._drawn_until = self._drawn_until, now()
        asked = (datetime.now(UTC) - RECENT).isoformat()
        for take in await self._log.takes_in([State.DELIVERED], since=asked):
            if take.delivered_at >= since:
                set_log_take(take.id)
                await self._cards.show_progress(take.id)
        set_log_take("")

    async def _has_card(self, take: Take) -> bool:
        return bool((await self._log.request(take.request_id)).card_ts)
