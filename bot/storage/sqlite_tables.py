"""Opens the SQLite file of the request log and brings its tables up to date.

sqlite-utils keeps the names of the migrations that were applied, so `sqlite-utils` and Datasette
can open the file, too.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

from bot.storage.migrations import MIGRATIONS
from bot.storage.steps import ColumnType, NewColumn, PerStore, Step, Table
from bot.storage.tables import refuse_newer, view_sql

BUSY_TIMEOUT_MS = 2000

TYPES: dict[ColumnType, type] = {str: str, int: int, int | None: int, float | None: float}
NEW_COLUMN_TYPES: dict[ColumnType, str] = {
    str: "TEXT NOT NULL DEFAULT ''",
    int: "INTEGER NOT NULL DEFAULT 0",
    int | None: "INTEGER",
    float | None: "REAL",
}


def open_database(path: Path) -> Database:
    """Opens or creates the file. Raises OSError, sqlite3.Error, and what `refuse_newer` raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = Database(path)
    try:
        set_busy_timeout(db)
        db.enable_wal()
        db.execute("PRAGMA synchronous = FULL")  # it is about money: a commit survives a power cut
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")  # words that are deleted leave no trace in the file
        db.execute("BEGIN IMMEDIATE")  # two processes may start at once
        _migrate(db)
        db.commit()
    except BaseException:
        db.close()
        raise
    return db


def set_busy_timeout(db: Database, milliseconds: int = BUSY_TIMEOUT_MS) -> None:
    """How long a statement waits for the write of another process before it fails."""
    db.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _migrate(db: Database) -> None:
    migrations = Migrations("avatar")
    for name, steps in MIGRATIONS.items():

        @migrations(name=name)
        def _apply_all(db: Database, steps: tuple[Step, ...] = steps) -> None:
            for step in steps:
                _apply(db, step)

    refuse_newer("DATA_DIR", [migration.name for migration in migrations.applied(db)])
    migrations.apply(db)
    db.create_view("request_log", view_sql(), replace=True)


def _apply(db: Database, step: Step) -> None:
    match step:
        case Table():
            db.table(step.name).create(
                {name: TYPES[kind] for name, kind in step.columns.items()},
                pk=step.key[0] if len(step.key) == 1 else step.key,
                not_null=[name for name, kind in step.columns.items() if isinstance(kind, type)],
                foreign_keys=[(name, other, "id") for name, other in step.references.items()],
                strict=True,
            )
        case NewColumn():
            kind = NEW_COLUMN_TYPES[step.type]
            db.execute(f'ALTER TABLE {step.table} ADD COLUMN "{step.name}" {kind}')
        case PerStore():
            for statement in _statements(step.sqlite):
                db.execute(statement)
        case str():
            db.execute(step)


def _statements(script: str) -> Iterator[str]:
    """One by one, because `executescript` would commit what was migrated so far."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
