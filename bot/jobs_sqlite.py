"""The SQLite file under the job engine, where there is no DATABASE_URL."""

import sqlite3
import sys
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

from bot.errors import ConfigurationError


def sqlite_engine(path: Path) -> sa.Engine:
    """WAL: more than twice the enqueues a second. FULL: a checkpoint outlives a power cut."""
    engine = sa.create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def check_sqlite() -> None:
    """The engine's schema needs SQLite 3.42 where Python is 3.12 or newer (seen, dbos 3.4)."""
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise ConfigurationError(
            "Python",
            f"{sys.version_info.major}.{sys.version_info.minor} comes with SQLite "
            f"{sqlite3.sqlite_version}, which is too old for the job engine: "
            "use Python 3.11, or a Python built with SQLite 3.42 or newer.",
        )
