"""Requests, takes and events in a separate request log, without a bot."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.parameters import Parameters
from bot.domain.reviews import Note
from bot.domain.takes import Request, State, Take
from bot.request_log import statements
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.storage import sqlite
from tests.support.waiting import POLL_SECONDS
from tests.support.workspace import PATIENCE

Location = Path | str  # of a log: a file, or a postgresql:// URL
TO_DELIVERED = (State.SUBMITTING, State.RENDERING, State.DELIVERING, State.DELIVERED)


async def add_request(
    log: RequestLog, n: int = 1, parameters: Parameters | None = None, user: str = "U1"
) -> Take:
    """Request `R{n}`, made in second `n` of a minute, and its take `T{n}`."""
    at = f"2026-11-22T10:00:{n:02}.000+00:00"
    parameters = parameters or Parameters(prompt="Hi")
    take = Take(f"T{n}", f"R{n}", 1, parameters, requester_id=user, requested_at=at)
    assert await log.add_request(Request(f"R{n}", user, "C1", at), take)
    return take


async def deliver(log: RequestLog, take: Take, **changes: Any) -> None:
    for state in TO_DELIVERED:
        await log.move(take.id, state)
    await log.update(take.id, **changes)


async def add_event(
    log: RequestLog, kind: str, request_id: str, take_id: str, by: str, **detail: Any
) -> None:
    async with log.store.transaction() as db:
        await statements.add_event(db, kind, request_id, take_id, by, detail)


async def add_notes(log: RequestLog, many: int, user: str, text: str) -> None:
    """Of take `T1`."""
    async with log.store.transaction() as db:
        for n in range(many):
            await db.execute(
                "INSERT INTO notes (id, request_id, take_id, user_id, at, text, spoken,"
                " answered_by) VALUES (?, 'R1', 'T1', ?, '', ?, '', '')", f"C1.{n}", user, text,
            )  # fmt: skip


async def notes_of(log: RequestLog, request_id: str = "R1") -> list[Note]:
    """With words, as people read them."""
    return list((await ReviewLog(log.store).notes(request_id, 0, most=1_000)).shown)


async def some_are_blanked(log: RequestLog, many: int) -> None:
    """Waits until not all of so many notes have words. Raises AssertionError if none has then."""
    left = many
    while left == many:
        await asyncio.sleep(0.001)
        [row] = await log.store.query("SELECT count(*) AS many FROM notes WHERE text <> ''")
        left = row["many"]
    assert left, "all were blanked at once"


async def events_of(log: RequestLog, request_id: str) -> list[dict[str, Any]]:
    """What happened to a request, the first event first."""
    rows = await log.store.query(
        "SELECT * FROM events WHERE request_id = ? ORDER BY seq", request_id
    )
    return [{**row, "detail": json.loads(row["detail"])} for row in rows]


async def nothing_owed(location: Location, seconds: float = PATIENCE) -> None:
    """Waits until the bot owes no message anymore. Raises TimeoutError."""
    log = await RequestLog.open(location)
    try:
        async with asyncio.timeout(seconds):
            while await log.store.query("SELECT 1 FROM owed_messages WHERE shown <> wanted"):  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
    finally:
        await log.close()


def explain_all(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each query from here on is explained, too, and its plan added to this list."""
    plans: list[str] = []
    query = sqlite.SqliteStore.query

    async def explained(
        store: sqlite.SqliteStore, sql: str, *values: Any, for_update: bool = False
    ) -> list[dict[str, Any]]:
        rows = await query(store, f"EXPLAIN QUERY PLAN {sql}", *values)
        plans.extend(row["detail"] for row in rows)
        return await query(store, sql, *values)

    monkeypatch.setattr(sqlite.SqliteStore, "query", explained)
    return plans
