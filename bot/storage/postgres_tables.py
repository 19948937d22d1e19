"""Brings the tables of the request log in Postgres up to date, in the schema `avatar`."""

import hashlib

from bot.storage.migrations import MIGRATIONS
from bot.storage.postgres_connections import SCHEMA, Connection
from bot.storage.steps import ColumnType, NewColumn, PerStore, Step, Table
from bot.storage.tables import refuse_newer, view_sql

ADVISORY_LOCK = 0x617661746172  # "avatar"

TYPES: dict[ColumnType, str] = {
    str: "words",  # a domain of text that is never NULL; see the first migration
    int: "bigint NOT NULL",
    int | None: "bigint",
    float | None: "double precision",
}
DEFAULTS: dict[ColumnType, str] = {str: "DEFAULT ''", int: "DEFAULT 0"}


async def migrate(connection: Connection) -> None:
    """Raises what `refuse_newer` raises, and the driver's own errors."""
    async with connection.transaction():
        # Two processes may start at once.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = await (await connection.execute("SELECT name FROM migrations")).fetchall()
        applied = {row["name"] for row in rows}
        refuse_newer("DATABASE_URL", applied)
        for name, steps in MIGRATIONS.items():
            if name not in applied:
                for step in steps:
                    await connection.execute(_sql(step))
                await connection.execute("INSERT INTO migrations (name) VALUES (%s)", [name])
        await _create_view(connection)


def _sql(step: Step) -> str:
    match step:
        case Table():
            parts = [_column(step, name, kind) for name, kind in step.columns.items()]
            parts.append(f"PRIMARY KEY ({', '.join(step.key)})")
            return f"CREATE TABLE {step.name} ({', '.join(parts)})"
        case NewColumn():
            kind = f"{TYPES[step.type]} {DEFAULTS.get(step.type, '')}"
            return f'ALTER TABLE {step.table} ADD COLUMN "{step.name}" {kind}'
        case PerStore():
            return step.postgres
        case str():
            return step


def _column(table: Table, name: str, kind: ColumnType) -> str:
    if kind is int and table.key == (name,):  # as in SQLite, where such a key numbers the rows
        return f"{name} bigint GENERATED ALWAYS AS IDENTITY"
    references = f" REFERENCES {table.references[name]} (id)" if name in table.references else ""
    return f'"{name}" {TYPES[kind]}{references}'


async def _create_view(connection: Connection) -> None:
    """Only if it has changed: a new view would lose the rights that were granted on the old one.

    The comment on the view holds a hash of its SQL.
    """
    sql = view_sql()
    digest = hashlib.sha256(sql.encode()).hexdigest()
    found = await connection.execute(
        "SELECT obj_description(to_regclass('request_log'), 'pg_class') AS digest"
    )
    row = await found.fetchone()
    if row and row["digest"] == digest:
        return
    await connection.execute("DROP VIEW IF EXISTS request_log")
    await connection.execute(f"CREATE VIEW request_log AS {sql}")
    await connection.execute(f"COMMENT ON VIEW request_log IS '{digest}'")
