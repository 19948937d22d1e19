"""Before every submission: waits while the queue is paused, and until it is the take's turn.

A 429 pauses the queue for as long as Segmind says; a 406 (no credits) until somebody has topped up
and pressed the button; a 401 or 403 until the key works. A pause is in the request log, so it
applies to all processes.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime

from bot.domain.takes import State, Take
from bot.errors import KeyRefused, OutOfCredits, RateLimited
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.settings.table import Settings
from handlers.admins import Admins
from handlers.cards import Cards

log = logging.getLogger(__name__)

CHECK_SECONDS = 5
OTHERS_FIRST_SECONDS = 0.5

QueueOrder = tuple[int, str, str]


class Overtaken(Exception):
    """So many takes now come first that this one must give up its slot and queue again."""


class QueuePauses:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        queue_log: QueueLog,
        cards: Cards,
        admins: Admins,
        clock: Clock,
        settings: Settings,
        stock_ids: Collection[str],
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._cards = cards
        self._admins = admins
        self._clock = clock
        self._settings = settings
        self._stock_ids = stock_ids
        self._waiting: set[QueueOrder] = set()

    async def wait_for_turn(self, take: Take) -> bool:
        """Waits until the take may be submitted. False: it left the queue meanwhile.

        Raises Overtaken if too many others now come first.
        """
        order = (take.priority, take.requested_at, take.id)
        try:
            while wait := await self._seconds_to_wait(order):
                if order not in self._waiting:
                    self._waiting.add(order)
                    self._cards.redraw_soon(take.id)
                await asyncio.sleep(wait)
                if (await self._request_log.take(take.id)).state is not State.QUEUED:
                    return False
                position = await self._queue_log.position(take.id)
                if position > self._settings.max_renders:
                    raise Overtaken
        finally:
            self._waiting.discard(order)
        return (await self._request_log.take(take.id)).state is State.QUEUED

    async def _seconds_to_wait(self, order: QueueOrder) -> float:
        """Until the next check; 0 when the take may be submitted now."""
        check = self._clock.scaled(CHECK_SECONDS)
        if pause := await self._queue_log.current_pause():
            ends_at = datetime.fromisoformat(pause.ends_at) if pause.ends_at else None
            left = (ends_at - datetime.now(UTC)).total_seconds() if ends_at else check
            return min(max(left, 0.0) + 0.01, check)
        # The job queue doesn't count renders that nobody waits for, or those from before a restart.
        at_segmind = await self._queue_log.count_at_segmind(await self._render_seconds())
        if at_segmind >= self._settings.max_renders:
            return check
        others_first = order in self._waiting and min(self._waiting) < order
        return self._clock.scaled(OTHERS_FIRST_SECONDS) if others_first else 0.0

    async def begin_submission(self, take_id: str) -> Take:
        """Opens the money window. Raises RenderLimitReached, and WrongMove if it left the queue."""
        return await self._queue_log.begin_submission(
            take_id, self._settings.max_renders, await self._render_seconds(), self._stock_ids
        )

    async def may_be_in_training(self, take: Take) -> bool:
        """See `QueueLog.may_be_in_training`."""
        return await self._queue_log.may_be_in_training(take)

    async def still_in_training(self, take_id: str) -> int:
        """See `QueueLog.still_in_training`."""
        return await self._queue_log.still_in_training(take_id)

    async def not_uploaded(self, take_id: str) -> int:
        """See `QueueLog.not_uploaded`."""
        return await self._queue_log.not_uploaded(take_id)

    async def is_enough_for_one(self, usd: float) -> bool:
        """See `QueueLog.is_enough_for_one`."""
        return await self._queue_log.is_enough_for_one(usd)

    async def _render_seconds(self) -> float:
        usual = (await self._request_log.pace(self._settings.pace)).render_seconds
        # At most the timeout: the pace includes takes that were fetched days later.
        return min(usual, self._settings.render_timeout_minutes * 60)

    async def slow_down(self, error: RateLimited) -> None:
        """Pauses the queue for as long as Segmind says."""
        if await self._queue_log.pause_for(error):
            await self._admins.notify_of_pause(error)

    async def pause_for(self, error: KeyRefused | OutOfCredits) -> None:
        """Pauses the queue until somebody has fixed it; pause_watch.py tells the admins."""
        if await self._queue_log.pause_for(error):
            self._cards.redraw_queue()
