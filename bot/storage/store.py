"""What the request log asks of a database: plain SQL with `?` marks, and write transactions.

Two stand behind it: `sqlite_store.py` and `postgres_store.py`. The SQL is the same text for both.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Row = dict[str, Any]


class NotUnique(ValueError):
    """A unique index refuses the row."""


class Statements(Protocol):
    async def query(self, sql: str, *values: Any, lock: bool = False) -> list[Row]:
        """`lock`: the rows stay as they are until the end of this transaction."""

    async def execute(self, sql: str, *values: Any) -> int:
        """How many rows it changed. Raises NotUnique."""


class Transaction(Statements, Protocol):
    async def one_at_a_time(self, what: str) -> None:
        """No other transaction gets past this, of `what`, until the end of this one."""


class Store(Statements, Protocol):
    errors: tuple[type[Exception], ...]  # what its driver raises

    def writing(self, *, hurried: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction: all of it or nothing, and on disk when it ends.

        `hurried`: better none than one for which the event loop has to stand still.
        """

    async def close(self) -> None: ...
