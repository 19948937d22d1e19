"""Which process updates an open form next, so that what was typed last is what it shows.

Slack gives the events of one form to any process, and each may have to wait before it updates it.
So they take turns, and an event that is older than the last one that had a turn gets none. Keeping
what was typed has turns of its own: most events are kept at once, and only some update the form.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.storage.store import Store

log = logging.getLogger(__name__)

TURN_SECONDS = 30.0  # longer than Slack takes; whoever was killed meanwhile doesn't use more
WAIT_SECONDS = 0.05  # between two looks whether another process is done
KEPT_FOR = timedelta(days=1)
MOST = 20  # turns of one person that are remembered: nobody has more than a few forms open
THIS = "view_id = ? AND user_id = ? AND kind = ?"
BEGIN = """
    INSERT INTO form_updates (view_id, user_id, kind, newest, begun_at, busy_until)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (view_id, user_id, kind) DO UPDATE SET newest = excluded.newest,
        begun_at = excluded.begun_at, busy_until = excluded.busy_until
    WHERE form_updates.newest <= excluded.newest AND form_updates.busy_until <= ?"""
# However many ids of forms somebody sends.
FORGET_OLDEST = """
    DELETE FROM form_updates WHERE user_id = ? AND begun_at < (
        SELECT begun_at FROM form_updates WHERE user_id = ?
        ORDER BY begun_at DESC LIMIT 1 OFFSET ?)"""


class Turn(StrEnum):
    """What it is a turn for."""

    KEEP = "keep"
    SHOW = "show"


class FormUpdates:
    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def turn(self, kind: Turn, view_id: str, user_id: str, order: str) -> AsyncIterator[bool]:
        """Waits for this event's turn; the block runs in it. False: a newer event came first.

        `user_id`: whose form it is. Whoever sends events of somebody else's changes nothing there.
        `order`: the place of the event among those of the form; it sorts as text. While the log
        can't be written, nobody waits. Raises TimeoutError if the block takes over TURN_SECONDS.
        """
        form, until = (view_id, user_id, kind.value), None
        try:
            until = await self._begin(form, order)
        except self._store.errors as error:
            log.warning("a form is updated out of turn: %s", error)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                yield until != ""
        finally:
            if until:
                await self._end(form, until)

    async def _begin(self, form: tuple[str, str, str], order: str) -> str:
        """Until when it may take; "" if it gets no turn."""
        _, user_id, _ = form
        while not await self._is_late(form, order):
            now = datetime.now(UTC)
            until = _time(now + timedelta(seconds=TURN_SECONDS))
            async with self._store.unflushed() as db:
                if await db.execute(BEGIN, *form, order, _time(now), until, _time(now)):
                    await db.execute(FORGET_OLDEST, user_id, user_id, MOST - 1)
                    return until
            await asyncio.sleep(WAIT_SECONDS)
        return ""

    async def _is_late(self, form: tuple[str, str, str], order: str) -> bool:
        sql = f"SELECT 1 FROM form_updates WHERE {THIS} AND newest > ?"
        return bool(await self._store.query(sql, *form, order))

    async def _end(self, form: tuple[str, str, str], until: str) -> None:
        sql = f"UPDATE form_updates SET busy_until = '' WHERE {THIS} AND busy_until = ?"
        try:
            async with self._store.unflushed() as db:
                await db.execute(sql, *form, until)
        except self._store.errors as error:
            log.warning("the next update of a form waits for %s s: %s", TURN_SECONDS, error)

    async def forget_old(self) -> None:
        sql = "DELETE FROM form_updates WHERE begun_at <= ?"
        await self._store.execute(sql, _time(datetime.now(UTC) - KEPT_FOR))


def _time(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
