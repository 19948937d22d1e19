"""Makes the twins that were allowed, never twice: as durable as a render.

`marked_at` is saved just before the call that is charged, and the request ID as soon as it is
known. Whoever finds a mark without an ID, after a kill or a lost answer, looks in Segmind's history
and adopts the request, or leaves the twin in doubt for a person. The log has all that is left to
do, so each process looks there; one at a time works on a twin.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from bot.domain.money.failed import FREE, MAY_CHARGE
from bot.domain.takes import WrongMove
from bot.domain.twins.twin import PRICE_USD, REVOKED, Twin, TwinState
from bot.downloads.slots import Slots
from bot.errors import (
    BotError,
    FileError,
    InDoubt,
    KeyRefused,
    ModelNotFound,
    NoResult,
    NotPossible,
    NotSent,
    OutOfCredits,
    RateLimited,
    Refused,
    SegmindError,
    SegmindUnavailable,
    SlackError,
)
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.limit_per_person import Turns
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.request_log.rows import timestamp
from bot.request_log.twins.making import MakingLog
from bot.segmind.client import Segmind, Submitted
from bot.segmind.rate_limit import Turn
from bot.segmind.responses import Progress
from bot.segmind.twins import CreatedTwin, same_twin
from bot.video import ffmpeg
from handlers.admins import Admins
from handlers.money.refusals import its_own_error
from handlers.twins.footage import Footage, why_not_fetched
from handlers.twins.messages import TwinMessages

log = logging.getLogger(__name__)

CHECK_SECONDS = 5  # between two looks at what has to be made
HISTORY_WAITS = (0, 5, 10, 20, 40, 60)  # seconds; a row may appear some minutes late
LONGEST_SHOWING = timedelta(hours=1)  # until a person has seen the footage
LONGEST_UNREACHABLE = timedelta(minutes=5)  # of a link: its server may be starting
NOT_SENT = "I tried for ten minutes to send it to Segmind. Nothing was charged."
LONGEST = timedelta(minutes=30)  # of a creation; it usually takes some seconds
# Twins, each of somebody else. Those that wait longer than so many seconds wait for a slow server.
AT_ONCE, SLOW_SECONDS = 8, 10.0


class TwinMaker:
    def __init__(
        self,
        *,
        making_log: MakingLog,
        twin_messages: TwinMessages,
        segmind: Segmind,
        jobs: Jobs,
        queue_log: QueueLog,
        request_log: RequestLog,
        admins: Admins,
        footage: Footage,
        background: Background,
        clock: Clock,
    ) -> None:
        self._making_log = making_log
        self._twin_messages = twin_messages
        self._segmind = segmind
        self._jobs = jobs
        self._queue_log = queue_log
        self._request_log = request_log
        self._admins = admins
        self._footage = footage
        self._background = background
        self._clock = clock
        self._turns, self._slots = Turns(), Slots(AT_ONCE, SLOW_SECONDS)
        self._at_work: dict[str, asyncio.Task[None]] = {}  # by twin
        self._worked_on: dict[str, Twin] = {}  # those that are to be released
        self._polls_from = 0.0  # Segmind has asked for a pause until then

    async def check(self) -> None:
        """Begins to take each twin that is being made as far as it goes now.

        In the background: one whose footage is sent slowly doesn't hold up those of others.
        """
        await self._release()  # what a locked log didn't
        for twin in await self._making_log.to_be_made():
            if twin.id not in self._at_work:
                work = self._background.start(self._go_on_in_turn(twin.id, twin.requested_by))
                self._at_work[twin.id] = work
                work.add_done_callback(partial(self._at_work.pop, twin.id))

    async def _go_on_in_turn(self, twin_id: str, requested_by: str) -> None:
        async with self._turns.of(requested_by), self._slots.one():
            try:
                await self._go_on(twin_id)
            except self._making_log.errors as error:
                log.warning("twin %s: the next check tries again: %s", twin_id, error)

    async def _go_on(self, twin_id: str) -> None:
        if (twin := await self._making_log.claim(twin_id)) is None:
            return
        try:
            async with asyncio.timeout(self._making_log.timeout.total_seconds()) as limit:
                await self._make(twin, limit)
        except (SegmindError, SlackError, FileError, TimeoutError, ffmpeg.Killed) as error:
            failed = self._not_shown if twin.state is TwinState.CHECKING else self._failed_try
            await failed(twin, error)
        except WrongMove:  # it was withdrawn
            log.info("twin %s was withdrawn", twin_id)
        finally:
            self._worked_on[twin_id] = twin
            await self._release()
        await self._twin_messages.send_owed(twin_id)

    async def _release(self) -> None:
        for twin_id, twin in [*self._worked_on.items()]:
            await self._making_log.release(twin)
            self._worked_on.pop(twin_id, None)

    async def _failed_try(self, twin: Twin, error: BotError | TimeoutError) -> None:
        """It is tried again soon; but not without end if its footage can't be sent."""
        log.info("twin %s: not yet: %s", twin.id, error)
        try:
            if await self._making_log.count_try(twin.id):
                return
        except WrongMove:  # Segmind has it, or it was withdrawn
            return
        why = NOT_SENT
        if isinstance(error, BotError) and error.for_admin:
            await self._admins.notify(error)
            why += " An admin has been told."
        await self._making_log.move(twin.id, TwinState.NOT_SENT, error=why, counted_usd=0.0)

    async def _make(self, twin: Twin, limit: asyncio.Timeout) -> None:
        if twin.state is TwinState.CHECKING:
            await self._show_footage(twin, limit)
        elif twin.state is TwinState.ALLOWED:
            await self._create(twin, limit)
        elif twin.segmind_request_id:
            await self._poll(twin)
        else:  # killed between the mark and the answer
            await self._find(twin)

    async def _create(self, twin: Twin, limit: asyncio.Timeout) -> None:
        if pause := await self._queue_log.current_pause():
            await self._making_log.tell_of_wait(twin.id, pause.reason)
            return
        if not await self._send_footage(twin):
            return
        # Before the mark, so that a kill during this wait leaves nothing in doubt.
        await self._segmind.rate_limit.acquire(Turn.SUBMISSION)
        try:
            async with self._jobs.uninterruptible():
                twin = await self._making_log.begin(twin.id)
                await self._jobs.ensure_lease()
                limit.reschedule(None)  # the call has a limit of its own
                try:
                    answer = await self._segmind.twins.create(twin.body())
                except InDoubt:
                    await self._find(twin)
                except (RateLimited, KeyRefused, OutOfCredits, NotSent):
                    await self._making_log.move(twin.id, TwinState.ALLOWED, marked_at="")
                    raise  # what wasn't sent is tried again, but not without end
                except SegmindError as error:
                    await self._fail(twin, error)
                else:
                    await self._keep(twin, answer)
        except (RateLimited, KeyRefused, OutOfCredits) as error:
            await self._pause_for(twin, error)

    async def _show_footage(self, twin: Twin, limit: asyncio.Timeout) -> None:
        try:
            await self._footage.show(twin, limit)
        except ffmpeg.Killed:
            raise
        except NotPossible as refused:
            if refused.for_admin:
                await self._admins.notify(refused)
            await self._not_made(twin, refused.sentence)

    async def _not_shown(self, twin: Twin, error: BotError | TimeoutError) -> None:
        log.info("twin %s: its footage was not shown: %s", twin.id, error)
        longest, why = LONGEST_SHOWING, "I couldn't show the footage to the person in it."
        if isinstance(error, FileError):
            longest, why = LONGEST_UNREACHABLE, why_not_fetched(error)
        if twin.requested_at < timestamp(datetime.now(UTC) - longest):
            await self._not_made(twin, why)

    async def _send_footage(self, twin: Twin) -> bool:
        """Uploads the footage, unless Segmind has it. That isn't charged."""
        if twin.footage_address:
            return True
        try:
            address = await self._footage.send(twin)
        except NotPossible as refused:
            await self._not_made(twin, refused.sentence)
            return False
        twin = await self._making_log.move(twin.id, TwinState.ALLOWED, footage_address=address)
        return twin.state is TwinState.ALLOWED

    async def _not_made(self, twin: Twin, why: str) -> None:
        error = f"{why} Nothing was charged."
        await self._making_log.move(twin.id, TwinState.FAILED, error=error, counted_usd=0.0)

    async def _keep(self, twin: Twin, answer: Submitted | CreatedTwin) -> None:
        if isinstance(answer, Submitted):
            changes = {"segmind_request_id": answer.request_id}
            await self._making_log.move(twin.id, TwinState.CREATING, **changes)
            return
        usd = answer.cost_usd
        cost: dict[str, Any] = {} if usd is None else {"charged_usd": usd, "counted_usd": usd}
        await self._making_log.move(
            twin.id, TwinState.READY, avatar_id=answer.avatar_id,
            avatar_group_id=answer.avatar_group_id, error="", **cost,
        )  # fmt: skip

    async def _poll(self, twin: Twin) -> None:
        if monotonic() < self._polls_from:
            return
        try:
            answer = await self._segmind.twins.poll(twin.segmind_request_id)
        # The answer may have been a broken one: the twin is paid for, so it is asked for again.
        except (SegmindUnavailable, RateLimited, KeyRefused, NoResult) as error:
            if isinstance(error, RateLimited):
                self._polls_from = monotonic() + error.retry_after
            if self._is_overdue(twin):
                await self._in_doubt(twin)
                return
            raise
        except SegmindError as error:
            await self._fail(twin, error)
            return
        if not isinstance(answer, Progress):
            await self._keep(twin, answer)
        elif self._is_overdue(twin):
            await self._in_doubt(twin)

    def _is_overdue(self, twin: Twin) -> bool:
        return twin.marked_at < timestamp(datetime.now(UTC) - LONGEST)

    async def _find(self, twin: Twin) -> None:
        """Adopts the one request that fits. If there isn't exactly one, a person decides."""
        marked_at = datetime.fromisoformat(twin.marked_at)
        for wait in HISTORY_WAITS if twin.state not in REVOKED else (0,):
            await self._clock.sleep(wait)
            try:
                rows = await self._segmind.twins.requests_since(marked_at)
            except SegmindError as error:
                log.info("twin %s: the history could not be read: %s", twin.id, error)
                continue
            matched = await self._request_log.matched_request_ids()
            fitting = {row.request_id for row in rows if same_twin(row, twin.body())} - matched
            if len(fitting) == 1:
                changes = {"segmind_request_id": fitting.pop()}
                await self._making_log.move(twin.id, TwinState.CREATING, **changes)
                return
        await self._in_doubt(twin)

    async def _in_doubt(self, twin: Twin) -> None:
        await self._making_log.move(twin.id, TwinState.IN_DOUBT, error=InDoubt.sentence)

    async def _fail(self, twin: Twin, error: SegmindError) -> None:
        if error.for_admin:
            await self._admins.notify(error)
        if isinstance(error, ModelNotFound | OutOfCredits):  # until an admin has corrected that
            await self._making_log.move(
                twin.id, TwinState.NOT_SENT, error=error.sentence, marked_at="", counted_usd=0.0
            )
            return
        free: dict[str, Any] = {"counted_usd": 0.0} if isinstance(error, Refused) else {}
        said = error.said.removesuffix(".")
        why = f"Segmind says: “{said}”." if said else "Segmind gave no reason."
        why += f" {FREE if free else MAY_CHARGE}"
        await self._making_log.move(twin.id, TwinState.FAILED, error=why, **free)

    async def _pause_for(self, twin: Twin, error: RateLimited | KeyRefused | OutOfCredits) -> None:
        """As for renders: nothing else is sent meanwhile, and the admins are told."""
        account, is_enough = self._segmind.account, self._queue_log.is_enough_for_one
        if alone := await its_own_error(error, PRICE_USD, account, is_enough):
            await self._fail(twin, alone)
            return
        if await self._queue_log.pause_for(error) and isinstance(error, RateLimited):
            await self._admins.notify_of_pause(error)
