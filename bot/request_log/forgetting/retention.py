"""Blanks people's words in requests that nothing has happened to for RETENTION_DAYS.

The age counts from the last change: a take, a note, a decision, a share. So a review that is open
but that nobody has touched since is no reason to keep words. What is under way keeps them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.domain.takes import UNFINISHED
from bot.domain.twins.twin import ENDED, TwinState
from bot.request_log.forgetting.words import (
    BATCH,
    PAUSE_SECONDS,
    SCRIPT,
    blank_events,
    blank_owed,
    blank_take,
    changing_events,
    pages,
)
from bot.request_log.rows import now
from bot.storage.store import Database, Row, Store, placeholders

MADE_OR_ENDED = (TwinState.READY, *ENDED)
CHANGED = "events changed"  # the kind of the event that such a change leaves
LAST_CHANGE = f"""
    SELECT id, coalesce(blanked_at, '') AS blanked_at,
        coalesce((SELECT max(at) FROM events
            WHERE request_id = requests.id AND kind <> '{CHANGED}'), created_at) AS changed_at,
        coalesce((SELECT max(at) FROM notes WHERE request_id = requests.id), '') AS noted_at
    FROM requests LEFT JOIN blanked_requests ON blanked_requests.request_id = requests.id
    WHERE """
PAGE = f"{LAST_CHANGE} id > ? AND created_at < ? ORDER BY id LIMIT ?"
ONE = f"{LAST_CHANGE} id = ?"
EXISTS = "SELECT id FROM requests WHERE id = ?"
EVENTS = f"SELECT * FROM events WHERE request_id = ? AND seq > ? ORDER BY seq LIMIT {BATCH}"
BLANKED = """
    INSERT INTO blanked_requests (request_id, blanked_at) VALUES (?, ?)
    ON CONFLICT (request_id) DO UPDATE SET blanked_at = excluded.blanked_at"""
# Requests whose card was never posted: only their events are left.
WITHDRAWN = """
    SELECT request_id, at, seq FROM events WHERE kind = 'withdrawn' AND at < ?
    AND (at, seq) > (?, ?) AND detail NOT LIKE '%"scripts": []%' ORDER BY at, seq LIMIT ?"""

Position = tuple[str, int]
_Step = Callable[[], AbstractAsyncContextManager[Database]]


class _NotDue(Exception):
    """Something has happened to the request, or another process has blanked it."""


@dataclass(frozen=True, slots=True)
class Page:
    """`idle`: the requests of the page to blank. `last`: the ID to go on after; "" at the end."""

    idle: list[str]
    last: str


class RetentionLog:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.errors = store.errors

    async def page(self, before: str, *, after: str, limit: int) -> Page:
        """The next `limit` requests by ID, of those that were made before then."""
        rows = await self._store.query(PAGE, after, before, limit)
        idle = [row["id"] for row in rows if _is_idle(row, before)]
        return Page(idle, rows[-1]["id"] if len(rows) == limit else "")

    async def withdrawn(self, before: str, *, after: Position, limit: int) -> dict[str, Position]:
        """The next requests that were withdrawn before then and still have their scripts.

        With the time and number of that event. To go on, give the last of these.
        """
        rows = await self._store.query(WITHDRAWN, before, *after, limit)
        return {row["request_id"]: (row["at"], row["seq"]) for row in rows}

    async def blank_twins(self, before: str) -> None:
        """The words about Digital Twins that were asked for before then, and are made or ended."""
        sql = f"""UPDATE twins SET purpose = '', footage = '', footage_address = '', error = ''
            WHERE requested_at < ? AND (purpose <> '' OR footage <> '' OR error <> '')
            AND state IN {placeholders(MADE_OR_ENDED)}"""
        await self._store.execute(sql, before, *MADE_OR_ENDED)

    async def blank(self, request_id: str, before: str) -> bool:
        """Blanks the words of a request in small steps. After a kill, the next run goes on.

        False: something has happened to it since then, maybe between two steps, or another process
        has done it.
        """
        step = partial(self._step, request_id, before)
        try:
            await self._blank_takes(request_id, step)
            await self._blank_replies(request_id, step)
            await self._blank_events(request_id, step)
        except _NotDue:
            return False
        return True

    @asynccontextmanager
    async def _step(self, request_id: str, before: str) -> AsyncIterator[Database]:
        """A transaction during which nothing happens to the request. Raises _NotDue."""
        async with self._store.transaction() as db:
            is_there = await db.query(EXISTS, request_id, for_update=True)
            if is_there and not await _is_due(db, request_id, before):
                raise _NotDue
            yield db
        await asyncio.sleep(PAUSE_SECONDS)

    async def _blank_takes(self, request_id: str, step: _Step) -> None:
        for take_id in await self._keys("takes", "id", request_id):
            async with step() as db:
                await blank_take(db, take_id, *SCRIPT)
                await db.execute("UPDATE reviews SET note = '' WHERE take_id = ?", take_id)

    async def _blank_replies(self, request_id: str, step: _Step) -> None:
        for page in pages(await self._keys("notes", "id", request_id)):
            async with step() as db:
                sql = f"UPDATE notes SET text = '', spoken = '' WHERE id IN {placeholders(page)}"
                await db.execute(sql, *page)
        for page in pages(await self._keys("owed_messages", "message_key", request_id)):
            async with step() as db:
                await blank_owed(db, page)

    async def _blank_events(self, request_id: str, step: _Step) -> None:
        """With the last of them, the request is marked as blanked."""
        rows: list[Row] = []
        is_done = False
        while not is_done:
            async with step() as db:
                rows = await db.query(EVENTS, request_id, rows[-1]["seq"] if rows else 0)
                async with changing_events(db, request_id, request_id, "RETENTION_DAYS"):
                    await blank_events(db, rows)
                if is_done := len(rows) < BATCH:
                    await db.execute(BLANKED, request_id, now())

    async def _keys(self, table: str, key: str, request_id: str) -> list[str]:
        rows = await self._store.query(
            f"SELECT {key} FROM {table} WHERE request_id = ?", request_id
        )
        return [row[key] for row in rows]


def _is_idle(row: dict[str, str], before: str) -> bool:
    changed_at = max(row["changed_at"], row["noted_at"])
    return row["blanked_at"] <= changed_at < before


async def _is_due(db: Database, request_id: str, before: str) -> bool:
    rows = await db.query(ONE, request_id)
    idle = [row for row in rows if _is_idle(row, before)]
    return bool(idle) and not await _is_under_way(db, request_id)


async def _is_under_way(db: Database, request_id: str) -> bool:
    sql = (
        f"SELECT 1 FROM takes WHERE request_id = ? AND state IN {placeholders(UNFINISHED)} LIMIT 1"
    )
    return bool(await db.query(sql, request_id, *UNFINISHED))
