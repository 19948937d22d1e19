"""Submits a queued take to Segmind, never twice.

The money window: `marked_at` is saved just before a submission, and the request ID as soon as it is
known. If a run finds a mark without an ID, it was killed in between: it looks for the request in
Segmind's history and adopts it, or leaves the take in doubt for a person to decide.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from bot.domain.takes import State, Take, WrongMove
from bot.domain.twins.twin import IN_TRAINING
from bot.errors import (
    AddressExpired,
    DownloadFailed,
    InDoubt,
    JobQueueUnavailable,
    KeyRefused,
    NoResult,
    NotSent,
    NotUploaded,
    OutOfCredits,
    RateLimited,
    Refused,
    RenderFailed,
    SlackUnavailable,
)
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.retry import RETRY_WAITS
from bot.request_log.log import RequestLog
from bot.request_log.queue import RenderLimitReached
from bot.request_log.rows import now
from bot.request_log.statements import AlreadyMatched
from bot.segmind.client import Segmind, Submitted
from bot.segmind.rate_limit import Turn
from bot.video.ffmpeg import Killed
from handlers.access import PeopleShown
from handlers.cards import Cards
from handlers.money.refusals import its_own_error
from handlers.rendering.audio.upload import AudioUpload
from handlers.rendering.pauses import Overtaken, QueuePauses
from handlers.rendering.reconciliation import Reconciliation
from handlers.rendering.results import Results

log = logging.getLogger(__name__)
T = TypeVar("T")

PROGRESS_SECONDS = 5
# Training takes some minutes. So often and in such intervals, a video with the twin is tried again.
TRAININGS, TRAINING_SECONDS = 20, 60
# Between two jobs that try to post a card which Slack hasn't taken: as long as it has waited so
# far, within these.
SOON, CARD_SECONDS = 5, 300


class TryLater(Exception):
    """In another job, so that this one holds no slot meanwhile. The take keeps its place."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Submit:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        jobs: Jobs,
        cards: Cards,
        pauses: QueuePauses,
        audio_upload: AudioUpload,
        people_shown: PeopleShown,
        submission: "Submission",
        reconciliation: Reconciliation,
        background: Background,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._jobs = jobs
        self._cards = cards
        self._pauses = pauses
        self._audio_upload = audio_upload
        self._people_shown = people_shown
        self._submission = submission
        self._reconciliation = reconciliation
        self._background = background
        self._clock = clock

    async def submit(self, take_id: str) -> int:
        """0; or the priority to queue the take again with, if other takes now come first."""
        try:
            take = await self._with_card(take_id)
            if take.runs != self._jobs.current_run():
                return 0  # a newer run has taken over
            if take.state is State.SUBMITTING:  # killed between the mark and the answer
                await self._reconciliation.reconcile(take)
            elif take.state is State.QUEUED:
                await self._submit_in_turn(take)
        except Overtaken:
            await self._request_log.update(take_id, runs=take.runs + 1)
            return take.priority
        except TryLater as later:
            await self._enqueue_later(take_id, later.seconds)
        self._cards.redraw_soon(take_id)
        self._cards.redraw_queue()
        return 0

    async def _with_card(self, take_id: str) -> Take:
        try:
            return await self._cards.ensure_card(take_id)
        except SlackUnavailable:
            since = (await self._request_log.take(take_id)).requested_at
            waited = (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()
            raise TryLater(min(max(SOON, waited), CARD_SECONDS)) from None

    async def _submit_in_turn(self, take: Take) -> None:
        """Submits; retries only if it is certain that Segmind didn't accept it."""
        waits = iter(RETRY_WAITS)
        avatar_id = take.parameters.avatar_id
        while await self._pauses.wait_for_turn(take):
            try:
                await self._people_shown.look_up(avatar_id)
                await self._upload_audio(take.id)
                await self._submission.send(take.id)
                return
            except RenderLimitReached:  # another take got the slot
                continue
            except RateLimited as error:
                await self._pauses.slow_down(error)
            except (KeyRefused, OutOfCredits) as error:
                await self._submission.check_pause(take, error)
                await self._pauses.pause_for(error)
            except NotUploaded:  # for the last time
                raise
            except NotSent:
                if (wait := next(waits, None)) is None:
                    raise
                await self._clock.sleep(wait)

    async def _upload_audio(self, take_id: str) -> None:
        """Raises TryLater, and after the last time why it failed."""
        try:
            await self._audio_upload.upload(take_id)
        except AddressExpired:
            raise
        except (NotUploaded, SlackUnavailable, DownloadFailed, Killed) as error:
            log.info("take %s: its audio was not uploaded: %s", take_id, error)
            times = await self._pauses.not_uploaded(take_id)
            if times > len(RETRY_WAITS):
                raise
            raise TryLater(RETRY_WAITS[times - 1]) from None

    async def _enqueue_later(self, take_id: str, seconds: float) -> None:
        """After a kill before that, the resume sweep enqueues the run."""
        take = await self._request_log.take(take_id)
        if take.state is State.CANCELLED or take.runs != self._jobs.current_run():
            return
        run, paid = take.runs + 1, take.state is not State.QUEUED
        await self._request_log.update(take_id, runs=run)
        put = partial(self._jobs.enqueue, take_id, run, take.priority, paid=paid)
        self._background.later(self._clock.scaled(seconds), partial(_put, put, take_id))


async def _put(put: Callable[[], Awaitable[None]], take_id: str) -> None:
    try:
        await put()
    except JobQueueUnavailable as error:
        log.warning("take %s: the resume sweep will enqueue it: %s", take_id, error)


class Submission:
    """One attempt to submit a take."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        segmind: Segmind,
        jobs: Jobs,
        cards: Cards,
        pauses: QueuePauses,
        results: Results,
        reconciliation: Reconciliation,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._segmind = segmind
        self._jobs = jobs
        self._cards = cards
        self._pauses = pauses
        self._results = results
        self._reconciliation = reconciliation
        self._clock = clock

    async def send(self, take_id: str) -> None:
        """Raises RenderLimitReached, NotSent, RateLimited, KeyRefused, OutOfCredits, TryLater."""
        # Before the mark, so that a kill during this wait leaves nothing in doubt.
        await self._segmind.rate_limit.acquire(Turn.SUBMISSION)
        async with self._jobs.uninterruptible():
            await self._send(take_id)

    async def check_pause(self, take: Take, error: KeyRefused | OutOfCredits) -> None:
        """Raises what is wrong if it's about this take alone."""
        usd, account = take.estimated_usd, self._segmind.account
        if alone := await its_own_error(error, usd, account, self._pauses.is_enough_for_one):
            raise alone

    async def _send(self, take_id: str) -> None:
        try:
            take = await self._pauses.begin_submission(take_id)
        except WrongMove:  # just cancelled
            return
        # Not waited for: a Slack that asks for a pause must not hold the money window open.
        self._cards.redraw_soon(take_id)
        if take.state is State.CANCELLED:  # the person shown no longer allows it
            return
        await self._jobs.ensure_lease()  # a host that froze here was given up by the others
        work = self._segmind.submit(take.sent, self._results.path(take_id))
        try:
            answer = await self._with_moving_card(take, work)
            if isinstance(answer, Submitted):
                await self._request_log.move(
                    take_id,
                    State.RENDERING,
                    segmind_request_id=answer.request_id,
                    submitted_at=now(),
                )
            else:
                await self._results.keep(take_id, answer, submitted_at=now())
        # AlreadyMatched: a take with the same body has adopted this render.
        except (InDoubt, NoResult, AlreadyMatched):
            await self._reconciliation.reconcile(take)
        except RenderFailed:  # accepted, so it may be charged
            await self._request_log.update(take_id, submitted_at=now())
            raise
        except Refused as refused:
            # It may be about something else, or quote the form: so only of a new twin.
            says_so = IN_TRAINING.search(refused.said)
            if not (says_so and await self._pauses.may_be_in_training(take)):
                raise
            if await self._pauses.still_in_training(take_id) >= TRAININGS:
                raise
            raise TryLater(TRAINING_SECONDS) from None
        except (RateLimited, KeyRefused, OutOfCredits, NotSent):
            await self._request_log.move(take_id, State.QUEUED, marked_at="")
            raise

    async def _with_moving_card(self, take: Take, work: Awaitable[T]) -> T:
        """v1 holds the submission open for the whole render, so the bar has to move meanwhile."""

        async def move_bar() -> None:
            while True:
                await self._clock.sleep(PROGRESS_SECONDS)
                self._cards.redraw_progress(take.request_id)

        moving = asyncio.create_task(move_bar())
        try:
            return await work
        finally:
            moving.cancel()
