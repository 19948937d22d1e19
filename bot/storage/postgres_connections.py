"""Connections to the Postgres of DATABASE_URL, for the log and for the hosts of the jobs."""

import logging
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.errors import ConfigurationError

Connection = psycopg.AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]

SCHEMA = "avatar"  # beside the engine's own, `dbos`
CONNECTIONS = 5
CONNECT_SECONDS = 10
# A host that stops in the middle of a transaction must not hold its locks for good.
# https://www.postgresql.org/docs/current/runtime-config-client.html
IDLE_IN_TRANSACTION = "10s"
# A network that swallows packets is noticed in seconds, not after two hours of silence.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
LOST_NETWORK = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",  # ms
}
# While the database is away, work waits instead of failing.
AWAY_SECONDS = 300.0


async def open_pool(url: str) -> Pool:
    """Raises ConfigurationError about DATABASE_URL when nothing can be reached there."""
    await (await connect(url)).close()  # a pool would only say that it took too long
    # Its own lines would repeat each failed attempt; who waits for a connection says so himself.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    pool: Pool = AsyncConnectionPool(
        url,
        connection_class=Connection,
        kwargs=_options(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=AWAY_SECONDS,
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=CONNECT_SECONDS)
    except PoolTimeout:
        await pool.close()
        raise ConfigurationError("DATABASE_URL", "answers too slowly to start with.") from None
    return pool


async def connect(url: str) -> Connection:
    """One connection of one's own, to be closed. Raises ConfigurationError about DATABASE_URL."""
    try:
        connection = await Connection.connect(url, **_options())
        await _configure(connection)
    except psycopg.Error as error:
        raise unreachable(url, error) from None
    return connection


def unreachable(url: str, error: psycopg.Error) -> ConfigurationError:
    """The driver's own words, which tell more than ours, without the password."""
    said = " ".join(str(error).split())
    try:
        password = conninfo_to_dict(url).get("password")
    except psycopg.Error:
        said, password = "it is no valid postgresql:// address", None
    if password:
        said = said.replace(str(password), "…")
    return ConfigurationError(
        "DATABASE_URL",
        f"cannot be used: {said if said[-1:] in ('.', '?') else f'{said}.'} "
        "Mend the address, or leave it out to use DATA_DIR.",
    )


def _options() -> dict[str, Any]:
    return {
        "row_factory": dict_row,
        "autocommit": True,  # a transaction is begun where one is wanted
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "avatar",
        **LOST_NETWORK,
    }


async def _configure(connection: Connection) -> None:
    await connection.execute(f"SET search_path TO {SCHEMA}")
    # Money is in it: a commit outlives a crash of the server, whatever its default is.
    await connection.execute("SET synchronous_commit TO on")
    await connection.execute(f"SET idle_in_transaction_session_timeout TO '{IDLE_IN_TRANSACTION}'")
