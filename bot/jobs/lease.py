"""This process's lease on its jobs, where several hosts share one Postgres.

Every host writes a heartbeat. Whichever of them holds an advisory lock leads: it evicts hosts that
have been silent for too long, and their jobs go back to the queue. A host that was silent itself
(suspended, or cut off from the network) must do no harm when it wakes up. So its lease runs out
well before others may evict it, it waits before every act until it has a lease again, and it exits
once it has been evicted.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any, LiteralString

import psycopg

from bot.errors import ConfigurationError
from bot.storage.postgres_connections import Connection, connect

log = logging.getLogger(__name__)

# A slot is called `place` in the table. `version` is only read by releases that kept the results
# of single steps in the engine, and took over such jobs only from hosts of the same version.
TABLE = """
    CREATE TABLE IF NOT EXISTS hosts (
        name text PRIMARY KEY, version text NOT NULL, beat_at timestamptz NOT NULL,
        renders boolean NOT NULL DEFAULT true, place text NOT NULL DEFAULT ''
    );
    ALTER TABLE hosts ADD COLUMN IF NOT EXISTS renders boolean NOT NULL DEFAULT true;
    ALTER TABLE hosts ADD COLUMN IF NOT EXISTS place text NOT NULL DEFAULT '';
    ALTER TABLE hosts ADD COLUMN IF NOT EXISTS bot text NOT NULL DEFAULT ''"""
# An ALTER TABLE waits for whoever reads the table, such as a backup, and all heartbeats for that.
IS_TABLE_CURRENT = """
    SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('hosts') AND attname = 'bot'"""
# Earlier releases didn't say whose they are.
OTHER_BOT = """
    SELECT name FROM hosts WHERE bot NOT IN ('', %s)
    AND beat_at > now() - make_interval(secs => %s)"""
ANOTHER_DATABASE = (
    "is in use by the bot of another Slack app or workspace. Each needs a database of its own: "
    "they would take each other's jobs, with their own keys."
)
HEARTBEAT = """
    UPDATE hosts SET beat_at = now() WHERE name = %s
    RETURNING (SELECT count(*) FROM hosts WHERE renders AND beat_at > '-infinity')"""
# Keys of advisory locks: one key for the leader, and one class of keys for all slots.
LEADER_LOCK = 0x617661746173
SLOT_LOCKS = 0x61766174
LEAVE_SECONDS = 1.0  # the driver takes a little longer to give up on a query


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """Eviction must come well after the end of the lease: by then the host has stopped acting."""

    heartbeat_seconds: float = 5.0  # between two heartbeats
    lease_seconds: float = 15.0  # of silence, after which a host stops acting
    eviction_seconds: float = 30.0  # of silence, after which the others take over its jobs


class HostLease:
    """`claim`, `join`, then `keep_alive` as a task, then `leave`."""

    def __init__(
        self,
        url: str,
        times: LeaseTimes | None = None,
        *,
        renders: bool = True,
        slot: str = "",
        on_host_count: Callable[[int], None],
    ) -> None:
        """`slot`: what the platform calls this process, the same after a restart.

        `on_host_count` is called at every heartbeat with the number of hosts that render: they
        share the rate limit of the Segmind key.
        """
        self._url = url
        self._times = times or LeaseTimes()
        self._renders = renders
        self._slot = slot or os.environ.get("DYNO") or socket.gethostname()
        self._on_host_count = on_host_count
        self.name = f"{self._slot}-{secrets.token_hex(4)}"
        self._bot = ""
        self.evicted = asyncio.Event()
        self._connection: Connection | None = None
        self._has_slot = False
        self._last_heartbeat = inf  # so before `join` nothing waits for a lease
        self._steady_since = inf  # heartbeats have come in time since then
        self._renewed = asyncio.Event()

    async def claim(self, bot: str) -> None:
        """Before this process changes anything. `bot`: whose database this is, in Slack.

        Raises ConfigurationError if hosts of another bot are alive.
        """
        self._bot = bot
        connection = await self._connect()
        if await _value(connection, IS_TABLE_CURRENT):
            await self._refuse_others(connection)

    async def _refuse_others(self, connection: Connection) -> None:
        if await _value(connection, OTHER_BOT, self._bot, self._times.eviction_seconds):
            raise ConfigurationError("DATABASE_URL", ANOTHER_DATABASE)

    async def join(self) -> str:
        """Registers this process; returns its name, which is a new one for each process.

        Only one process can hold the lock on a slot. So a predecessor in the same slot is dead, and
        its jobs need not wait until it is evicted for its silence.
        """
        connection = await self._connect()
        if not self._has_slot:
            self._slot = ""  # a second process on this machine
        async with connection.transaction():
            # The leader, too, would otherwise take our first jobs for a dead host's.
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LEADER_LOCK])
            if not await _value(connection, IS_TABLE_CURRENT):
                await connection.execute(TABLE)
            await self._refuse_others(connection)
            await connection.execute(
                "DELETE FROM hosts WHERE place = %s AND place <> ''", [self._slot]
            )
            await connection.execute(
                "INSERT INTO hosts (name, version, beat_at, renders, place, bot)"
                " VALUES (%s, '1', now(), %s, %s, %s)",
                [self.name, self._renders, self._slot, self._bot],
            )
        self._steady_since = monotonic()
        await self._send_heartbeat()
        return self.name

    async def keep_alive(self, recover: Callable[[frozenset[str]], Awaitable[None]]) -> None:
        """Sends heartbeats until it is cancelled or this process is evicted.

        `recover` is called in the leading host, with the names of all hosts that are alive.
        """
        while not self.evicted.is_set():
            try:
                async with asyncio.timeout(self._times.lease_seconds):
                    await self._send_heartbeat()
                    if not self.evicted.is_set():
                        await self._lead(recover)
            except Exception as error:  # noqa: BLE001  without heartbeats this host stands still
                log.warning("no heartbeat: %r", error)
                await self._disconnect()
            await asyncio.sleep(self._times.heartbeat_seconds)

    async def ensure_lease(self) -> None:
        """Returns at once while no other host can have taken over; otherwise waits for a lease."""
        while not self._is_valid():
            await self._renewed.wait()

    async def leave(self) -> None:
        """Lets the others take over at once."""
        try:
            if self._connection is not None and not self.evicted.is_set():
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._connection.execute(
                        "UPDATE hosts SET beat_at = '-infinity' WHERE name = %s", [self.name]
                    )
        except (psycopg.Error, TimeoutError) as error:
            log.warning("the other hosts were not told that this one stops: %r", error)
        await self._disconnect()

    async def _send_heartbeat(self) -> None:
        sent_at = monotonic()  # the answer may be late, so the lease counts from here
        connection = await self._connect()
        rendering = await _value(connection, HEARTBEAT, self.name)
        if rendering is None:
            log.error("this host was silent for too long: others have taken over its jobs")
            self.evicted.set()
            return
        if not self._is_valid():
            self._steady_since = sent_at
        self._last_heartbeat = sent_at
        self._renewed.set()
        self._renewed = asyncio.Event()
        self._on_host_count(max(1, rendering))

    def _is_valid(self) -> bool:
        silent_seconds = monotonic() - self._last_heartbeat
        return not self.evicted.is_set() and silent_seconds < self._times.lease_seconds

    async def _lead(self, recover: Callable[[frozenset[str]], Awaitable[None]]) -> None:
        connection = await self._connect()
        # After an outage of the database all hosts look silent: first let them send heartbeats.
        eviction_seconds = self._times.eviction_seconds
        evicts = monotonic() - self._steady_since > eviction_seconds
        async with connection.transaction():
            if not await _value(connection, "SELECT pg_try_advisory_xact_lock(%s)", LEADER_LOCK):
                return
            await connection.execute(
                "DELETE FROM hosts WHERE beat_at = '-infinity'"
                " OR (%s AND beat_at < now() - make_interval(secs => %s))",
                [evicts, eviction_seconds],
            )
            alive = await (await connection.execute("SELECT name FROM hosts")).fetchall()
            await recover(frozenset(row["name"] for row in alive))

    async def _connect(self) -> Connection:
        """A connection for the lock alone, which lasts as long as its session."""
        if self._connection is None:
            self._connection = await connect(self._url)
            # Another process may have taken the slot while this one had no connection. Then the
            # row of this one is gone, and the next heartbeat finds that out.
            sql = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
            self._has_slot = await _value(self._connection, sql, SLOT_LOCKS, self._slot)
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def _value(connection: Connection, sql: LiteralString, *values: object) -> Any:
    """The first column of the first row; None if there is no row."""
    row = await (await connection.execute(sql, values)).fetchone()
    return next(iter(row.values())) if row else None
