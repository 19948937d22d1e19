"""Blanks people's words in requests that nothing has happened to for RETENTION_DAYS.

The age counts from the last change: a take, a note, a decision, a share. So a review that is open
but that nobody has touched since is no reason to keep words. What is under way keeps them.
"""

import asyncio
from dataclasses import dataclass

from bot.domain.takes import UNFINISHED
from bot.domain.twins.twin import ENDED, TwinState
from bot.request_log.forgetting.words import (
    PAUSE_SECONDS,
    SCRIPT,
    blank_events,
    blank_takes,
    changing_events,
    without_words,
)
from bot.request_log.rows import now
from bot.storage.store import Database, Row, Store

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
BATCH = 100  # events in one transaction
EVENTS = f"SELECT * FROM events WHERE request_id = ? AND seq > ? ORDER BY seq LIMIT {BATCH}"
BLANKED = """
    INSERT INTO blanked_requests (request_id, blanked_at) VALUES (?, ?)
    ON CONFLICT (request_id) DO UPDATE SET blanked_at = excluded.blanked_at"""
# Requests whose card was never posted: only their events are left.
WITHDRAWN = """
    SELECT DISTINCT request_id FROM events WHERE kind = 'withdrawn' AND at < ?
    AND detail NOT LIKE '%"scripts": []%' ORDER BY request_id LIMIT ?"""


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

    async def withdrawn(self, before: str, limit: int) -> list[str]:
        """Requests that were withdrawn before then and still have their scripts."""
        rows = await self._store.query(WITHDRAWN, before, limit)
        return [row["request_id"] for row in rows]

    async def blank_twins(self, before: str) -> None:
        """The words about Digital Twins that were asked for before then, and are made or ended."""
        marks = ", ".join("?" * len(MADE_OR_ENDED))
        sql = f"""UPDATE twins SET purpose = '', footage = '', footage_address = '', error = ''
            WHERE requested_at < ? AND (purpose <> '' OR footage <> '' OR error <> '')
            AND state IN ({marks})"""
        await self._store.execute(sql, before, *MADE_OR_ENDED)

    async def blank(self, request_id: str, before: str) -> bool:
        """Blanks the words of a request: scripts and most events in small steps, then the rest.

        False: something has happened to it since then, or another process has done it.
        """
        if await self._store.query(EXISTS, request_id) and not await _is_due(
            self._store, request_id, before
        ):
            return False
        takes = await self._store.query("SELECT id FROM takes WHERE request_id = ?", request_id)
        await blank_takes(self._store, [take["id"] for take in takes], *SCRIPT)
        seq = 0
        while len(rows := await self._store.query(EVENTS, request_id, seq)) == BATCH:
            async with self._store.transaction() as db:
                await _blank_events(db, request_id, rows)
            seq = rows[-1]["seq"]
            await asyncio.sleep(PAUSE_SECONDS)
        async with self._store.transaction() as db:
            if await db.query(EXISTS, request_id, for_update=True):
                if not await _is_due(db, request_id, before):
                    return False
                await _blank_rows(db, request_id)
            await _blank_events(db, request_id, await db.query(EVENTS, request_id, seq))
            await db.execute(BLANKED, request_id, now())
        return True


async def _blank_events(db: Database, request_id: str, rows: list[Row]) -> None:
    async with changing_events(db, request_id, request_id, "RETENTION_DAYS"):
        await blank_events(db, rows)


def _is_idle(row: dict[str, str], before: str) -> bool:
    changed_at = max(row["changed_at"], row["noted_at"])
    return row["blanked_at"] <= changed_at < before


async def _is_due(db: Database, request_id: str, before: str) -> bool:
    rows = await db.query(ONE, request_id)
    idle = [row for row in rows if _is_idle(row, before)]
    return bool(idle) and not await _is_under_way(db, request_id)


async def _is_under_way(db: Database, request_id: str) -> bool:
    marks = ", ".join("?" * len(UNFINISHED))
    sql = f"SELECT 1 FROM takes WHERE request_id = ? AND state IN ({marks}) LIMIT 1"
    return bool(await db.query(sql, request_id, *UNFINISHED))


async def _blank_rows(db: Database, request_id: str) -> None:
    takes = "(SELECT id FROM takes WHERE request_id = ?)"
    await db.execute(f"UPDATE reviews SET note = '' WHERE take_id IN {takes}", request_id)
    await db.execute("UPDATE notes SET text = '', spoken = '' WHERE request_id = ?", request_id)
    owed = await db.query("SELECT * FROM owed_messages WHERE request_id = ?", request_id)
    for row in owed:
        await db.execute(
            "UPDATE owed_messages SET detail = ? WHERE message_key = ?",
            without_words(row["detail"]), row["message_key"],
        )  # fmt: skip
