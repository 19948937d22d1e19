"""The request log in Postgres: for more than one machine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum
from functools import lru_cache
from typing import Any

import psycopg

from bot.errors import ConfigurationError
from bot.storage.postgres_connections import Connection, Pool, open_pool, unreachable
from bot.storage.postgres_tables import bring_up_to_date
from bot.storage.store import NotUnique, Row

EnsureLease = Callable[[], Awaitable[None]] | None


class PostgresStatements:
    """One connection; see `Statements`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def query(self, sql: str, *values: Any, lock: bool = False) -> list[Row]:
        locked = f"{sql} FOR UPDATE" if lock else sql
        cursor = await self._connection.execute(_marks(locked), [*map(_plain, values)])
        return await cursor.fetchall()

    async def one_at_a_time(self, what: str) -> None:
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [what])

    async def execute(self, sql: str, *values: Any) -> int:
        try:
            cursor = await self._connection.execute(_marks(sql), [*map(_plain, values)])
        except psycopg.errors.UniqueViolation as error:
            raise NotUnique(error.diag.constraint_name) from None
        return cursor.rowcount


class PostgresStore:
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, pool: Pool, ensure_lease: EnsureLease) -> None:
        self._pool = pool
        self._ensure_lease = ensure_lease

    async def query(self, sql: str, *values: Any, lock: bool = False) -> list[Row]:
        async with self._pool.connection() as connection:
            return await PostgresStatements(connection).query(sql, *values, lock=lock)

    async def execute(self, sql: str, *values: Any) -> int:
        async with self.writing() as statements:
            return await statements.execute(sql, *values)

    @asynccontextmanager
    async def writing(self, *, hurried: bool = False) -> AsyncIterator[PostgresStatements]:
        """No loop stands still for the server's locks, `hurried` or not."""
        async with self._pool.connection() as connection:
            if self._ensure_lease:
                await self._ensure_lease()
            async with connection.transaction():
                yield PostgresStatements(connection)

    async def close(self) -> None:
        await self._pool.close()


async def open_postgres(url: str, ensure_lease: EnsureLease) -> PostgresStore:
    """Raises ConfigurationError about DATABASE_URL."""
    pool = await open_pool(url)
    try:
        async with pool.connection() as connection:
            await bring_up_to_date(connection)
    except ConfigurationError:
        await pool.close()
        raise
    except psycopg.Error as error:
        await pool.close()
        raise unreachable(url, error) from None
    return PostgresStore(pool, ensure_lease)


@lru_cache(maxsize=256)
def _marks(sql: str) -> str:
    """The driver's marks: https://www.psycopg.org/psycopg3/docs/basic/params.html"""
    return sql.replace("%", "%%").replace("?", "%s")


def _plain(value: Any) -> Any:
    """As SQLite takes it by itself: an enumeration by its value, a flag as a number."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")  # text in Postgres cannot hold it
    return value
