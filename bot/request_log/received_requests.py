"""Which of Slack's signed requests were received in the last minutes, by whichever process."""

import asyncio
import logging
import time
from time import monotonic

from bot.storage.store import Store

log = logging.getLogger(__name__)

# Slack waits 3 s for its acknowledgement. If the log takes longer than this, it isn't asked.
ANSWER_SECONDS = 0.5
CLEANING_SECONDS = 60.0


class ReceivedRequests:
    """Kept in the log, because a restarted process and other ones must refuse them, too."""

    def __init__(self, store: Store, *, valid_seconds: float) -> None:
        """`valid_seconds`: how long a signature is valid; older ones are deleted."""
        self._store = store
        self._failures: tuple[type[Exception], ...] = (*store.errors, TimeoutError)
        self._valid_seconds = valid_seconds
        self._clean_at = 0.0
        self._warn_at = 0.0

    async def add(self, signature: str) -> bool:
        """False if it was received before. True if the log does not answer: then nobody knows."""
        sql = """INSERT INTO received_requests (signature, received_at) VALUES (?, ?)
            ON CONFLICT (signature) DO NOTHING"""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                is_new = await self._store.execute_unflushed(sql, signature, int(time.time())) == 1
                await self._clean()
                return is_new
        except self._failures as error:
            self._warn(error)
            return True

    async def forget(self, signature: str) -> None:
        """It was not carried out, so Slack may send it again."""
        sql = "DELETE FROM received_requests WHERE signature = ?"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._store.execute_unflushed(sql, signature)
        except self._failures as error:
            self._warn(error)

    async def _clean(self) -> None:
        if monotonic() < self._clean_at:
            return
        self._clean_at = monotonic() + CLEANING_SECONDS
        sql = "DELETE FROM received_requests WHERE received_at < ?"
        await self._store.execute_unflushed(sql, int(time.time() - self._valid_seconds))

    def _warn(self, error: Exception) -> None:
        if monotonic() >= self._warn_at:
            self._warn_at = monotonic() + CLEANING_SECONDS
            log.warning("the log can't tell whether requests came before: %r", error)
