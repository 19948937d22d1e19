"""The one way from a form or a button to a render: first into the log, then into the job queue.

A take in the log will be rendered: if the job queue fails at that moment, the resume sweep enqueues
the take later (rendering/resume.py). So a failing queue is not reported to the person, who would
ask again and pay twice.
"""

import logging
from collections.abc import Collection, Iterable
from typing import Any

from bot.domain.estimates import Pace, estimate
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.errors import JobQueueUnavailable
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.request_log.rows import now

log = logging.getLogger(__name__)


class RenderQueue:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        queue_log: QueueLog,
        jobs: Jobs,
        background: Background,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._jobs = jobs
        self._background = background
        self._default_pace = default_pace

    async def new_take(self, request: Request, number: int, parameters: Parameters) -> Take:
        """Take `number` of a request, not in the log yet. Its id depends only on the number."""
        pace = await self._request_log.pace(self._default_pace)
        return Take(
            id=f"{request.id}-{number}",
            request_id=request.id,
            number=number,
            parameters=parameters,
            requested_at=now(),
            priority=await self._queue_log.next_priority(request.user_id),
            estimated_usd=estimate(parameters, pace).usd,
        )

    async def add_take(
        self,
        take: Take,
        *,
        by: str,
        instead_of: str = "",
        answers: Iterable[str] = (),
        reviewers: Collection[str] | None = None,
    ) -> bool:
        """Adds and enqueues the take. False if the request already has a take of that number."""
        added = await self._request_log.add_take(
            take, by=by, instead_of=instead_of, answers=answers, reviewers=reviewers
        )
        if added:
            self.enqueue(take)
        return added

    async def replace(self, take_id: str, by_take: Take, *, by: str, why: str) -> None:
        """A new take in place of one in doubt. Raises WrongMove and NotInLog."""
        await self._request_log.replace(take_id, by_take, by=by, expect=[State.IN_DOUBT], why=why)
        self.enqueue(by_take)

    async def resume(
        self,
        take: Take,
        state: State,
        *,
        by: str,
        expect: Collection[State],
        **changes: Any,
    ) -> None:
        """A new run of a take that is paid for. Raises WrongMove, AlreadyMatched and NotInLog."""
        changes |= {"runs": take.runs + 1, "error": "", "error_kind": ""}
        resumed = await self._request_log.move(take.id, state, by=by, expect=expect, **changes)
        self.enqueue(resumed, paid=True)

    def enqueue(self, take: Take, *, paid: bool = False) -> None:
        """Enqueues a take that is in the log, in the background, because the queue may be slow."""
        self._background.start(self._enqueue(take, paid))

    async def _enqueue(self, take: Take, paid: bool) -> None:
        try:
            await self._jobs.enqueue(take.id, take.runs, take.priority, paid=paid)
        except JobQueueUnavailable as error:
            log.warning("take %s: the resume sweep will enqueue it: %s", take.id, error)
