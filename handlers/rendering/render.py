"""The background handler: a take from the queue to the file in the thread.

submit → follow → deliver, and beside them settle (the true cost). Every step reads the request log
first and can be run again after a kill at any point:

- The money window. `marked_at` is written just before a submission goes out, the request id as soon
  as it is known. A step that finds a mark without an id was killed between the two: it looks into
  Segmind's history and adopts what is there, and otherwise leaves the take in doubt for a person.
- What is paid for is kept: after a failure the same render is looked at, or delivered, again.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from bot.domain.takes import State, Take, WrongMove
from bot.domain.text import escape
from bot.errors import (
    ChannelRefused,
    InDoubt,
    KeyRefused,
    NoResult,
    NotSent,
    OutOfCredits,
    RateLimited,
    RenderTimeout,
    SegmindError,
    SegmindUnavailable,
    SlackError,
    SlackUnavailable,
)
from bot.jobs.engine import Steps
from bot.process.retry import RETRY_WAITS, retry
from bot.request_log.rows import TakeChanges, now
from bot.request_log.statements import AlreadyMatched, NoRoom
from bot.segmind.client import Result, Submitted
from bot.services import Services
from handlers.cards import Cards
from handlers.rendering.deliver import Deliver
from handlers.rendering.failures import Failures
from handlers.rendering.pauses import Overtaken, QueuePauses
from handlers.rendering.reconciliation import history_row_of, unmatched_rows
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)
T = TypeVar("T")

# Seconds between two looks into the history, where a row may appear some minutes late.
RECONCILE_WAITS = (0, 5, 10, 20, 40, 60)
COST_WAITS = (0, 5, 10, 20, 60, 300, 1200, 3600, 14400)
SLOWER_AFTER_SECONDS = 180  # past what a render usually takes, each poll waits longer
SLOWER_EVERY_SECONDS = 36  # a second longer
SLOWEST_POLL_SECONDS = 30
CANCEL_CHECK_SECONDS = 30
PROGRESS_SECONDS = 5


class Render:
    def __init__(
        self,
        services: Services,
        cards: Cards,
        failures: Failures,
        pauses: QueuePauses,
        reviews: ReviewMessages,
    ) -> None:
        self._services = services
        self._log = services.log
        self._segmind = services.segmind
        self._messages = services.messages
        self._jobs = services.jobs
        self._background = services.background
        self._deliver = Deliver(services, cards, reviews).deliver
        self._cards = cards
        self._failures = failures
        self._pauses = pauses
        self._clock = services.clock
        self._poll_seconds = services.settings.poll_seconds
        self._timeout_minutes = services.settings.render_timeout_minutes
        self._spool: Path = services.settings.data_dir / "results"

    def steps(self) -> Steps:
        return Steps(
            self.submit, self.follow, self._deliver, self.settle, self._failures.fail, self._paid
        )

    async def _paid(self) -> frozenset[str]:
        takes = await self._log.takes_in([State.SUBMITTING, State.RENDERING, State.DELIVERING])
        return frozenset(take.id for take in takes)

    # --- submit -------------------------------------------------------------------------------

    async def submit(self, take_id: str) -> int:
        """0; or, when it gave way to others, the turn with which its next run is queued."""
        take = await self._with_card(take_id)
        if take.runs != self._jobs.current_run():
            return 0  # a newer run has taken it over
        if take.state is State.SUBMITTING:  # a kill between the mark and the answer
            await self._reconcile(take)
        elif take.state is State.QUEUED:
            try:
                await self._send(take)
            except Overtaken:
                await self._log.update(take_id, runs=take.runs + 1)
                return take.priority
        await self._cards.show_state(take_id)
        self._background.start(self._cards.show_queue())
        return 0

    async def _send(self, take: Take) -> None:
        """Submits, and once more as long as Segmind has surely not accepted it."""
        pauses = iter(RETRY_WAITS)
        while await self._pauses.open(take):
            await (
                self._segmind.wait_for_turn()
            )  # before the mark: a kill while waiting costs no doubt
            try:
                async with self._jobs.uninterruptible():
                    await self._submit_once(take.id)
                return
            except NoRoom:  # another one was quicker
                continue
            except RateLimited as error:
                await self._pauses.slow_down(error)
            except (KeyRefused, OutOfCredits) as error:
                await self._pauses.shut(error)
            except NotSent:
                if (wait := next(pauses, None)) is None:
                    raise
                await self._clock.sleep(wait)

    async def _submit_once(self, take_id: str) -> None:
        try:
            take = await self._pauses.begin(take_id)
        except WrongMove:  # cancelled a moment ago
            return
        # Beside: a Slack that asks for a pause must not hold the money window open.
        self._background.start(self._cards.show_state(take_id))
        await self._jobs.ensure_lease()  # a host that froze here has been given up by the others
        work = self._segmind.submit(take.parameters, self._spool / take_id)
        try:
            await self._accepted(take_id, await self._beside_ticking_card(take, work))
        except (InDoubt, NoResult, AlreadyMatched):  # claimed: a twin adopted it meanwhile
            await self._reconcile(take)
        except (RateLimited, KeyRefused, OutOfCredits, NotSent):
            await self._log.move(take_id, State.QUEUED, marked_at="")
            raise

    async def _accepted(self, take_id: str, answer: Submitted | Result) -> None:
        if isinstance(answer, Submitted):
            await self._log.move(
                take_id,
                State.RENDERING,
                segmind_request_id=answer.request_id,
                submitted_at=now(),
            )
        else:
            await self._rendered(take_id, answer, submitted_at=now())

    async def _reconcile(self, take: Take) -> None:
        """Looks for a submission whose answer never came; one that fits is adopted."""
        for wait in RECONCILE_WAITS:
            await self._clock.sleep(wait)
            try:
                rows = await unmatched_rows(self._services, take)
            except SegmindError as error:
                log.info("take %s: the history could not be read: %s", take.id, error)
                continue
            if len(rows) == 1:
                with suppress(AlreadyMatched):  # another take was quicker: look again
                    await self._log.move(
                        take.id,
                        State.RENDERING,
                        segmind_request_id=rows[0].request_id,
                        submitted_at=take.marked_at,
                    )
                    return
        await self._failures.in_doubt(take.id)

    # --- follow -------------------------------------------------------------------------------

    async def follow(self, take_id: str) -> None:
        take = await self._log.take(take_id)
        run = self._jobs.current_run()
        if take.state is not State.RENDERING or take.runs != run:
            return
        request_id = take.segmind_request_id
        del take  # of a thousand that wait, only what they need
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            ran = loop.time() - began
            wait = self._clock.scaled(self._poll_wait(ran))
            try:
                answer = await self._segmind.poll(request_id, self._spool / take_id)
            except RateLimited as error:
                wait = max(wait, error.retry_after)
            except SegmindUnavailable as error:
                log.info("take %s: a poll did not go through: %s", take_id, error)
            except KeyRefused as error:  # says nothing of the render: it goes on
                await self._pauses.shut(error)
            else:
                if isinstance(answer, Result):
                    await self._rendered(take_id, answer)
                    return
            if ran > self._timeout_minutes * 60:  # only after a look: a pause may be an hour
                raise RenderTimeout(self._timeout_minutes)
            await self._cards.show_progress(take_id)
            looks_at = loop.time() + wait
            while (left := looks_at - loop.time()) > 0:
                await asyncio.sleep(min(left, self._clock.scaled(CANCEL_CHECK_SECONDS)))
                if await self._log.state_and_run(take_id) != (State.RENDERING, run):
                    return  # cancelled

    def _poll_wait(self, ran: float) -> float:
        """Seconds until the next poll of a render that has run for `ran` seconds."""
        slower = max(0.0, ran - SLOWER_AFTER_SECONDS) / SLOWER_EVERY_SECONDS
        return max(self._poll_seconds, min(self._poll_seconds + slower, SLOWEST_POLL_SECONDS))

    async def _rendered(self, take_id: str, result: Result, *, submitted_at: str = "") -> None:
        changes: TakeChanges = {
            "rendered_at": now(),
            "video_url": result.video_url,
            "caption_url": result.caption_url,
        }
        if result.cost_usd is not None:
            changes["cost_usd"] = result.cost_usd
        if submitted_at:  # v1: the answer to the submission is the result
            changes["submitted_at"] = submitted_at
            if result.request_id:
                changes["segmind_request_id"] = result.request_id
        try:
            await self._log.move(take_id, State.DELIVERING, **changes)
        except WrongMove as moved:  # cancelled in this moment: the result stays at Segmind
            log.info("take %s: %s", take_id, moved)
            return
        await self._cards.show_state(take_id)

    async def _beside_ticking_card(self, take: Take, work: Awaitable[T]) -> T:
        """v1 holds the submission open for the whole render: the bar moves beside it."""

        async def tick() -> None:
            while True:
                await self._clock.sleep(PROGRESS_SECONDS)
                await self._cards.show_progress(take.id)

        ticking = asyncio.create_task(tick())
        try:
            return await work
        finally:
            ticking.cancel()

    # --- settle -------------------------------------------------------------------------------

    async def settle(self, take_id: str) -> None:
        """The true cost, from Segmind's history once it is there."""
        for wait in COST_WAITS:
            await self._clock.sleep(wait)
            take = await self._log.take(take_id)
            if not take.submitted_at:
                return
            try:
                row = await history_row_of(self._services, take)
            except SegmindError as error:
                log.info("take %s: the history could not be read: %s", take_id, error)
                continue
            if row and row.cost_usd is not None:
                try:
                    await self._log.update(
                        take_id,
                        cost_usd=row.cost_usd,
                        segmind_request_id=row.request_id,
                        settled_at=now(),
                    )
                except AlreadyMatched:  # v1: a twin of the same body was quicker
                    continue
                with suppress(SlackError):  # it is in the log, and on the card with the next draw
                    await retry(lambda: self._cards.show(take_id), self._clock)
                return

    async def _with_card(self, take_id: str) -> Take:
        """A submission that was cut off before its card stood gets one now."""
        take = await self._log.take(take_id)
        request = await self._log.request(take.request_id)
        while not request.card_ts:
            try:
                await retry(lambda: self._cards.place(request, take, again=True), self._clock)
            except SlackUnavailable as error:  # it keeps its place, and Slack comes back
                log.warning("take %s waits for its card: %s", take_id, error)
                continue
            except ChannelRefused as error:
                await self._log.move(take_id, State.CANCELLED, error=error.sentence)
                await self._messages.send_dm(
                    request.user_id,
                    f"{error.sentence}\nYour script:\n{escape(take.parameters.prompt)}",
                )
                return await self._log.take(take_id)
            break
        return take
