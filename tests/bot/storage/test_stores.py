"""What differs between the stores, a file and a server, and that their tables do not."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from psycopg import sql

from bot.domain.parameters import Parameters
from bot.domain.takes import Take
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.storage.migrations import MIGRATIONS
from bot.storage.postgres_connections import connect
from bot.storage.sqlite import FAIL_FAST_SECONDS, LOCKED_SECONDS, SqliteStore, open_sqlite
from bot.storage.sqlite_tables import open_database
from bot.storage.steps import ColumnType, NewColumn
from tests.support.processes.postgres import PostgresServer
from tests.support.request_log import add_request

TABLES = ("requests", "takes", "events", "reviews", "notes", "reviewers", "request_log")
NEWER = (
    "{} holds a request log of a newer version of this bot (0999_later): "
    "update the bot, or restore the backup from before that update."
)
KINDS = {"text": "TEXT", "bigint": "INTEGER", "double precision": "REAL"}


async def test_the_file_is_durable(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "avatar.db")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    for pragma, value in wanted.items():
        assert await store.query(f"PRAGMA {pragma}") == [{pragma: value}]
    await store.close()


async def test_a_probe_of_a_locked_file_does_not_block_the_event_loop(tmp_path: Path) -> None:
    log = await RequestLog.open(tmp_path / "avatar.db")
    with closing(sqlite3.connect(tmp_path / "avatar.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        assert await log.trouble() == "cannot be written to: database is locked"
        assert monotonic() - began < LOCKED_SECONDS / 2
        other.rollback()
    assert await log.trouble() == ""
    await log.close()


async def test_a_file_that_is_locked_for_seconds_does_not_block_the_event_loop(
    tmp_path: Path,
) -> None:
    log = await RequestLog.open(tmp_path / "avatar.db")
    set_ts = "UPDATE requests SET card_ts = ?"

    async def in_transaction() -> None:
        async with log.store.transaction() as db:
            await db.execute(set_ts, "2")

    async def quickly() -> None:
        async with log.store.unflushed() as db:
            await db.execute(set_ts, "3")

    with closing(sqlite3.connect(tmp_path / "avatar.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [
            asyncio.ensure_future(w) for w in (in_transaction(), log.store.execute(set_ts, "1"))
        ]
        longest, ends_at = 0.0, monotonic() + LOCKED_SECONDS / 4
        while monotonic() < ends_at:
            began = monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, monotonic() - began)
        assert longest < LOCKED_SECONDS / 2
        began = monotonic()
        quick = [quickly() for _ in range(60)]
        found = await asyncio.gather(*quick, return_exceptions=True)
        assert all(isinstance(one, sqlite3.OperationalError) for one in found)
        assert monotonic() - began < 60 * FAIL_FAST_SECONDS / 2
        assert not any(one.done() for one in waiting)
        other.rollback()
        await asyncio.gather(*waiting)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await in_transaction()
        other.rollback()
    await log.close()


async def test_without_wal_a_write_waits_for_a_reader(tmp_path: Path) -> None:
    """Some network drives have no WAL mode: there, a commit waits until nobody reads."""
    store = open_sqlite(tmp_path / "avatar.db")
    assert await store.query("PRAGMA journal_mode = DELETE") == [{"journal_mode": "delete"}]
    add = "INSERT INTO limits VALUES (?, '', 1.0, '', '')"
    with closing(sqlite3.connect(tmp_path / "avatar.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM limits").fetchall()
        waiting = asyncio.create_task(store.execute(add, "1"))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            async with store.transaction() as db:
                await db.execute(add, "2")
        other.rollback()
        assert await waiting == 1
        async with store.transaction() as db:  # none was left open
            await db.execute(add, "3")
        rows = other.execute("SELECT kind FROM limits ORDER BY kind").fetchall()
        assert rows == [("1",), ("3",)]
    await store.close()


async def test_an_admin_can_open_the_file_with_any_tool(tmp_path: Path) -> None:
    await (await RequestLog.open(tmp_path / "avatar.db")).close()
    with closing(sqlite3.connect(tmp_path / "avatar.db")) as db:
        assert db.execute("SELECT count(*) FROM request_log").fetchone() == (0,)


async def test_a_location_that_cannot_hold_the_log_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        await RequestLog.open(tmp_path / "file" / "avatar.db")
    (tmp_path / "avatar.db").write_text("not a database, but long enough to look like a file")
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        await RequestLog.open(tmp_path / "avatar.db")


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("postgresql://avatar:hush@127.0.0.1:1/avatar", "127.0.0.1"),
        ("postgresql://avatar:hush@[/avatar", "not a valid postgresql:// URL"),
    ],
)
async def test_an_unreachable_server_is_reported_without_its_password(url: str, part: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await RequestLog.open(url)
    assert caught.value.setting == "DATABASE_URL"
    assert part in caught.value.sentence
    assert "hush" not in caught.value.sentence


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_a_database_that_cannot_hold_all_characters_is_reported(
    postgres: PostgresServer, encoding: str
) -> None:
    name = f"in_{encoding.lower()}"
    create = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0"
    async with await psycopg.AsyncConnection.connect(postgres.database(), autocommit=True) as any_:
        await any_.execute(sql.SQL(create))
    with pytest.raises(ConfigurationError, match=f"in {encoding}, which can't hold all"):
        await RequestLog.open(postgres.url(name))


async def test_the_machine_may_prefer_another_encoding(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    log = await RequestLog.open(postgres.log_database())
    assert await log.store.query("SELECT '日本' AS said") == [{"said": "日本"}]
    await log.close()


async def test_a_missing_database_is_reported(postgres: PostgresServer) -> None:
    with pytest.raises(ConfigurationError, match=r'"elsewhere" does not exist\. Check'):
        await RequestLog.open(postgres.url("elsewhere"))


async def test_a_log_of_a_newer_version_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "avatar.db"
    await (await RequestLog.open(path)).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('avatar', '0999_later', ''), ('somebody else', '0001_theirs', '')"
        )
        db.execute("DROP VIEW request_log")  # the newer version may have another one
        db.commit()
    with pytest.raises(ConfigurationError) as caught:
        await RequestLog.open(path)
    assert caught.value.sentence == NEWER.format("DATA_DIR")
    with closing(sqlite3.connect(path)) as db:
        assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'request_log'").fetchall()


async def test_a_postgres_of_a_newer_version_is_refused(postgres: PostgresServer) -> None:
    url = postgres.database()
    await (await RequestLog.open(url)).close()
    async with await connect(url) as connection:
        await connection.execute("INSERT INTO migrations (name) VALUES ('0999_later')")
    with pytest.raises(ConfigurationError) as caught:
        await RequestLog.open(url)
    assert caught.value.sentence == NEWER.format("DATABASE_URL")


async def test_both_stores_have_the_same_tables(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.database()
    await (await RequestLog.open(url)).close()
    with closing(open_database(tmp_path / "avatar.db").conn) as file:
        for table in TABLES:
            rows = file.execute(f"PRAGMA table_info({table})").fetchall()
            in_file = {row[1]: (row[2], bool(row[3])) for row in rows}
            in_postgres = await columns(url, table)
            assert [*in_postgres] == [*in_file]
            assert in_postgres == in_file or table == "request_log"  # a view's have no types
        rows = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql <> ''"
            " AND tbl_name <> '_sqlite_migrations'"
        ).fetchall()
    # That of scripts is a table in SQLite.
    assert await indexes(url) == {name for (name,) in rows} | {"takes_words"}


async def test_a_new_column_is_defined_once_for_both_stores(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    for location in (url, tmp_path / "avatar.db"):
        log = await RequestLog.open(location)
        await add_request(log)
        await log.close()
    added: dict[str, ColumnType] = {
        "language": str, "cuts": int, "views": int | None, "loudness": float | None,
    }  # fmt: skip
    steps = tuple(NewColumn("takes", name, kind) for name, kind in added.items())
    monkeypatch.setitem(MIGRATIONS, "0999_later", steps)
    for location in (url, tmp_path / "avatar.db"):
        log = await RequestLog.open(location)
        [row] = await log.store.query(f"SELECT {', '.join(added)} FROM takes")
        assert row == {"language": "", "cuts": 0, "views": None, "loudness": None}
        await log.close()
    with closing(open_database(tmp_path / "avatar.db").conn) as file:
        rows = file.execute("PRAGMA table_info(takes)").fetchall()
    assert {row[1]: (row[2], bool(row[3])) for row in rows} == await columns(url, "takes")


async def test_no_query_reads_every_event_or_note(tmp_path: Path) -> None:
    db = open_database(tmp_path / "avatar.db")
    reviews, queries = ReviewLog(SqliteStore(db)), list[str]()
    db.conn.set_trace_callback(queries.append)
    await reviews.unfinished_shares(since="2026", before="2027")
    await reviews.requests_changed_since("2026")
    await reviews.shares("T1")
    await reviews.requesters(Take("T1", "R1", 1, Parameters()))
    db.conn.set_trace_callback(None)
    assert len(queries) == 7
    plans = [row[3] for sql in queries for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert [step for step in plans if step in ("SCAN events", "SCAN notes")] == []
    db.close()


async def columns(url: str, table: str) -> dict[str, tuple[str, bool]]:
    """Name -> SQLite's name of the type, and whether it refuses NULL."""
    sql = """
        SELECT attname AS name, attnotnull OR typnotnull AS required,
            format_type(CASE typtype WHEN 'd' THEN typbasetype ELSE pg_type.oid END, NULL) AS kind
        FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
    async with await connect(url) as connection:
        rows = await (await connection.execute(sql, [table])).fetchall()
    return {row["name"]: (KINDS[row["kind"]], row["required"]) for row in rows}


async def indexes(url: str) -> set[str]:
    sql = """SELECT indexname FROM pg_indexes
        WHERE schemaname = 'avatar' AND indexname NOT LIKE '%pkey'"""
    async with await connect(url) as connection:
        return {row["indexname"] for row in await (await connection.execute(sql)).fetchall()}


async def test_rows_come_one_by_one_also_while_others_are_written(log: RequestLog) -> None:
    for number in (1, 2, 3):
        await add_request(log, number)
    found = []
    async for row in log.store.each("SELECT id FROM takes WHERE number = ? ORDER BY id", 1):
        found.append(row)
        await log.update(row["id"], error="Changed.")
    assert found == [{"id": "T1"}, {"id": "T2"}, {"id": "T3"}]


async def test_a_long_query_is_read_aside(log: RequestLog) -> None:
    await add_request(log, 1)
    count = "SELECT count(*) AS many FROM takes WHERE number >= ?"
    assert await log.store.query_aside(count, 1) == [{"many": 1}]
    assert await log.store.query_aside(count, 2) == [{"many": 0}]
