"""Deletes people's words from the request log once RETENTION_DAYS have passed."""

import logging
from datetime import UTC, datetime, timedelta

from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.forgetting.retention import RetentionLog
from bot.request_log.rows import timestamp

log = logging.getLogger(__name__)

RETENTION_SECONDS = 3600.0  # between two runs
PAGE = 100  # requests that are looked at together
PAUSE_SECONDS = 0.1  # after each page and each change, so that nothing else waits for it


class Retention:
    def __init__(self, *, retention_log: RetentionLog, days: int, clock: Clock) -> None:
        self._retention_log = retention_log
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Looks at every request, some at a time. Several processes may do so at once."""
        before = timestamp(datetime.now(UTC) - timedelta(days=self._days))
        last = ""
        while True:
            page = await self._retention_log.page(before, after=last, limit=PAGE)
            await self._blank(page.idle, before)
            if not (last := page.last):
                break
            await self._clock.sleep(PAUSE_SECONDS)
        await self._retention_log.blank_twins(before)
        position = "", 0
        while found := await self._retention_log.withdrawn(before, after=position, limit=PAGE):
            await self._blank([*found], before)
            position = max(found.values())

    async def _blank(self, request_ids: list[str], before: str) -> None:
        async def blank(request_id: str) -> None:
            if await self._retention_log.blank(request_id, before):
                log.info("request %s: its words are deleted (RETENTION_DAYS)", request_id)
                await self._clock.sleep(PAUSE_SECONDS)

        await one_by_one(request_ids, blank, ends_with=self._retention_log.errors)
