"""The database of the job queue: the Postgres of DATABASE_URL, or else an SQLite file."""

import asyncio
import logging
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOSConfig
from dbos import error as dbos_errors
from dbos._dbos import _get_dbos_instance
from dbos._sys_db import SystemDatabase, db_retry
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError

from bot.errors import ConfigurationError, JobQueueUnavailable
from bot.jobs.serializer import json_only

Where = Callable[[Any], sa.ColumnElement[bool]]  # by the columns of a table

POSTGRES_CONNECTIONS = 5  # of each process; small plans allow 20 in all
LOCKED_SECONDS = 20.0  # at most, at the start: a backup may be reading the file


def database(location: Path | str) -> DBOSConfig:
    """The part of the configuration that says where the queue is.

    `location`: a file, or the URL of a Postgres. Raises ConfigurationError about the file.
    """
    if isinstance(location, str):
        return {"system_database_engine": postgres_engine(location)}
    check_sqlite()
    check_file(location)
    # Not by hand: a folder may have a % or ? in its name.
    address = sa.URL.create("sqlite", database=str(location))
    return {"system_database_url": address.render_as_string()}


def postgres_engine(url: str) -> sa.Engine:
    """Like the pool of the request log, it only gives connections to a server that is writable.

    DBOS would keep those to a server that was demoted, which still answers.
    """
    # Not at the top: it needs the driver, which is there only for those who use Postgres.
    from bot.storage import postgres_connections as postgres

    engine = sa.create_engine(
        "postgresql+psycopg://",
        # SQLAlchemy reads URLs otherwise than libpq does, for instance those with several hosts.
        creator=lambda: postgres.connect_blocking(url),
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
    )

    @event.listens_for(engine, "checkout")
    def _writable(connection: Any, _record: object, _proxy: object) -> None:
        if not postgres.is_writable(connection):
            raise DisconnectionError  # SQLAlchemy opens another one

    return engine


def migrate_postgres(engine: sa.Engine) -> None:
    """Blocks. `DBOS.migrate` would do the same, but takes only a URL as SQLAlchemy reads it."""
    SystemDatabase.create(
        system_database_url=str(engine.url),
        engine_kwargs={},
        engine=engine,
        schema="dbos",
        serializer=json_only(),
        executor_id=None,
    ).run_migrations()


def check_file(path: Path) -> None:
    """Creates the file if it is missing. Raises ConfigurationError if it cannot be used."""
    try:
        with closing(sqlite3.connect(path, timeout=LOCKED_SECONDS)) as db:
            # DBOS keeps this mode, in which more than twice as many jobs are enqueued a second.
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("BEGIN IMMEDIATE")  # fails where the file is read-only
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise _unusable(path, found)


@contextmanager
def launching(location: Path | str) -> Iterator[None]:
    """Around the launch of DBOS, which migrates its tables.

    Raises ConfigurationError when these are not the tables of DBOS, or not of its version.
    """
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.CRITICAL)  # it prints a traceback of what it raises, too
    try:
        yield
    except (dbos_errors.DBOSException, SQLAlchemyError) as error:
        reason = f"its tables are not those of the job queue ({_reason(error)})"
        if isinstance(location, str):
            if isinstance(error, OperationalError):  # the server failed; SQLite says it of tables
                reason = _reason(error)
            raise ConfigurationError("DATABASE_URL", f"cannot be used: {reason}.") from None
        raise _unusable(location, reason) from None
    finally:
        logger.setLevel(logging.WARNING)
        logger.handlers.clear()  # its lines go where all others go
        logger.propagate = True


@contextmanager
def queue_errors() -> Iterator[None]:
    """The one place where errors of DBOS and its database become an error of ours."""
    try:
        yield
    except (dbos_errors.DBOSException, SQLAlchemyError) as error:
        raise JobQueueUnavailable(_reason(error)) from error


@dataclass(frozen=True, slots=True)
class Job:
    job_id: str
    status: str
    host: str | None


async def find_jobs(where: Where, *, most: int | None = None) -> list[Job]:
    """The jobs that `where` selects by the columns of DBOS's table. Raises JobQueueUnavailable.

    DBOS itself decodes whole rows. One that it can't read, which anybody who can write to the
    database may leave there, would hide all others, and end the heartbeat of a host.
    """

    def find() -> list[Job]:
        database = _get_dbos_instance()._sys_db
        columns = database.tables.workflow_status.c
        ours = database._name_filter(columns.application_name, database.app_name)
        query = sa.select(columns.workflow_uuid, columns.status, columns.executor_id)
        query = query.where(ours, where(columns)).order_by(columns.created_at).limit(most)

        @db_retry(sys_db=database)
        def read() -> list[Job]:
            with database._observability_query() as connection:
                rows = connection.execute(query).all()
            # SQLite keeps what has another type, or none.
            return [Job(*row) for row in rows if isinstance(row[0], str)]

        return read()

    with queue_errors():
        return await asyncio.to_thread(find)


def _reason(error: Exception) -> str:
    """In the words of the driver, without the SQL, on one line."""
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())


def _unusable(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        "DATA_DIR",
        f"cannot hold the job queue {path}: {reason}. Fix that, or move {path.name} away and "
        "restart: the request log knows every unfinished video, and all of them resume.",
    )


def check_sqlite() -> None:
    """DBOS 3.4 needs SQLite 3.42 on Python 3.12 and newer. Raises ConfigurationError."""
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise ConfigurationError(
            "Python",
            f"{sys.version_info.major}.{sys.version_info.minor} comes with SQLite "
            f"{sqlite3.sqlite_version}, which is too old for the job queue: "
            "use Python 3.11, or a Python built with SQLite 3.42 or newer.",
        )
