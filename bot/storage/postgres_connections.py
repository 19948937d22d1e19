"""Connections to the Postgres at DATABASE_URL: for the request log, the job queue and its hosts.

The URL may name several hosts, of which only one can be written to. After a failover, a session on
the server that was demoted still answers, but is read-only: then it is replaced.
"""

import logging
import re
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
CONNECT_SECONDS = 10  # for all hosts of the URL together
MIN_CONNECT_SECONDS = 2  # for each of them: libpq has no shorter timeout
# A host that freezes in the middle of a transaction must not keep its locks forever.
# https://www.postgresql.org/docs/current/runtime-config-client.html
_IDLE_TIMEOUT = "SET idle_in_transaction_session_timeout TO '10s'"
# Without `public`, where anybody may make an operator that runs their code as the bot.
# https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS
_SEARCH = "SET search_path TO {}"
_ASYNC: dict[str, Any] = {"row_factory": dict_row, "autocommit": True}  # transactions are explicit
_IS_READ_ONLY = "SHOW transaction_read_only"
# Without these, a connection whose packets are lost would hang for two hours.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
KEEPALIVES = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",  # ms
}
NOT_UTF8 = (
    "is a database in {}, which can't hold all characters. Create another one: "
    "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
)
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
        kwargs={**_ASYNC, **_options(url)},
        min_size=1,
        max_size=POOL_SIZE,
        timeout=POOL_TIMEOUT_SECONDS,
        configure=_configure,
        check=_check,
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
        connection = await Connection.connect(url, **_ASYNC, **_options(url))
        await _configure(connection)
    except psycopg.Error as error:
        raise unreachable(url, error) from None
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        await connection.close()
        raise ConfigurationError("DATABASE_URL", NOT_UTF8.format(encoding))
    return connection


def connect_blocking(url: str) -> psycopg.Connection:
    """One connection for the job queue, which does not use asyncio. Raises psycopg.Error.

    DBOS names the schema of its tables itself.
    """
    connection = psycopg.connect(url, autocommit=True, **_options(url))
    connection.execute(_SEARCH.format("pg_catalog"))
    connection.execute(_IDLE_TIMEOUT)
    connection.autocommit = False
    return connection


def is_writable(connection: psycopg.Connection) -> bool:
    """Whether the server answers and can be written to."""
    try:
        connection.autocommit = True  # so that no transaction begins
        row = connection.execute(_IS_READ_ONLY).fetchone()
        connection.autocommit = False
    except psycopg.Error:
        return False
    return row == ("off",)


async def _check(connection: Connection) -> None:
    """Raises psycopg.Error, and closes the connection, if it cannot be written to."""
    row = await (await connection.execute(_IS_READ_ONLY)).fetchone()
    if row is None or row["transaction_read_only"] != "off":
        await connection.close()  # otherwise the pool would keep it
        raise psycopg.errors.ReadOnlySqlTransaction("this server is read-only")


def unreachable(url: str, error: psycopg.Error) -> ConfigurationError:
    """Quotes the driver, which knows the reason, but leaves out the password."""
    reason = _reason(error)
    fix = "Check that the server is running and that the URL is right."
    if "read-only" in reason:
        fix = "After a failover, wait for the new primary, or name its host in the URL as well."
    try:
        password = conninfo_to_dict(url).get("password")
    except psycopg.Error:
        reason, password = "it is not a valid postgresql:// URL", None
    if password:
        reason = reason.replace(str(password), "…")
    return ConfigurationError("DATABASE_URL", f"cannot be used: {reason.rstrip('.')}. {fix}")


def _reason(error: psycopg.Error) -> str:
    """In the driver's words, once for each host, without the hints that it indents."""
    lines = [line for line in str(error).splitlines() if not line.startswith("\t")]
    said = " ".join(" ".join(lines).rpartition("All failures were:")[2].split())
    parts = re.split(r"(?:- host: \S+ port: \S+ hostaddr: \S+ )?connection failed: ", said)
    return "; ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _options(url: str) -> dict[str, Any]:
    hosts = str(conninfo_to_dict(url).get("host") or "").count(",") + 1
    return {
        # A new connection only goes to a server that can be written to.
        # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
        "target_session_attrs": "read-write",
        "connect_timeout": max(MIN_CONNECT_SECONDS, CONNECT_SECONDS // hosts),
        "application_name": "avatar",
        "client_encoding": "UTF8",  # whatever PGCLIENTENCODING says on this machine
        **KEEPALIVES,
    }


async def _configure(connection: Connection) -> None:
    await connection.execute(_SEARCH.format(SCHEMA))
    # It is about money: a commit survives a crash of the server, whatever its default is.
    await connection.execute("SET synchronous_commit TO on")
    await connection.execute(_IDLE_TIMEOUT)
