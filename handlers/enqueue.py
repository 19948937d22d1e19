"""The one way from a form or a button to a render: first into the log, then into the job queue.

A take in the log will be rendered: if the job queue fails at that moment, the resume sweep enqueues
the take later (rendering/resume.py). So a failing queue is not reported to the person, who would
ask again and pay twice.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.domain.estimates import Pace, estimate
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.errors import JobQueueUnavailable, NotPossible
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.money.spending import OverLimit, TakeRules
from bot.request_log.queue import QueueLog
from bot.request_log.rows import now
from bot.request_log.statements import TooManyUnfinished

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
        rules: TakeRules,
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._jobs = jobs
        self._background = background
        self._default_pace = default_pace
        self._rules = rules

    async def new_take(
        self, request_id: str, number: int, parameters: Parameters, *, requester_id: str
    ) -> Take:
        """Take `number` of a request, not in the log yet. Its id depends only on the number.

        `requester_id`: who asks for it, which is not always who asked for the first one.
        """
        pace = await self._request_log.pace(self._default_pace)
        return Take(
            id=f"{request_id}-{number}",
            request_id=request_id,
            number=number,
            parameters=parameters,
            requester_id=requester_id,
            requested_at=now(),
            priority=await self._queue_log.next_priority(requester_id),
            estimated_usd=estimate(parameters, pace).usd,
        )

    async def add_request(
        self, request: Request, take: Take, *, reviewers: Collection[str]
    ) -> bool:
        """Into the log only: it is enqueued once its card is there. False: it is known.

        Raises NotPossible if the requester has too many takes under way, or a limit is exceeded.
        """
        with self._limit_errors(take, request.user_id):
            return await self._request_log.add_request(
                request, take, reviewers=reviewers, rules=self._rules
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
        """False: there is a take of that number already, and nothing was added.

        Raises NotPossible if its requester has too many takes under way, or a limit is exceeded.
        """
        with self._limit_errors(take, by):
            added = await self._request_log.add_take(
                take, by=by, instead_of=instead_of, answers=answers, reviewers=reviewers,
                rules=self._rules,
            )  # fmt: skip
        if added:
            self.enqueue(take)
        return added

    @contextmanager
    def _limit_errors(self, take: Take, by: str) -> Iterator[None]:
        try:
            yield
        except TooManyUnfinished:
            many = self._rules.max_unfinished
            videos = "1 video" if many == 1 else f"{many} videos"
            has = "You have" if by == take.requester_id else f"<@{take.requester_id}> has"
            raise NotPossible(
                f"{has} {videos} under way. Try again when one is finished."
            ) from None
        except OverLimit as over:
            raise NotPossible(over.decision.sentence, over.decision.field) from None

    async def replace(self, take_id: str, by_take: Take, *, by: str, why: str) -> None:
        """A new take in place of one in doubt. Raises WrongMove, NotInLog and NotPossible."""
        with self._limit_errors(by_take, by):
            await self._request_log.replace(
                take_id, by_take, by=by, expect=[State.IN_DOUBT], why=why, rules=self._rules
            )
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
