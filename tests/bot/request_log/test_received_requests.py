"""Slack's signed requests in the log: once only, for some minutes, and without a wait."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from bot.request_log.log import RequestLog
from bot.request_log.received_requests import ANSWER_SECONDS, ReceivedRequests
from bot.storage.sqlite import SqliteStore
from bot.storage.sqlite_tables import open_database
from tests.support.processes.postgres import PostgresServer

SIGNATURES = "SELECT signature FROM received_requests ORDER BY signature"


@pytest.fixture(params=["SQLite", "Postgres"])
async def log(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    location: Path | str = tmp_path / "avatar.db"
    if request.param == "Postgres":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        location = postgres.database()
    log = await RequestLog.open(location)
    yield log
    await log.close()


async def test_a_request_is_new_once_and_deleted_when_it_has_expired(log: RequestLog) -> None:
    before, after = (ReceivedRequests(log.store, valid_seconds=600) for _ in range(2))
    assert await before.add("v0=a")
    assert not await before.add("v0=a")
    assert not await after.add("v0=a"), "after a restart"
    await after.forget("v0=a")
    assert await after.add("v0=a")
    await log.store.execute(
        "INSERT INTO received_requests (signature, received_at) VALUES (?, ?)",
        *("v0=old", int(time.time()) - 601),
    )
    assert await ReceivedRequests(log.store, valid_seconds=600).add("v0=b")
    assert [row["signature"] for row in await log.store.query(SIGNATURES)] == ["v0=a", "v0=b"]


async def test_each_of_those_that_come_at_once_is_new_once(log: RequestLog) -> None:
    received = ReceivedRequests(log.store, valid_seconds=600)
    signatures = [f"v0={number % 40}" for number in range(50)]
    assert await asyncio.gather(*map(received.add, signatures)) == [True] * 40 + [False] * 10


async def test_those_that_come_at_once_are_written_in_one_transaction(tmp_path: Path) -> None:
    db, statements = open_database(tmp_path / "avatar.db"), list[str]()
    received = ReceivedRequests(SqliteStore(db), valid_seconds=600)
    await received.add("v0=first")  # after which old ones are deleted
    db.conn.set_trace_callback(statements.append)
    assert all(await asyncio.gather(*(received.add(f"v0={number}") for number in range(50))))
    db.conn.set_trace_callback(None)
    assert statements.count("BEGIN IMMEDIATE") == statements.count("COMMIT") == 1
    db.close()


async def test_an_error_hits_those_who_wait_and_nobody_later(log: RequestLog) -> None:
    received = ReceivedRequests(log.store, valid_seconds=600)
    with pytest.raises(UnicodeEncodeError):
        await received.add("\ud800")
    assert await received.add("v0=a")


async def test_whoever_writes_for_others_may_be_cancelled(log: RequestLog) -> None:
    received = ReceivedRequests(log.store, valid_seconds=600)
    first, second = (asyncio.create_task(received.add(one)) for one in ("v0=a", "v0=b"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert await received.add("v0=c")
    assert [row["signature"] for row in await log.store.query(SIGNATURES)] == [
        "v0=a", "v0=b", "v0=c"
    ]  # fmt: skip


async def test_the_log_stays_durable(tmp_path: Path) -> None:
    log = await RequestLog.open(tmp_path / "avatar.db")
    assert await ReceivedRequests(log.store, valid_seconds=600).add("v0=a")
    assert await log.store.query("PRAGMA synchronous") == [{"synchronous": 2}]
    await log.close()


async def test_a_locked_log_delays_no_acknowledgement(tmp_path: Path) -> None:
    log = await RequestLog.open(tmp_path / "avatar.db")
    received = ReceivedRequests(log.store, valid_seconds=600)
    with closing(sqlite3.connect(tmp_path / "avatar.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        assert await received.add("v0=a")
        assert monotonic() - began < 2 * ANSWER_SECONDS
        other.rollback()
    await log.close()


async def test_what_a_locked_log_does_not_take_is_new_once(tmp_path: Path) -> None:
    log = await RequestLog.open(tmp_path / "avatar.db")
    received = ReceivedRequests(log.store, valid_seconds=600)
    assert await received.add("v0=before")
    with closing(sqlite3.connect(tmp_path / "avatar.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        same = await asyncio.gather(*(received.add(one) for one in ("v0=a", "v0=a", "v0=before")))
        assert same == [True, False, False]
        other.rollback()
    assert not await received.add("v0=a")
    await received.forget("v0=a")
    assert await received.add("v0=a")
    await log.close()


async def test_old_ones_that_cannot_be_deleted_let_no_duplicate_through(
    postgres: PostgresServer,
) -> None:
    """As when two processes delete them in different orders, and wait for each other."""
    log = await RequestLog.open(url := postgres.database())
    await log.store.execute("INSERT INTO received_requests VALUES (?, ?)", "v0=old", 1)
    async with await psycopg.AsyncConnection.connect(url) as other:
        await other.execute("SELECT * FROM avatar.received_requests FOR UPDATE")
        before, after = (ReceivedRequests(log.store, valid_seconds=600) for _ in range(2))
        assert await before.add("v0=a")
        assert not await after.add("v0=a")
    await log.close()
