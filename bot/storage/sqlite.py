"""The request log in one SQLite file, through sqlite-utils: the default.

SQLite is called directly in the event loop, without a thread: a transaction takes microseconds, and
because nothing is awaited inside it, no other task of this process can run between its statements.
Only while another program has locked the file is it awaited that this ends: before the transaction.
The connection belongs to the thread that opened it.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.errors import ConfigurationError
from bot.storage.sqlite_tables import open_database, set_busy_timeout
from bot.storage.store import Row, UniqueViolation
from bot.storage.words import in_sqlite

T = TypeVar("T")
log = logging.getLogger(__name__)

# How long a statement waits for another program that has locked the file, and a probe.
LOCKED_SECONDS, FAIL_FAST_SECONDS = 2.0, 0.05
TRY_SECONDS = 0.02  # between two tries


class SqliteStore:
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, db: Database) -> None:
        self._db = db
        set_busy_timeout(db, 0)  # SQLite itself would stop the event loop meanwhile

    async def _unlocked(self, act: Callable[[], T], seconds: float = LOCKED_SECONDS) -> T:
        """Does it, and outside a transaction waits so long at most if the file is locked."""
        ends_at = 0.0
        while True:
            is_part = self._db.conn.in_transaction
            try:
                return act()
            except sqlite3.Error as error:
                if is_part:
                    raise
                if self._db.conn.in_transaction:  # a single statement, whose commit failed
                    self._db.rollback()
                ends_at = ends_at or monotonic() + seconds
                if not _is_locked(error) or monotonic() > ends_at:
                    raise
            await asyncio.sleep(TRY_SECONDS)

    async def query(self, sql: str, *values: Any, for_update: bool = False) -> list[Row]:
        # `Database.query` would open a savepoint for each query: three statements, not one.
        return list(_rows(await self._unlocked(lambda: self._db.execute(sql, values))))

    async def each(self, sql: str, *values: Any) -> AsyncIterator[Row]:
        for row in _rows(await self._unlocked(lambda: self._db.execute(sql, values))):
            yield row

    async def query_aside(self, sql: str, *values: Any) -> list[Row]:
        [(_, _, path)] = self._db.execute("PRAGMA database_list").fetchall()
        return await asyncio.to_thread(_query, Path(path), sql, values)

    async def lock(self, name: str) -> None:
        """Nothing to do: in SQLite there is only one write transaction at a time."""

    async def execute(self, sql: str, *values: Any) -> int:
        return await self._unlocked(lambda: self._change(sql, values))

    def _change(self, sql: str, values: Sequence[Any]) -> int:
        try:
            return self._db.execute(sql, values).rowcount
        except sqlite3.IntegrityError as error:
            if "UNIQUE" in str(error):
                raise UniqueViolation(str(error)) from None
            raise

    @asynccontextmanager
    async def transaction(self, *, fail_fast: bool = False) -> AsyncIterator["SqliteStore"]:
        await self._unlocked(self._begin, FAIL_FAST_SECONDS if fail_fast else LOCKED_SECONDS)
        with self._transaction():
            yield self

    @asynccontextmanager
    async def unflushed(self) -> AsyncIterator["SqliteStore"]:
        await self._unlocked(self._begin_unflushed, FAIL_FAST_SECONDS)
        try:
            with self._transaction():
                yield self
        finally:
            self._db.execute("PRAGMA synchronous = FULL")

    def _begin(self) -> None:
        # IMMEDIATE takes the write lock now, so what it reads cannot change before it writes.
        self._db.execute("BEGIN IMMEDIATE")

    def _begin_unflushed(self) -> None:
        # In WAL mode a commit is then a write to the file without fsync.
        self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            self._begin()
        except sqlite3.Error:  # while this one waits, others are flushed
            self._db.execute("PRAGMA synchronous = FULL")
            raise

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            yield
            self._commit()  # if it fails, the transaction is still open
        except BaseException:
            self._db.rollback()
            raise

    def _commit(self) -> None:
        try:
            self._db.commit()
        except sqlite3.Error as error:
            if not _is_locked(error):
                raise
            # Where there is no WAL mode, as on some network drives, a reader locks the file, too.
            # This blocks the event loop, since no other task may run before the end.
            set_busy_timeout(self._db)
            try:
                self._db.commit()
            finally:
                set_busy_timeout(self._db, 0)

    def takes_with(self, words: Sequence[str]) -> tuple[str, str]:
        return in_sqlite(words)

    async def purge(self) -> None:
        """The log of changes (WAL) keeps them until it is written over, which may take days."""
        ends_at = monotonic() + LOCKED_SECONDS
        while monotonic() < ends_at:
            [(is_busy, *_)] = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if not is_busy:
                break
            await asyncio.sleep(TRY_SECONDS)

    async def close(self) -> None:
        self._db.close()


def _is_locked(error: sqlite3.Error) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)  # Python's own errors have none
    return code & 0xFF == sqlite3.SQLITE_BUSY


def _rows(cursor: sqlite3.Cursor) -> Iterator[Row]:
    names = [column[0] for column in cursor.description]
    while True:
        try:
            for row in cursor:
                yield dict(zip(names, row, strict=True))
            return
        except sqlite3.OperationalError as error:
            if cursor.connection.text_factory is _readable or "UTF-8" not in str(error):
                raise
            # Somebody else has written it. This row is read again, and all later ones, too.
            log.warning("the request log holds text that isn't UTF-8: it is shown with “\ufffd”")
            cursor.connection.text_factory = _readable


def _readable(text: bytes) -> str:
    return text.decode(errors="replace")


def _query(path: Path, sql: str, values: Sequence[Any]) -> list[Row]:
    """On a connection of its own, for a thread."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return list(_rows(db.execute(sql, values)))


def open_sqlite(path: Path) -> SqliteStore:
    """Raises ConfigurationError about DATA_DIR if the file cannot be used."""
    try:
        return SqliteStore(open_database(path))
    except (OSError, sqlite3.Error) as error:
        why = f"cannot hold the request log {path}: {error}."
        raise ConfigurationError("DATA_DIR", why) from None
