"""Polls a render until it is finished."""

import asyncio
import logging

from bot.domain.takes import State
from bot.errors import KeyRefused, RateLimited, RenderTimeout, SegmindUnavailable
from bot.jobs.engine import Jobs
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.segmind.client import Result, Segmind
from bot.settings.table import Settings
from handlers.cards import Cards
from handlers.rendering.pauses import QueuePauses
from handlers.rendering.results import Results

log = logging.getLogger(__name__)

# After this time, the wait grows by a second for every 36 s that pass.
SLOWER_AFTER_SECONDS = 180
SLOWER_EVERY_SECONDS = 36
LONGEST_WAIT_SECONDS = 30
CANCEL_CHECK_SECONDS = 30


class Follow:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        segmind: Segmind,
        jobs: Jobs,
        cards: Cards,
        pauses: QueuePauses,
        results: Results,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._request_log = request_log
        self._segmind = segmind
        self._jobs = jobs
        self._cards = cards
        self._pauses = pauses
        self._results = results
        self._clock = clock
        self._poll_seconds = settings.poll_seconds
        self._timeout_minutes = settings.render_timeout_minutes

    async def follow(self, take_id: str) -> None:
        """Polls until the result is in the log or the take is cancelled. Raises RenderTimeout, and
        Segmind's errors about a failed render."""
        take = await self._request_log.take(take_id)
        run = self._jobs.current_run()
        if take.state is not State.RENDERING or take.runs != run:
            return
        segmind_id, request_id = take.segmind_request_id, take.request_id
        del take  # a thousand may be followed at once: keep only what they need
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            ran = loop.time() - began
            wait = self._clock.scaled(self._poll_wait(ran))
            try:
                answer = await self._segmind.poll(segmind_id, self._results.path(take_id))
            except RateLimited as error:
                wait = max(wait, error.retry_after)
            except SegmindUnavailable as error:
                log.info("take %s: a poll did not go through: %s", take_id, error)
            except KeyRefused as error:  # the render itself continues
                await self._pauses.pause_for(error)
            else:
                if isinstance(answer, Result):
                    await self._results.keep(take_id, answer)
                    return
            if (
                ran > self._timeout_minutes * 60
            ):  # checked after a poll, because the wait before it may be an hour
                path = self._results.path(take_id)
                if result := await self._segmind.final_result(segmind_id, path):
                    await self._results.keep(take_id, result)
                    return
                raise RenderTimeout(self._timeout_minutes)
            self._cards.redraw_progress(request_id)
            next_poll = loop.time() + wait
            while (left := next_poll - loop.time()) > 0:
                await asyncio.sleep(min(left, self._clock.scaled(CANCEL_CHECK_SECONDS)))
                if await self._request_log.state_and_runs(take_id) != (State.RENDERING, run):
                    return  # cancelled

    def _poll_wait(self, ran: float) -> float:
        """Seconds until the next poll of a render that has run for `ran` seconds."""
        slower = max(0.0, ran - SLOWER_AFTER_SECONDS) / SLOWER_EVERY_SECONDS
        return max(self._poll_seconds, min(self._poll_seconds + slower, LONGEST_WAIT_SECONDS))
