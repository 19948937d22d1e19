"""The database under the job engine: a Postgres, or an SQLite file without DATABASE_URL."""

import logging
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOSConfig
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from bot.errors import ConfigurationError

POSTGRES_CONNECTIONS = 5  # of each process; small plans allow 20 in all


def database(place: Path | str) -> DBOSConfig:
    """`place`: a file, or the URL of a Postgres. Raises ConfigurationError about the file."""
    if isinstance(place, str):
        from bot.storage.postgres_connections import (
            KEEPALIVES,  # its driver: only for those who have a Postgres
        )

        url = sa.make_url(place)
        url = url.set(query={**KEEPALIVES, **url.query})
        return DBOSConfig(
            system_database_url=url.render_as_string(hide_password=False),
            sys_db_pool_size=POSTGRES_CONNECTIONS,
            # A host that stops in a transaction must not hold the queue for a minute.
            sys_db_idle_transaction_timeout_sec=10.0,
        )
    check_sqlite()
    return DBOSConfig(
        system_database_url=f"sqlite:///{place}", system_database_engine=sqlite_engine(place)
    )


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
        raise _unusable(path, found)


@contextmanager
def launching(place: Path | str) -> Iterator[None]:
    """Around the engine's launch, which brings its tables up to date.

    Raises ConfigurationError about DATA_DIR where the file `place` has other tables by their names.
    """
    engine = logging.getLogger("dbos")
    engine.addFilter(_is_not_raised_too)
    try:
        yield
    except DBAPIError as error:
        if isinstance(place, str):
            raise
        found = f"its tables are not those of the job engine ({error.orig})"
        raise _unusable(place, found) from None
    finally:
        engine.removeFilter(_is_not_raised_too)


def _is_not_raised_too(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("DBOS failed to launch")


def _unusable(path: Path, found: str) -> ConfigurationError:
    return ConfigurationError(
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
