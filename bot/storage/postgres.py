"""The request log in Postgres, for a bot on more than one machine."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from functools import lru_cache
from typing import Any

import psycopg

from bot.errors import ConfigurationError
from bot.storage.postgres_connections import Connection, Pool, open_pool, unreachable
from bot.storage.postgres_tables import migrate
from bot.storage.store import Row, UniqueViolation
from bot.storage.words import in_postgres

EnsureLease = Callable[[], Awaitable[None]] | None


class PostgresTransaction:
    """SQL on one connection; see `Transaction`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def query(self, sql: str, *values: Any, for_update: bool = False) -> list[Row]:
        sql = f"{sql} FOR UPDATE" if for_update else sql
        cursor = await self._connection.execute(_placeholders(sql), [*map(_to_driver, values)])
        return await cursor.fetchall()

    async def lock(self, name: str) -> None:
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])

    async def execute(self, sql: str, *values: Any) -> int:
        try:
            cursor = await self._connection.execute(_placeholders(sql), [*map(_to_driver, values)])
        except psycopg.errors.UniqueViolation as error:
            raise UniqueViolation(error.diag.constraint_name) from None
        return cursor.rowcount


class PostgresStore:
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, pool: Pool, ensure_lease: EnsureLease) -> None:
        self._pool = pool
        self._ensure_lease = ensure_lease

    async def query(self, sql: str, *values: Any, for_update: bool = False) -> list[Row]:
        async with self._pool.connection() as connection:
            return await PostgresTransaction(connection).query(sql, *values, for_update=for_update)

    async def each(self, sql: str, *values: Any) -> AsyncIterator[Row]:
        # With a name and `withhold`, the server keeps the rows, and nothing is locked meanwhile:
        # whoever reads them may pause, as a pager does.
        async with (
            self._pool.connection() as connection,
            connection.cursor("each", withhold=True) as cursor,
        ):
            async with connection.transaction():
                await cursor.execute(_placeholders(sql), [*map(_to_driver, values)])
            async for row in cursor:
                yield row

    query_aside = query

    async def execute(self, sql: str, *values: Any) -> int:
        async with self.transaction() as transaction:
            return await transaction.execute(sql, *values)

    @asynccontextmanager
    async def transaction(self, *, fail_fast: bool = False) -> AsyncIterator[PostgresTransaction]:
        """`fail_fast` changes nothing: waiting for the server never blocks the event loop."""
        async with self._pool.connection() as connection:
            if self._ensure_lease:
                await self._ensure_lease()
            async with connection.transaction():
                yield PostgresTransaction(connection)

    @asynccontextmanager
    async def unflushed(self) -> AsyncIterator[PostgresTransaction]:
        async with self.transaction() as transaction:
            await transaction.execute("SET LOCAL synchronous_commit TO off")
            yield transaction

    def takes_with(self, words: Sequence[str]) -> tuple[str, str]:
        return in_postgres(words)

    async def purge(self) -> None:
        """Nothing to do: the server cleans up by itself."""

    async def close(self) -> None:
        await self._pool.close()


async def open_postgres(url: str, ensure_lease: EnsureLease) -> PostgresStore:
    """Raises ConfigurationError about DATABASE_URL."""
    pool = await open_pool(url)
    try:
        async with pool.connection() as connection:
            await migrate(connection)
    except ConfigurationError:
        await pool.close()
        raise
    except psycopg.Error as error:
        await pool.close()
        raise unreachable(url, error) from None
    return PostgresStore(pool, ensure_lease)


@lru_cache(maxsize=256)
def _placeholders(sql: str) -> str:
    """`?` as the driver wants it: https://www.psycopg.org/psycopg3/docs/basic/params.html"""
    return sql.replace("%", "%%").replace("?", "%s")


def _to_driver(value: Any) -> Any:
    """A value as SQLite would store it: an enumeration by its value, a flag as a number."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")  # Postgres cannot store it in text
    return value
