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
ADD = """
    INSERT INTO received_requests (signature, received_at) VALUES (?, ?)
    ON CONFLICT (signature) DO NOTHING"""


class ReceivedRequests:
    """Kept in the log, because a restarted process and other ones must refuse them, too.

    Those that come at the same time are written in one transaction. One for each would take a third
    of the CPU of their acknowledgements.
    """

    def __init__(self, store: Store, *, valid_seconds: float) -> None:
        """`valid_seconds`: how long a signature is valid; older ones are deleted."""
        self._store = store
        self._failures: tuple[type[Exception], ...] = (*store.errors, TimeoutError)
        self._valid_seconds = valid_seconds
        self._clean_at = 0.0
        self._warn_at = 0.0
        self._waiting: list[tuple[str, asyncio.Future[bool]]] = []  # each with whether it is new
        self._seen: dict[str, float] = {}  # by this process, and when; the oldest first

    async def add(self, signature: str) -> bool:
        """False if it was received before. If the log does not answer, only what this process has
        received is known."""
        if self._is_seen(signature):
            return False
        is_new = False
        try:
            is_new = await self._add(signature)
        finally:
            if not is_new:  # what another process has received, it may forget
                self._seen.pop(signature, None)
        return is_new

    async def _add(self, signature: str) -> bool:
        is_new: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((signature, is_new))
        if len(self._waiting) == 1:  # it writes all that come in this moment
            try:
                await asyncio.sleep(0)
            finally:
                await self._write()
        return await is_new

    def _is_seen(self, signature: str) -> bool:
        """From now on it is."""
        expired = monotonic() - self._valid_seconds
        while self._seen and next(iter(self._seen.values())) < expired:
            del self._seen[next(iter(self._seen))]
        if signature in self._seen:
            return True
        self._seen[signature] = monotonic()
        return False

    async def forget(self, signature: str) -> None:
        """It was not carried out, so Slack may send it again."""
        self._seen.pop(signature, None)
        sql = "DELETE FROM received_requests WHERE signature = ?"
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._store.unflushed() as db:
                await db.execute(sql, signature)
        except self._failures as error:
            self._warn(error)

    async def _write(self) -> None:
        # In order, so that two processes don't wait for each other.
        waiting, self._waiting = sorted(self._waiting, key=lambda one: one[0]), []
        found: list[bool] | Exception = [True] * len(waiting)
        try:
            found = await self._add_all([signature for signature, _ in waiting])
        except Exception as error:  # noqa: BLE001  raised by whoever waits
            found = error
        finally:  # also if it is cancelled: the others still wait
            for number, (_, is_new) in enumerate(waiting):
                if is_new.done():
                    continue
                if isinstance(found, Exception):
                    is_new.set_exception(found)
                else:
                    is_new.set_result(found[number])
        await self._clean()  # now that nobody waits for it

    async def _add_all(self, signatures: list[str]) -> list[bool]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._store.unflushed() as db:
                now = int(time.time())
                are_new = [await db.execute(ADD, signature, now) == 1 for signature in signatures]
        except self._failures as error:
            self._warn(error)
            return [True] * len(signatures)
        return are_new

    async def _clean(self) -> None:
        """In its own transaction: if another process cleans, too, one of the two may fail."""
        if monotonic() < self._clean_at:
            return
        self._clean_at = monotonic() + CLEANING_SECONDS
        sql = "DELETE FROM received_requests WHERE received_at < ?"
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._store.unflushed() as db:
                await db.execute(sql, int(time.time() - self._valid_seconds))
        except self._failures as error:
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        if monotonic() >= self._warn_at:
            self._warn_at = monotonic() + CLEANING_SECONDS
            log.warning("the log can't tell whether requests came before: %r", error)
