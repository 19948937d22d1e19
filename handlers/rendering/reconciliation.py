"""Reads Segmind's history: to find a submission whose answer was lost, and the cost of a take."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from bot.domain.clocks import CLOCK_SKEW
from bot.domain.takes import State, Take
from bot.errors import NoResult, SegmindError, SlackError
from bot.jobs.engine import Jobs
from bot.process.clock import Clock
from bot.process.limit_per_person import Turns
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.rows import now, timestamp
from bot.request_log.statements import AlreadyMatched
from bot.segmind.client import HistoryRow, Segmind, match_submission
from bot.segmind.rate_limit import RateLimit, Turn
from handlers.cards import Cards
from handlers.rendering.failures import Failures

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(days=2)  # in the queue
RECONCILE_WAITS = (0, 5, 10, 20, 40, 60)  # seconds; a row may appear some minutes late
COST_WAITS = (0, 5, 10, 20, 60, 300, 1200, 3600, 14400)  # seconds; more than five hours in all


class Reconciliation:
    def __init__(
        self, *, request_log: RequestLog, segmind: Segmind, failures: Failures, clock: Clock
    ) -> None:
        self._request_log = request_log
        self._segmind = segmind
        self._failures = failures
        self._clock = clock

    async def reconcile(self, take: Take) -> None:
        """Adopts the row that fits this take. If there isn't exactly one, the take is in doubt."""
        for wait in RECONCILE_WAITS:
            await self._clock.sleep(wait)
            try:
                rows = await self.unmatched_rows(take)
            except SegmindError as error:
                log.info("take %s: the history could not be read: %s", take.id, error)
                continue
            if len(rows) != 1:
                continue
            try:
                await self._request_log.move(
                    take.id,
                    State.RENDERING,
                    segmind_request_id=rows[0].request_id,
                    submitted_at=take.marked_at,
                )
            except AlreadyMatched:  # another take adopted it first
                continue
            return
        await self._failures.mark_in_doubt(take.id)

    async def unmatched_rows(self, take: Take) -> list[HistoryRow]:
        """Rows with this take's body, since it was submitted, that no take owns; the oldest first.

        Raises SegmindUnavailable, RateLimited, KeyRefused.
        """
        marked_at = datetime.fromisoformat(take.marked_at)
        rows = await self._segmind.complete_history(marked_at - CLOCK_SKEW)
        matched = await self._request_log.matched_request_ids()
        found = match_submission(rows, take.sent.body(), marked_at, matched)
        fitting = [row for row in rows if row.request_id in found and row.created_at]
        return sorted(fitting, key=lambda row: str(row.created_at))

    async def history_row(self, take: Take, *, waited: bool = False) -> HistoryRow | None:
        """The take's row, found by its ID. With v1, which gives none, by its body and time.

        Several takes with the same body get the rows in the order they were submitted. `waited`:
        for the rate limit, for its row alone. Raises SegmindUnavailable, RateLimited, KeyRefused.
        """
        if take.segmind_request_id:
            return await self._segmind.history_row(take.segmind_request_id, waited=waited)
        rows = await self.unmatched_rows(take)
        candidates = await self._takes_with_same_body(take)
        index = candidates.index(take.id) if take.id in candidates else len(rows)
        # More rows than takes: some belong to somebody else, and it is not known which.
        return rows[index] if index < len(rows) <= len(candidates) else None

    async def _takes_with_same_body(self, take: Take) -> list[str]:
        """Ids of all takes that may own one of `unmatched_rows`, in the order of submission."""
        since = datetime.fromisoformat(take.marked_at) - CLOCK_SKEW
        takes = await self._request_log.takes_in(State, since=(since - LONGEST_WAIT).isoformat())
        body = take.sent.body()
        found = [
            other
            for other in takes
            if other.submitted_at
            and not other.segmind_request_id
            and other.marked_at >= timestamp(since)
            and other.sent.body() == body
        ]
        return [other.id for other in sorted(found, key=lambda other: other.marked_at)]

    async def find_result(self, take: Take) -> Take:
        """Gives a take the URL of its video from the history: v1 answered with the video itself,
        and the file is gone. Raises NoResult."""
        row = await self.history_row(take)
        if row is None:  # its cost, and with it its ID, may just have been saved
            row = await self.history_row(await self._request_log.take(take.id))
        if row is None or row.result is None:
            raise NoResult
        return await self._request_log.update(
            take.id,
            video_url=row.video_url,
            caption_url=row.caption_url,
            segmind_request_id=row.request_id,
        )

    async def renew_addresses(self, take_id: str) -> bool:
        """Asks Segmind once for other URLs of a take's files. False: it has none."""
        take = await self._request_log.take(take_id)
        known = {take.video_url, take.caption_url}
        try:
            if take.segmind_request_id:
                result = await self._segmind.final_result(take.segmind_request_id, known=known)
            else:
                row = await self.history_row(take)
                result = row.result if row else None
        except SegmindError as error:
            log.info("take %s: no new address: %s", take_id, error)
            return False
        if result is None or not result.urls.difference(known):
            return False
        log.info("take %s: its files have a new address", take_id)
        await self._request_log.update(
            take_id,
            video_url=result.video_url,
            caption_url=result.caption_url or take.caption_url,
        )
        return True


class Costs:
    """Looks up what a take really cost."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        reconciliation: Reconciliation,
        rate_limit: RateLimit,
        jobs: Jobs,
        cards: Cards,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._rate_limit = rate_limit
        self._turns = Turns()  # one run of each take waits for the rate limit
        self._jobs = jobs
        self._reconciliation = reconciliation
        self._cards = cards
        self._clock = clock

    async def settle(self, take_id: str) -> None:
        """Waits until the history has the cost, and writes it into the log and onto the card."""
        for wait in COST_WAITS:
            await self._clock.sleep(wait)
            try:
                async with self._turns.of(take_id):
                    take = await self._take(take_id)
                    if take and take.segmind_request_id:
                        await self._rate_limit.acquire(Turn.LOOK_UP)  # which may take minutes
                        take = await self._take(take_id)
                    if take is None:
                        return
                    row = await self._reconciliation.history_row(take, waited=True)
            except SegmindError as error:
                log.info("take %s: the history could not be read: %s", take_id, error)
                continue
            if row and row.cost_usd is not None:
                try:
                    await self._request_log.update(
                        take_id,
                        cost_usd=row.cost_usd,
                        segmind_request_id=row.request_id,
                        settled_at=now(),
                    )
                except AlreadyMatched:  # v1: another take with the same body got this row
                    continue
                with suppress(
                    SlackError
                ):  # it is in the log, and the next update of the card shows it
                    await retry(lambda: self._cards.redraw(take_id), self._clock)
                return

    async def _take(self, take_id: str) -> Take | None:
        """None if there is nothing to look up, or a newer run does it when it has ended: many runs
        would use up Segmind's limit."""
        take = await self._request_log.take(take_id)
        return take if take.submitted_at and take.runs == self._jobs.current_run() else None
