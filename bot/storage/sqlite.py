"""The request log in one SQLite file, through sqlite-utils: the default.

SQLite is called inline, without an `await` that could yield: a transaction of some microseconds
does not disturb the loop, and nothing of ours can come between its statements. The connection
belongs to the thread that opened it.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.errors import ConfigurationError
from bot.storage.sqlite_tables import open_database, wait_for_others
from bot.storage.store import NotUnique, Row

HURRIED_MS = 50  # so long the event loop may stand still


class SqliteStore:
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, db: Database) -> None:
        self._db = db

    async def query(self, sql: str, *values: Any, lock: bool = False) -> list[Row]:
        # Not `Database.query`, which opens a savepoint around each: three statements for one.
        cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    async def one_at_a_time(self, what: str) -> None:
        """All transactions are: see `writing`."""

    async def execute(self, sql: str, *values: Any) -> int:
        try:
            return self._db.execute(sql, values).rowcount
        except sqlite3.IntegrityError as error:
            if "UNIQUE" in str(error):
                raise NotUnique(str(error)) from None
            raise

    @asynccontextmanager
    async def writing(self, *, hurried: bool = False) -> AsyncIterator["SqliteStore"]:
        """IMMEDIATE: what it reads cannot change before it writes."""
        if hurried:
            wait_for_others(self._db, HURRIED_MS)
        try:
            self._db.execute("BEGIN IMMEDIATE")
        finally:
            if hurried:
                wait_for_others(self._db)
        try:
            yield self
        except BaseException:
            self._db.rollback()
            raise
        self._db.commit()

    async def close(self) -> None:
        self._db.close()


def open_sqlite(path: Path) -> SqliteStore:
    """Raises ConfigurationError about DATA_DIR when the file cannot be used."""
    try:
        return SqliteStore(open_database(path))
    except (OSError, sqlite3.Error) as error:
        why = f"cannot hold the request log {path}: {error}."
        raise ConfigurationError("DATA_DIR", why) from None
