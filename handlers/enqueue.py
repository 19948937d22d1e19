"""The one way from a form or a button to a render: first into the log, then into the job queue.

A take in the log will be rendered: if the job queue fails at that moment, the resume sweep enqueues
the take later (rendering/resume.py). So a failing queue is not reported to the person, who would
ask again and pay twice.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.estimates import Pace, estimate
from bot.domain.money.limits import LimitCheck, LimitResult, Scope
from bot.domain.parameters import Parameters
from bot.domain.reviewing.due_dates import still_ahead
from bot.domain.reviewing.rounds import Rounds
from bot.domain.scripts.pauses import odd_pause
from bot.domain.takes import HoldReason, Request, State, Take
from bot.errors import JobQueueUnavailable, NotPossible
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import RENDERED_AGAIN
from bot.request_log.money.spending import OverLimit, TakeRules, TooManyInVain
from bot.request_log.queue import QueueLog
from bot.request_log.rows import now
from bot.request_log.statements import TooManyUnfinished, would_add_take
from handlers.access import PeopleShown
from handlers.audio_files import certain_usd

log = logging.getLogger(__name__)

ALREADY = "Take {} has already been requested."
IN_VAIN = "{} of {} videos have failed or were cancelled within the last hour. Try again later."


class TooManyUnderWay(NotPossible):
    """Of one person's. It is possible again once one of them is finished."""

    @classmethod
    def of(cls, most: int, *, of_reader: bool = True) -> Self:
        videos = "1 video" if most == 1 else f"{most} videos"
        has = "You have" if of_reader else "Whoever asked for this take has"
        return cls(f"{has} {videos} under way. Try again when one is finished.")


class OverALimit(NotPossible):
    """`why`: the sentence without the advice to somebody who is filling in the form."""

    def __init__(self, checked: LimitCheck, *, can_ask: bool) -> None:
        super().__init__(checked.sentence, checked.field, can_ask=can_ask)
        self.why = checked.why
        self.is_channels = checked.budget is not None and checked.budget.scope is Scope.CHANNEL


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
        people_shown: PeopleShown,
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._jobs = jobs
        self._background = background
        self._default_pace = default_pace
        self._rules = rules
        self._people_shown = people_shown
        self._show_hold: Callable[[str], Coroutine[Any, Any, None]] | None = None

    async def new_take(
        self,
        request_id: str,
        number: int,
        parameters: Parameters,
        *,
        requester_id: str,
        audio: OwnAudio | None = None,
        final_resolution: str = "",
        due_at: str = "",
    ) -> Take:
        """Take `number` of a request, not in the log yet. Its id depends only on the number.

        `requester_id`: who asks for it, which is not always who asked for the first one.
        `audio`: what its `audio_url` refers to, if that is a file of Slack.
        `final_resolution`: of the final that it is a draft of, if it is one. `due_at`: when its
        review is due.

        Raises NotPossible if its script has a pause that may be longer than the bot can tell, also
        if it is that of an older take.
        """
        if why := odd_pause(parameters.prompt):
            raise NotPossible(why)
        pace = await self._request_log.pace(self._default_pace)
        usd = estimate(parameters, pace, audio.seconds if audio else None).usd
        await self._people_shown.look_up(parameters.avatar_id)
        return Take(
            id=f"{request_id}-{number}",
            request_id=request_id,
            number=number,
            parameters=parameters,
            requester_id=requester_id,
            requested_at=now(),
            priority=await self._queue_log.next_priority(requester_id),
            estimated_usd=certain_usd(usd, audio),
            audio_name=audio.name if audio else "",
            audio_seconds=audio.seconds if audio else None,
            audio_sha256=audio.sha256 if audio else "",
            final_resolution=final_resolution,
            due_at=due_at,
        )

    async def add_request(
        self,
        request: Request,
        take: Take,
        *,
        reviewers: Rounds,
        asks: bool,
        sign_off: bool = False,
    ) -> bool:
        """Into the log only: it is enqueued once its card is there. False: it is known.

        `asks`: for approval, if it exceeds a limit; then it is on hold. So it is with `sign_off`,
        until enough of the `reviewers` have signed off its script.
        Raises NotPossible if the requester has too many takes under way, or a limit is exceeded.
        """

        async def add(take: Take) -> bool:
            return await self._request_log.add_request(
                request, take, reviewers=reviewers, rules=self._rules
            )

        by = request.user_id
        return bool(await self._add(take, add, by=by, asks=asks, sign_off=sign_off))

    async def add_take(
        self,
        take: Take,
        *,
        by: str,
        instead_of: str = "",
        answers: Iterable[str] = (),
        reviewers: Rounds | None = None,
        asks: bool = False,
        sign_off: bool = False,
    ) -> bool:
        """False: there is a take of that number already, and nothing was added.

        `asks` and `sign_off` as in `add_request`.

        Raises NotPossible if its requester has too many takes under way, or a limit is exceeded.
        """

        async def add(take: Take) -> bool:
            return await self._request_log.add_take(
                take, by=by, instead_of=instead_of, answers=answers, reviewers=reviewers,
                rules=self._rules,
            )  # fmt: skip

        added = await self._add(take, add, by=by, asks=asks, sign_off=sign_off)
        if added:
            self.enqueue(added)
        return bool(added)

    async def would_add(
        self, take: Take, *, by: str, asks: bool = False, sign_off: bool = False
    ) -> Take:
        """The take as `add_take` would add it now, perhaps on hold.

        Ask it before anybody reads that the take comes. Raises NotPossible as that would, and if
        the take is known.
        """

        async def would_add(take: Take) -> bool:
            return await would_add_take(self._request_log.store, take, by, self._rules)

        added = await self._add(take, would_add, by=by, asks=asks, sign_off=sign_off)
        if not added:
            raise NotPossible(ALREADY.format(take.number))
        return added

    async def _add(
        self,
        take: Take,
        add: Callable[[Take], Awaitable[bool]],
        *,
        by: str,
        asks: bool,
        sign_off: bool,
    ) -> Take | None:
        """The take as it was added, or None if it is known. Raises NotPossible."""
        with self._limit_errors(take, by):
            if sign_off:
                held = replace(take, state=State.ON_HOLD, hold_reason=HoldReason.SIGN_OFF)
                return held if await add(held) else None
            try:
                return take if await add(take) else None
            except OverLimit as over:
                can_ask = over.checked.result is LimitResult.NEEDS_APPROVAL
                if not (asks and can_ask and self._rules.admin_user_ids):
                    raise
            held = replace(take, state=State.ON_HOLD, hold_reason=HoldReason.APPROVAL)
            return held if await add(held) else None

    @contextmanager
    def _limit_errors(self, take: Take, by: str) -> Iterator[None]:
        try:
            yield
        except TooManyUnfinished as too_many:
            of_reader = by == take.requester_id
            raise TooManyUnderWay.of(too_many.args[0], of_reader=of_reader) from None
        except TooManyInVain as too_many:
            whose = "your" if by == take.requester_id else "their"
            raise NotPossible(IN_VAIN.format(too_many.args[0], whose)) from None
        except OverLimit as over:
            needs_approval = over.checked.result is LimitResult.NEEDS_APPROVAL
            can_ask = needs_approval and bool(self._rules.admin_user_ids)
            raise OverALimit(over.checked, can_ask=can_ask) from None

    async def next_take(self, take: Take) -> Take:
        """Like this one, and for the same person, also if an admin presses the button for them."""
        return await self.new_take(
            take.request_id, take.number + 1, take.parameters, requester_id=take.requester_id,
            audio=take.audio, final_resolution=take.final_resolution,
            due_at=still_ahead(take.due_at, datetime.now(UTC)),
        )  # fmt: skip

    async def render_again(self, take: Take, *, by: str) -> None:
        """A new take in place of one in doubt. Raises WrongMove, NotInLog and NotPossible."""
        again, expect = await self.next_take(take), [State.IN_DOUBT]
        with self._limit_errors(again, by):
            await self._request_log.replace(
                take.id, again, by=by, expect=expect, why=RENDERED_AGAIN, rules=self._rules
            )
        self.enqueue(again)

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
        """Enqueues a take that is in the log, in the background, because the queue may be slow.

        If it is on hold, those who can release it are asked.
        """
        if take.state is State.ON_HOLD:
            self.show_hold(take.id)
        else:
            self._background.start(self._enqueue(take, paid))

    def show_holds_with(self, show: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        """`show`: what tells those who can release a take, given its id, how it is now."""
        self._show_hold = show

    def show_hold(self, take_id: str) -> None:
        """In the background. If it fails, the next check of the messages that are owed does it."""
        if self._show_hold:
            self._background.start(self._show_hold(take_id))

    async def _enqueue(self, take: Take, paid: bool) -> None:
        try:
            await self._jobs.enqueue(take.id, take.runs, take.priority, paid=paid)
        except JobQueueUnavailable as error:
            log.warning("take %s: the resume sweep will enqueue it: %s", take.id, error)
