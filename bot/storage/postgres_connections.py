"""Connections to the Postgres at DATABASE_URL, for the request log and for the job hosts."""

import logging
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.errors import ConfigurationError

Connection = psycopg.AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]

SCHEMA = "avatar"  # the job engine has its own, `dbos`
POOL_SIZE = 5
CONNECT_SECONDS = 10
# A host that freezes in the middle of a transaction must not keep its locks forever.
# https://www.postgresql.org/docs/current/runtime-config-client.html
IDLE_TIMEOUT = "10s"
# Without these, a connection whose packets are lost would hang for two hours.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
KEEPALIVES = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",  # ms
}
# While the database is down, work waits this long for a connection before it fails.
POOL_TIMEOUT_SECONDS = 300.0


async def open_pool(url: str) -> Pool:
    """Raises ConfigurationError about DATABASE_URL if no database answers there."""
    # Connect once without the pool: the pool would only report a timeout, not the reason.
    await (await connect(url)).close()
    # The pool logs every failed attempt; whoever waits for a connection logs the failure once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    pool: Pool = AsyncConnectionPool(
        url,
        connection_class=Connection,
        kwargs=_options(),
        min_size=1,
        max_size=POOL_SIZE,
        timeout=POOL_TIMEOUT_SECONDS,
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=CONNECT_SECONDS)
    except PoolTimeout:
        await pool.close()
        raise ConfigurationError("DATABASE_URL", "is answering too slowly.") from None
    return pool


async def connect(url: str) -> Connection:
    """One connection, which the caller closes. Raises ConfigurationError about DATABASE_URL."""
    try:
        connection = await Connection.connect(url, **_options())
        await _configure(connection)
    except psycopg.Error as error:
        raise unreachable(url, error) from None
    return connection


def unreachable(url: str, error: psycopg.Error) -> ConfigurationError:
    """Quotes the driver, which knows the reason, but leaves out the password."""
    reason = " ".join(str(error).split())
    try:
        password = conninfo_to_dict(url).get("password")
    except psycopg.Error:
        reason, password = "it is not a valid postgresql:// URL", None
    if password:
        reason = reason.replace(str(password), "…")
    return ConfigurationError(
        "DATABASE_URL",
        f"cannot be used: {reason if reason[-1:] in ('.', '?') else f'{reason}.'} "
        "Fix the URL, or remove it to use DATA_DIR.",
    )


def _options() -> dict[str, Any]:
    return {
        "row_factory": dict_row,
        "autocommit": True,  # transactions are started explicitly
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "avatar",
        **KEEPALIVES,
    }


async def _configure(connection: Connection) -> None:
    await connection.execute(f"SET search_path TO {SCHEMA}")
    # It is about money: a commit survives a crash of the server, whatever its default is.
    await connection.execute("SET synchronous_commit TO on")
    await connection.execute(f"SET idle_in_transaction_session_timeout TO '{IDLE_TIMEOUT}'")
