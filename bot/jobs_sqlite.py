"""The SQLite file under the job engine, where there is no DATABASE_URL."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

from bot.errors import ConfigurationError


def sqlite_engine(path: Path) -> sa.Engine:
    """WAL: more than twice the enqueues a second. FULL: a checkpoint outlives a power cut.

    Raises ConfigurationError about DATA_DIR when the file cannot be used.
    """
    _check_file(path)
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


def _check_file(path: Path) -> None:
    """Before the engine sees it, which would print a traceback. Makes the file if it is missing."""
    try:
        with closing(sqlite3.connect(path)) as db:
            db.execute("BEGIN IMMEDIATE")  # for writing
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise ConfigurationError(
            "DATA_DIR",
            f"cannot hold the job queue {path}: {' '.join(found.split())}. Mend that, or move "
            f"{path.name} away: the request log knows what is under way, and all of it goes on.",
        )


def check_sqlite() -> None:
    """The engine's schema needs SQLite 3.42 where Python is 3.12 or newer (seen, dbos 3.4)."""
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise ConfigurationError(
            "Python",
            f"{sys.version_info.major}.{sys.version_info.minor} comes with SQLite "
            f"{sqlite3.sqlite_version}, which is too old for the job engine: "
            "use Python 3.11, or a Python built with SQLite 3.42 or newer.",
        )
