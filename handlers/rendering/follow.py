"""Polls a render until it is finished."""

import asyncio
import logging
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from bot.domain.polling.planner import PollPlanner
from bot.domain.polling.render_times import learned
from bot.domain.takes import State
from bot.errors import KeyRefused, RateLimited, RenderTimeout, SegmindUnavailable
from bot.jobs.engine import Jobs
from bot.monitoring.logs import set_log_take
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.segmind.client import Result, Segmind
from bot.segmind.polls import Polls
from bot.settings.table import Settings
from bot.slack.redraws import BARS_PER_MINUTE
from handlers.cards import Cards
from handlers.rendering.pauses import QueuePauses
from handlers.rendering.results import Results

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0  # between two looks into the log whether a render is still waited for
BARS_AT_A_CHECK = int(BARS_PER_MINUTE * CHECK_SECONDS / 60)
MOST_REMEMBERED = 10_000  # takes: somebody may stop waiting for one, and get its video later


@dataclass(slots=True, eq=False)
class Render:
    """What is kept of each take that is followed: there may be a thousand."""

    take_id: str
    run: int
    request_id: str
    segmind_id: str
    began: float  # loop time


class Follow:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        queue_log: QueueLog,
        segmind: Segmind,
        jobs: Jobs,
        cards: Cards,
        pauses: QueuePauses,
        results: Results,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._segmind = segmind
        self._jobs = jobs
        self._cards = cards
        self._pauses = pauses
        self._results = results
        self._clock = clock
        self._pace = settings.pace
        self._timeout_minutes = settings.render_timeout_minutes
        planner = PollPlanner[Render](settings.poll_seconds, learned((), self._pace.render_seconds))
        self._scale = clock.scaled(1.0)
        self._polls = Polls(planner, segmind.rate_limit, self._poll, scale=self._scale)
        # By take, in loop time; the latest last. Of one that was never polled: when it was stopped.
        self._polled_at: dict[str, float] = {}
        self._followed: dict[Render, None] = {}  # in the order in which their bars move
        self._watching: asyncio.Task[None] | None = None

    async def follow(self, take_id: str) -> None:
        """Returns when the result is in the log or the take is cancelled. Raises RenderTimeout, and
        Segmind's errors about a failed render."""
        take = await self._request_log.take(take_id)
        run = self._jobs.current_run()
        if take.state is not State.RENDERING or take.runs != run:
            return
        began = asyncio.get_running_loop().time()
        render = Render(take_id, run, take.request_id, take.segmind_request_id, began)
        submitted_at = take.submitted_at or take.marked_at or take.requested_at
        age = datetime.now(UTC) - datetime.fromisoformat(submitted_at)
        del take
        await self._learn()
        self._followed[render] = None
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch(), context=Context())
        try:
            seconds = max(0.0, age.total_seconds()) / self._scale
            polled_at = self._polled_at.get(take_id, -inf)
            result = await self._polls.result(render, seconds, polled_at)
        finally:
            del self._followed[render]
            if not self._followed and self._watching:
                self._watching.cancel()
                self._watching = None
        if result:
            await self._results.keep(take_id, result)
        elif take_id not in self._polled_at:  # cancelled; whoever gets it later is no newcomer
            self._remember(take_id)

    async def _learn(self) -> None:
        """How long renders took so far decides when they are polled."""
        known = (await self._request_log.pace(self._pace)).renders
        seconds = [one / self._scale for one in known]
        self._polls.learn(learned(seconds, self._pace.render_seconds))

    async def _poll(self, render: Render) -> Result | None:
        """None: it is not finished yet. Raises RateLimited, and what `follow` raises."""
        set_log_take(render.take_id)
        self._remember(render.take_id)
        path = self._results.path(render.take_id)
        limited = None
        try:
            answer = await self._segmind.poll(render.segmind_id, path)
        except RateLimited as error:
            limited = error
        except SegmindUnavailable as error:
            log.info("a poll did not go through: %s", error)
        except KeyRefused as error:  # the render itself continues
            if not await self._segmind.account.takes_key():
                await self._pauses.pause_for(error)
        else:
            if isinstance(answer, Result):
                return answer
        # Checked after a poll, because the wait before it may be minutes.
        if asyncio.get_running_loop().time() - render.began > self._timeout_minutes * 60:
            if result := await self._segmind.final_result(render.segmind_id, path):
                return result
            raise RenderTimeout(self._timeout_minutes)
        if limited:
            raise limited
        return None

    def _remember(self, take_id: str) -> None:
        self._polled_at.pop(take_id, None)
        self._polled_at[take_id] = asyncio.get_running_loop().time()
        if len(self._polled_at) > MOST_REMEMBERED:
            del self._polled_at[next(iter(self._polled_at))]

    async def _watch(self) -> None:
        """Stops following what was cancelled, here or by another process, and moves the bars."""
        while True:
            await self._clock.sleep(CHECK_SECONDS)
            try:
                runs = await self._queue_log.rendering_runs()
            except self._request_log.store.errors as error:
                log.warning("could not see which renders were cancelled: %s", error)
                continue
            for render in self._followed:
                if runs.get(render.take_id) != render.run:
                    self._polls.stop(render)
            for render in [*self._followed][:BARS_AT_A_CHECK]:
                del self._followed[render]
                self._followed[render] = None
                self._cards.redraw_progress(render.request_id)
