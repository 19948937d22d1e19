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
import secrets
from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bot.blocks.text import escape, section
from bot.errors import (
    BotError,
    ChannelRefused,
    InDoubt,
    NoResult,
    NotSent,
    OutOfCredits,
    RateLimited,
    RenderFailed,
    RenderTimeout,
    SegmindError,
    SegmindUnavailable,
    SlackError,
    SlackUnavailable,
    UnsafeUrl,
)
from bot.jobs import Steps
from bot.parts import Parts
from bot.request_log.log import AlreadyClaimed
from bot.request_log.rows import TakeChanges, now
from bot.segmind.client import HistoryRow, Result, Submitted
from bot.takes import MOVES, NextStep, State, Take, WrongMove
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.deliver import Deliver
from handlers.gate import Gate
from handlers.lost import lost_rows
from handlers.patience import RETRIES, patiently
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)
T = TypeVar("T")

# In beats; a beat is POLL_SECONDS. With 5 s: a row of the history may land some minutes late.
LOST_LOOKS = (0, 1, 2, 4, 8, 12)
COST_LOOKS = (0, 1, 2, 4, 12, 60, 240, 720, 2880)
SLOWER_AFTER_SECONDS = 180.0  # past what a render usually takes, each poll waits longer
SLOWEST = 6  # beats
RECENT = timedelta(days=2)
SWEEP = 120  # beats: ten minutes
PLACING = timedelta(minutes=5)  # no submission takes longer to get its card, or to give up


class Render:
    def __init__(
        self, parts: Parts, cards: Cards, admins: Admins, gate: Gate, reviews: ReviewMessages
    ) -> None:
        self._parts = parts
        self._log = parts.log
        self._segmind = parts.segmind
        self._messages = parts.messages
        self._jobs = parts.jobs
        self._background = parts.background
        self._deliver = Deliver(parts, cards, reviews).deliver
        self._cards = cards
        self._admins = admins
        self._gate = gate
        self._telling: set[str] = set()
        self._began = now()
        self._beat = parts.settings.poll_seconds
        self._timeout_minutes = parts.settings.render_timeout_minutes
        self._spool: Path = parts.settings.data_dir / "results"

    def steps(self) -> Steps:
        return Steps(self.submit, self.follow, self._deliver, self.settle, self.fail)

    async def keep_resuming(self) -> None:
        """At the start and from time to time: what an error of the disk cut off goes on, too."""
        while True:
            self._background.start(self.resume())
            await asyncio.sleep(SWEEP * self._beat)

    async def resume(self) -> None:
        """Everything that is not at its end goes on, whatever the engine remembers."""
        unfinished = (State.QUEUED, State.SUBMITTING, State.RENDERING, State.DELIVERING)
        takes = await self._log.takes_in(unfinished)
        # Delivered, but perhaps killed before its card said so, or before its cost was known.
        time = datetime.now(UTC)
        since = (time - RECENT).isoformat()
        placing = max(self._began, (time - PLACING).isoformat())
        delivered = await self._log.takes_in([State.DELIVERED])
        takes += [t for t in delivered if not t.settled_at and t.delivered_at > since]
        alive = await self._jobs.alive()
        for take in takes:
            if (take.id, take.runs) in alive:
                continue
            paid = take.state is not State.QUEUED
            if not paid and take.requested_at > placing and not await self._has_card(take):
                continue  # its submission is at work on that
            if await self._jobs.has_ended(take.id, take.runs):
                if take.state is State.DELIVERED:
                    continue
                if await self._log.standing(take.id) != (take.state, take.runs):
                    continue  # it went on while this looked
                log.warning("take %s was left %s by its job: a new one", take.id, take.state)
                take = await self._log.update(take.id, runs=take.runs + 1)
            await self._jobs.render(take.id, take.runs, take.turn, paid=paid)
        for take in await self._log.takes_in([State.FAILED, State.IN_DOUBT]):
            if take.requested_at > since and take.id not in self._telling:
                await self._tell_if_heard(take.id)

    async def _has_card(self, take: Take) -> bool:
        return bool((await self._log.request(take.request_id)).card_ts)

    # --- submit -------------------------------------------------------------------------------

    async def submit(self, take_id: str) -> None:
        take = await self._with_card(take_id)
        if take.runs != self._jobs.run():
            return  # a newer run has taken it over
        if take.state is State.SUBMITTING:  # a kill between the mark and the answer
            await self._find_lost(take)
        elif take.state is State.QUEUED:
            await self._send(take_id)
        await self._cards.show_state(take_id)
        self._background.start(self._cards.show_queue())

    async def _send(self, take_id: str) -> None:
        """Submits, and once more as long as Segmind has surely not accepted it."""
        pauses = iter(RETRIES)
        while await self._gate.open(take_id):
            await self._segmind.turn()  # before the mark: a kill while waiting costs no doubt
            try:
                async with self._jobs.undivided():
                    await self._submit_once(take_id)
                return
            except RateLimited as error:
                await self._gate.slow_down(error)
            except OutOfCredits as error:
                await self._gate.out_of_credits(error)
            except NotSent:
                if (beats := next(pauses, None)) is None:
                    raise
                await asyncio.sleep(beats * self._beat)

    async def _submit_once(self, take_id: str) -> None:
        try:
            take = await self._log.move(
                take_id, State.SUBMITTING, expect=[State.QUEUED], marked_at=now()
            )
        except WrongMove:  # cancelled a moment ago
            return
        # Beside: a Slack that asks for a pause must not hold the money window open.
        self._background.start(self._cards.show_state(take_id))
        await self._jobs.certain()  # a host that froze here has been given up by the others
        work = self._segmind.submit(take.parameters, self._spool / take_id)
        try:
            await self._accepted(take_id, await self._beside_ticking_card(take, work))
        except (InDoubt, NoResult, AlreadyClaimed):  # claimed: a twin adopted it meanwhile
            await self._find_lost(take)
        except (RateLimited, OutOfCredits, NotSent):
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

    async def _find_lost(self, take: Take) -> None:
        """Looks for a submission whose answer never came; one that fits is adopted."""
        for wait in LOST_LOOKS:
            await asyncio.sleep(wait * self._beat)
            try:
                rows = await lost_rows(self._parts, take)
            except SegmindError as error:
                log.info("take %s: the history could not be read: %s", take.id, error)
                continue
            if len(rows) == 1:
                with suppress(AlreadyClaimed):  # another take was quicker: look again
                    await self._log.move(
                        take.id,
                        State.RENDERING,
                        segmind_request_id=rows[0].request_id,
                        submitted_at=take.marked_at,
                    )
                    return
        await self._in_doubt(take.id)

    # --- follow -------------------------------------------------------------------------------

    async def follow(self, take_id: str) -> None:
        take = await self._log.take(take_id)
        run = self._jobs.run()
        if take.state is not State.RENDERING or take.runs != run:
            return
        request_id = take.segmind_request_id
        del take  # of a thousand that wait, only what they need
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (ran := loop.time() - began) < self._timeout_minutes * 60:
            wait = self._beat * min(max(1.0, ran / SLOWER_AFTER_SECONDS), SLOWEST)
            try:
                answer = await self._segmind.poll(request_id, self._spool / take_id)
            except RateLimited as error:
                wait = max(wait, error.retry_after)
            except SegmindUnavailable as error:
                log.info("take %s: a poll did not go through: %s", take_id, error)
            else:
                if isinstance(answer, Result):
                    await self._rendered(take_id, answer)
                    return
            await self._cards.show_progress(take_id)
            await asyncio.sleep(wait)
            if await self._log.standing(take_id) != (State.RENDERING, run):
                return  # cancelled
        raise RenderTimeout(self._timeout_minutes)

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
        await self._log.move(take_id, State.DELIVERING, **changes)
        await self._cards.show_state(take_id)

    async def _beside_ticking_card(self, take: Take, work: Awaitable[T]) -> T:
        """v1 holds the submission open for the whole render: the bar moves beside it."""

        async def tick() -> None:
            while True:
                await asyncio.sleep(self._beat)
                await self._cards.show_progress(take.id)

        ticking = asyncio.create_task(tick())
        try:
            return await work
        finally:
            ticking.cancel()

    # --- settle -------------------------------------------------------------------------------

    async def settle(self, take_id: str) -> None:
        """The true cost, from Segmind's history once it is there."""
        for wait in COST_LOOKS:
            await asyncio.sleep(wait * self._beat)
            take = await self._log.take(take_id)
            if not take.submitted_at:
                return
            try:
                row = await self._history_row(take)
            except SegmindError as error:
                log.info("take %s: the history could not be read: %s", take_id, error)
                continue
            if row and row.cost_usd is not None:
                await self._log.update(
                    take_id,
                    cost_usd=row.cost_usd,
                    segmind_request_id=row.request_id,
                    settled_at=now(),
                )
                await patiently(lambda: self._cards.show(take_id), self._beat)
                return

    async def _history_row(self, take: Take) -> HistoryRow | None:
        """By its id; v1 gives none, so there by what was sent, and when."""
        if take.segmind_request_id:
            return await self._segmind.history_row(take.segmind_request_id)
        rows = await lost_rows(self._parts, take)
        return rows[0] if len(rows) == 1 else None

    # --- when it goes wrong -------------------------------------------------------------------

    async def fail(self, take_id: str, error: Exception) -> None:
        """The job boundary: what a step raised becomes a state, a sentence and a next step."""
        take = await self._log.take(take_id)
        if State.FAILED not in MOVES[take.state] and take.state is not State.FAILED:
            log.error("take %s, %s: nothing is lost", take_id, take.state, exc_info=error)
            return
        if not isinstance(error, BotError):
            reference = secrets.token_hex(4)
            log.error("take %s failed, reference %s", take_id, reference, exc_info=error)
            # Between the mark and the answer money may have been spent: never just "failed".
            error = InDoubt() if take.state is State.SUBMITTING else Unknown(reference)
        if isinstance(error, InDoubt):
            await self._in_doubt(take_id)
            return
        await self._log.move(
            take_id,
            State.FAILED,
            error=error.sentence,
            error_kind=type(error).__name__,
            next_step=next_step(take, error),
        )
        if error.for_admin:
            await self._admins.tell(error)
        await self._tell_if_heard(take_id)

    async def _in_doubt(self, take_id: str) -> None:
        error = InDoubt()
        await self._log.move(
            take_id, State.IN_DOUBT, error=error.sentence, error_kind=type(error).__name__
        )
        await self._tell_if_heard(take_id)

    async def _tell_if_heard(self, take_id: str) -> None:
        """The state stands already. Nobody hears it now? Then `resume` tells it later."""
        self._telling.add(take_id)
        try:
            await self._show_and_tell(take_id)
        except SlackError as error:
            log.warning("take %s: nobody could be told yet: %s", take_id, error)
        finally:
            self._telling.discard(take_id)

    async def _show_and_tell(self, take_id: str) -> None:
        """The card, and a line in its thread: a card that only changes notifies nobody."""
        take = await self._log.take(take_id)
        request = await self._log.request(take.request_id)
        told = {"kind": "told", "take_id": take.id, "detail": {"run": take.runs}}
        events = await self._log.events(request.id)
        if any(told.items() <= event.items() for event in events):
            return  # a kill came after the telling
        line = f"<@{request.user_id}> {escape(take.error)}"
        if take.video_url.startswith("http") and take.error_kind != UnsafeUrl.__name__:
            line += f"\n<{escape(take.video_url)}|The video at Segmind>, kept there for 7 days."
        try:
            await patiently(lambda: self._cards.show(take_id), self._beat)
            await patiently(
                lambda: self._messages.post(request.channel_id, line, thread_ts=request.card_ts),
                self._beat,
            )
        except ChannelRefused:  # to the person, with the card and its buttons
            _, card = await self._cards.draw(request, take)
            blocks = [section(line), *card]
            await patiently(lambda: self._messages.tell(request.user_id, line, blocks), self._beat)
        await self._log.event("told", request.id, take.id, run=take.runs)

    async def _with_card(self, take_id: str) -> Take:
        """A submission that was cut off before its card stood gets one now."""
        take = await self._log.take(take_id)
        request = await self._log.request(take.request_id)
        while not request.card_ts:
            try:
                await patiently(lambda: self._cards.place(request, take, again=True), self._beat)
            except SlackUnavailable as error:  # it keeps its place, and Slack comes back
                log.warning("take %s waits for its card: %s", take_id, error)
                continue
            except ChannelRefused as error:
                await self._log.move(take_id, State.CANCELLED, error=error.sentence)
                await self._messages.tell(
                    request.user_id,
                    f"{error.sentence}\nYour script:\n{escape(take.parameters.prompt)}",
                )
                return await self._log.take(take_id)
            break
        return take


class Unknown(BotError):
    """Something that nobody foresaw; the log has it under the reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference

    @property
    def sentence(self) -> str:
        return (
            f"Something went wrong inside the bot. Tell your admin the reference {self.reference}."
        )


def next_step(take: Take, error: BotError) -> str:
    """What is paid for is never paid again: where the take stands decides what is offered."""
    match take.state:
        case State.RENDERING if not isinstance(error, RenderFailed):
            return NextStep.LOOK_AGAIN
        case State.DELIVERING:
            return NextStep.DELIVER_AGAIN
        case _:
            return NextStep.TRY_AGAIN
