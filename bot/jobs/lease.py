"""This process among the others on one Postgres: who lives, and who takes over from the dead.

Each process writes a beat every few seconds. Whoever gets an advisory lock strikes the silent ones
off and hands their jobs on, inside one transaction. A process that was silent itself (stopped,
suspended, cut off) must do no harm when it goes on: past `sure_seconds` after its last beat it
waits before each act, until it has beaten again, and when it finds itself struck off it ends.
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

import psycopg
from psycopg.rows import DictRow

from bot.errors import ConfigurationError
from bot.storage.postgres_connections import Connection, connect

log = logging.getLogger(__name__)

TABLE = """
    CREATE TABLE IF NOT EXISTS hosts (
        name text PRIMARY KEY, version text NOT NULL, beat_at timestamptz NOT NULL,
        renders boolean NOT NULL DEFAULT true, place text NOT NULL DEFAULT ''
    );
    ALTER TABLE hosts ADD COLUMN IF NOT EXISTS renders boolean NOT NULL DEFAULT true;
    ALTER TABLE hosts ADD COLUMN IF NOT EXISTS place text NOT NULL DEFAULT ''"""
# Keys of advisory locks: one for whoever leads, and a class of them, one a place.
LEADING = 0x617661746173
PLACES = 0x61766174
LEAVE_SECONDS = 1.0  # the driver takes some more to give a query up


@dataclass(frozen=True, slots=True)
class Pulse:
    """In seconds. A process has to stop acting (`sure`) well before others take over (`dead`)."""

    beat_seconds: float = 5.0
    sure_seconds: float = 15.0
    dead_seconds: float = 30.0


# Called with how many processes render, whenever that is looked at.
Share = Callable[[int], None]
# Called with the names of those who live, and the versions of the workflows that they run.
HandOn = Callable[[frozenset[str], frozenset[str]], Awaitable[None]]


class Hosts:
    """`join`, then `keep_beating` as a task, then `leave`."""

    def __init__(
        self, url: str, pulse: Pulse | None = None, *, renders: bool = True, share: Share
    ) -> None:
        """`share`: the budget of requests is the key's, so those who render share it."""
        self._url = url
        self._pulse = pulse or Pulse()
        self._renders = renders
        self._share = share
        self.place = os.environ.get("DYNO") or socket.gethostname()
        self.name = ""
        self.evicted = asyncio.Event()
        self._connection: Connection | None = None
        self._last_beat: float | None = None
        self._beating_since = 0.0
        self._looked = -inf
        self._beaten = asyncio.Event()

    async def join(self, version: str) -> str:
        """The name of this process, a new one each time: what the last one here left is handed on.

        The place is what the platform calls it. Whoever has the lock on that is the only one there,
        so the one before is dead, and nobody need wait for its silence.
        """
        self.name = f"{self.place}-{secrets.token_hex(4)}"
        connection = await self._connect()
        if not await self._take_place(connection):
            self.place = ""  # two processes on one machine
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LEADING])
            await connection.execute(TABLE)
            await connection.execute(
                "DELETE FROM hosts WHERE place = %s AND place <> ''", [self.place]
            )
            # Under the lock: nobody counts the dead between this and our first job.
            await connection.execute(
                "INSERT INTO hosts (name, version, beat_at, renders, place)"
                " VALUES (%s, %s, now(), %s, %s)",
                [self.name, version, self._renders, self.place],
            )
        await self._count(connection)
        self._felt(monotonic())
        return self.name

    async def keep_beating(self, hand_on: HandOn) -> None:
        """Until it is cancelled, or this process is struck off.

        `hand_on` is called in the one process that leads: at its start, when another one is struck
        off, and once in a while, since somebody may have died in the middle of it.
        """
        while not self.evicted.is_set():
            try:
                async with asyncio.timeout(self._pulse.sure_seconds):
                    await self._beat()
                    if not self.evicted.is_set():
                        await self._lead(hand_on)
            except (psycopg.Error, ConfigurationError, TimeoutError) as error:
                log.warning("no beat: %r", error)
                await self._disconnect()
            await asyncio.sleep(self._pulse.beat_seconds)

    async def ensure_lease(self) -> None:
        """Returns while nobody can have taken over from this process; otherwise waits."""
        while not self._is_sure():
            await self._beaten.wait()

    async def leave(self) -> None:
        """The others need not wait for the silence."""
        try:
            if self._connection is not None and not self.evicted.is_set():
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._connection.execute(
                        "UPDATE hosts SET beat_at = '-infinity' WHERE name = %s", [self.name]
                    )
        except (psycopg.Error, TimeoutError) as error:
            log.warning("left without a word: %r", error)
        await self._disconnect()

    async def _beat(self) -> None:
        began = monotonic()  # the beat counts from before it was sent
        connection = await self._connect()
        beat = await connection.execute(
            "UPDATE hosts SET beat_at = now() WHERE name = %s", [self.name]
        )
        if not beat.rowcount:
            self._evict()
            return
        self._felt(began)
        await self._count(connection)

    async def _count(self, connection: Connection) -> None:
        counted = await connection.execute(
            "SELECT count(*) AS many FROM hosts WHERE renders AND beat_at > '-infinity'"
        )
        row = await counted.fetchone()
        assert row is not None  # a count always answers
        self._share(max(1, row["many"]))

    def _felt(self, began: float) -> None:
        if not self._is_sure() or self._last_beat is None:
            self._beating_since = began
        self._last_beat = began
        self._beaten.set()
        self._beaten = asyncio.Event()

    def _is_sure(self) -> bool:
        if self.evicted.is_set():
            return False
        return self._last_beat is None or monotonic() - self._last_beat < self._pulse.sure_seconds

    def _evict(self) -> None:
        log.error("this process was silent for too long: others have taken over its jobs")
        self.evicted.set()

    async def _lead(self, hand_on: HandOn) -> None:
        connection = await self._connect()
        now, dead_seconds = monotonic(), self._pulse.dead_seconds
        # After a time without the database everybody looks dead: first let them beat again.
        seasoned = now - self._beating_since > dead_seconds
        async with connection.transaction():
            tried = await connection.execute(
                "SELECT pg_try_advisory_xact_lock(%s) AS mine", [LEADING]
            )
            if not await _is_mine(tried):
                return
            died = await connection.execute(
                "DELETE FROM hosts WHERE beat_at = '-infinity'"
                " OR (%s AND beat_at < now() - make_interval(secs => %s)) RETURNING name",
                [seasoned, dead_seconds],
            )
            for row in await died.fetchall():
                log.info("%s is gone", row["name"])
            if not died.rowcount and now - self._looked < dead_seconds:
                return
            self._looked = now
            rows = await (await connection.execute("SELECT name, version FROM hosts")).fetchall()
            await hand_on(
                frozenset(row["name"] for row in rows), frozenset(row["version"] for row in rows)
            )

    async def _connect(self) -> Connection:
        """A connection of our own, which holds the lock on our place as long as it stands."""
        if self._connection is None:
            self._connection = await connect(self._url)
            if self._last_beat is not None and self.place:
                # If somebody came there while we were cut off, our row is gone: the beat sees it.
                await self._take_place(self._connection)
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _take_place(self, connection: Connection) -> bool:
        tried = await connection.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s)) AS mine", [PLACES, self.place]
        )
        return await _is_mine(tried)


async def _is_mine(tried: psycopg.AsyncCursor[DictRow]) -> bool:
    row = await tried.fetchone()
    return bool(row and row["mine"])
