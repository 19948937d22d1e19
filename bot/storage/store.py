"""What the request log needs from a database: plain SQL with `?` for values, and transactions.

Implemented for SQLite in sqlite.py and for Postgres in postgres.py. Both run the same SQL.
"""

from collections.abc import AsyncIterator, Sequence, Sized
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Row = dict[str, Any]


def placeholders(values: Sized) -> str:
    """One for each value, as IN and VALUES have them: (?, ?, ?)."""
    return f"({', '.join('?' * len(values))})"


class UniqueViolation(ValueError):
    """A unique index refused the row."""


class Database(Protocol):
    async def query(self, sql: str, *values: Any, for_update: bool = False) -> list[Row]:
        """`for_update`: nobody else changes these rows until this transaction ends."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Returns the number of rows that it changed. Raises UniqueViolation."""


class Transaction(Database, Protocol):
    async def lock(self, name: str) -> None:
        """Waits until no other transaction holds the lock `name`; keeps it until this one ends."""


class Store(Database, Protocol):
    errors: tuple[type[Exception], ...]  # what its driver raises

    def each(self, sql: str, *values: Any) -> AsyncIterator[Row]:
        """The rows of a query one by one, where all of them would take too much memory."""

    async def query_aside(self, sql: str, *values: Any) -> list[Row]:
        """Like `query`, for one that takes so long that the event loop must not wait for it."""

    def takes_with(self, words: Sequence[str]) -> tuple[str, str]:
        """SQL that selects as `take_id` the takes whose scripts have these words; see words.py."""

    def transaction(self, *, fail_fast: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction: all of it is on disk when it ends, or nothing.

        `fail_fast`: raises one of `errors` rather than block the event loop for long.
        """

    def unflushed(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that doesn't wait for the disk, and fails fast.

        All processes see its changes at once, and they survive their end, but maybe no power cut.
        """

    async def purge(self) -> None:
        """After a deletion: what was deleted leaves the files of the database, too."""

    async def close(self) -> None: ...
