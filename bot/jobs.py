"""The durable job engine: DBOS Transact. The only file that knows it.

A take is one workflow of plain async steps. The engine's part is to run them in order, to hold the
queue, and to start them again after a crash; what has happened stands in the request log, which
every step reads first. So a step may run twice, and a lost engine file loses nothing.
"""

import asyncio
import logging
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import event

from bot.errors import ConfigurationError

log = logging.getLogger(__name__)

# Ours, so that a deploy does not strand the jobs of the version before: by default it is a hash
# of the code. Raised only when the order of the steps changes.
WORKFLOWS_VERSION = "1"
RENDERS = "renders"  # holds MAX_RENDERS at once
SETTLEMENTS = "settlements"  # waits for Segmind's history; holds no render back
QUEUE_POLL_SECONDS = 0.1  # enqueue → start: 76 ms instead of 0.5 s

Step = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Steps:
    """What a take goes through. Each reads the log, does its part, and writes the log."""

    submit: Step
    follow: Step
    deliver: Step
    settle: Step
    # The boundary: whatever a step raised becomes a state of the take and a sentence.
    fail: Callable[[str, Exception], Awaitable[None]]


class Jobs:
    def __init__(self, path: Path, *, max_renders: int) -> None:
        self._path = path
        self._max_renders = max_renders
        self._running: set[asyncio.Task[None]] = set()
        self._undivided: set[object] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    async def start(self, steps: Steps) -> None:
        """Launches the engine in the running loop; jobs that a crash interrupted go on."""
        check_sqlite()
        DBOS(
            config=DBOSConfig(
                name="avatar",
                system_database_url=f"sqlite:///{self._path}",
                system_database_engine=_engine(self._path),
                application_version=WORKFLOWS_VERSION,
                executor_id=os.environ.get("DYNO", "avatar"),
                max_executor_threads=16,  # unbounded otherwise: a thread for each waiting job
                notification_listener_polling_interval_sec=0.2,  # a stop waits for its last look
                log_level="WARNING",
            )
        )
        self._register(steps)
        DBOS.launch()
        _log_with_us()
        await DBOS.register_queue_async(
            RENDERS,
            worker_concurrency=self._max_renders,
            polling_interval_sec=QUEUE_POLL_SECONDS,
            on_conflict="always_update",
        )
        await DBOS.register_queue_async(SETTLEMENTS, polling_interval_sec=1.0)

    def _register(self, steps: Steps) -> None:
        # Functions of their own: the engine marks them, and a bound method takes no mark.
        @DBOS.step(name="submit")
        async def submit(take_id: str) -> None:
            await steps.submit(take_id)

        @DBOS.step(name="follow", preemptible=True)
        async def follow(take_id: str) -> None:
            await steps.follow(take_id)

        @DBOS.step(name="deliver")
        async def deliver(take_id: str) -> None:
            await steps.deliver(take_id)

        @DBOS.step(name="fail")
        async def fail(take_id: str, error: Exception) -> None:
            await steps.fail(take_id, error)

        @DBOS.step(name="settle", preemptible=True)
        async def settle(take_id: str) -> None:
            await steps.settle(take_id)

        @DBOS.workflow(name="render")
        async def render(take_id: str) -> None:
            self._keep_task()
            try:
                await submit(take_id)
                await follow(take_id)
                await deliver(take_id)
            except Exception as error:  # noqa: BLE001  the one boundary of the jobs
                await fail(take_id, error)
            # From here and not from a step: only a workflow may start another one.
            await self._settle_later(take_id)

        @DBOS.workflow(name="settle")
        async def settlement(take_id: str) -> None:
            self._keep_task()
            await settle(take_id)

        self._render, self._settlement = render, settlement

    async def render(self, take_id: str, run: int) -> None:
        """Puts a take into the queue. The same take and run again is harmless."""
        with SetWorkflowID(f"{take_id}.{run}"):
            await DBOS.enqueue_workflow_async(RENDERS, self._render, take_id)

    async def _settle_later(self, take_id: str) -> None:
        """Looks for the true cost of a take, beside everything else: it holds no render back."""
        with SetWorkflowID(f"{DBOS.workflow_id}.settle"):
            await DBOS.enqueue_workflow_async(SETTLEMENTS, self._settlement, take_id)

    @asynccontextmanager
    async def undivided(self) -> AsyncIterator[None]:
        """An act that a stop waits for: a submission and its answer, a delivery.

        Once the stop has begun none starts any more: it waits here for the next start.
        """
        if self._stopping:
            await asyncio.Event().wait()
        act = object()
        self._undivided.add(act)
        self._idle.clear()
        try:
            yield
        finally:
            self._undivided.discard(act)
            if not self._undivided:
                self._idle.set()

    async def stop(self, seconds: float) -> None:
        """Gives undivided acts so long to end; everything else goes on at the next start."""
        self._stopping = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
        await self._cancel()  # first: a job must not meet an engine that is gone
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        await self._cancel()  # what its queue started in between

    async def _cancel(self) -> None:
        """The engine writes nothing down for a cancelled task, so its job goes on at the start."""
        for task in set(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _keep_task(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _log_with_us() -> None:
    """The engine prints by a handler of its own; here its lines go where all others go."""
    engine = logging.getLogger("dbos")
    engine.handlers.clear()
    engine.propagate = True


def _engine(path: Path) -> sa.Engine:
    """WAL: more than twice the enqueues a second. FULL: a checkpoint outlives a power cut."""
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


def check_sqlite() -> None:
    """The engine's schema needs SQLite 3.42 where Python is 3.12 or newer (seen, dbos 3.4)."""
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise ConfigurationError(
            "Python",
            f"{sys.version_info.major}.{sys.version_info.minor} comes with SQLite "
            f"{sqlite3.sqlite_version}, which is too old for the job engine: "
            "use Python 3.11, or a Python built with SQLite 3.42 or newer.",
        )
