"""DBOS itself: its queues, and the workflows that it runs for Jobs.

Importing DBOS takes most of the bot's start, so only a thread of Jobs.start imports this module.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, _dbos

from bot.jobs.database import database, find_jobs, launching, migrate_postgres, queue_errors
from bot.jobs.recovery import UNLIMITED
from bot.jobs.serializer import json_only
from bot.jobs.wakeful import WakefulEvents

# The same in all releases. By default DBOS uses a hash of the code and runs only jobs of that
# version, so every deploy would strand the jobs of the previous release.
VERSION = "1"
RENDERS = "renders"  # the queue with MAX_RENDERS slots
ACTIVE = ["PENDING", "ENQUEUED", "DELAYED"]
POLL_SECONDS = 1.0  # after which DBOS sees what other processes have enqueued
# Alone, it is woken for all that is enqueued, and a look takes 2 ms of CPU.
ALONE_POLL_SECONDS = 5.0
STOP_POLL_SECONDS = 0.05  # a stop waits for a thread of DBOS to poll once more
# DBOS gives each queue that it takes jobs from a thread of this name.
WORKERS = (f"queue-worker-{RENDERS}", f"queue-worker-{UNLIMITED}")
THREADS = 16  # by default DBOS uses one thread per waiting job

Workflow = Callable[..., Coroutine[Any, Any, None]]


class DbosQueue:
    def __init__(self, location: Path | str) -> None:
        """`location` as for Jobs. Blocks, and raises ConfigurationError if it can't be used."""
        self._location = location
        self._database = database(location)
        if engine := self._database.get("system_database_engine"):
            # Otherwise the launch does it in the event loop, which then stands still until other
            # hosts have done the same, and until transactions have ended that may be its own.
            with launching(location):
                migrate_postgres(engine)
        self._workflows: dict[str, Workflow] = {}
        self._putting = asyncio.Lock()
        self.wake: Callable[[], None] = lambda: None  # DBOS takes from its queues at once

    async def launch(
        self,
        host: str,
        workflows: dict[str, Callable[[str], Awaitable[None]]],
        *,
        renders: bool,
        max_renders: int,
        is_shared: bool,
    ) -> None:
        """Launches DBOS in the running loop, to run `workflows`, which get the ID of their job.

        `is_shared`: other hosts have jobs in this database, too.
        """
        dbos = DBOS(
            config=DBOSConfig(
                **self._database,
                name="avatar",
                serializer=json_only(),
                application_version=VERSION,
                executor_id=host,
                max_executor_threads=THREADS,
                notification_listener_polling_interval_sec=STOP_POLL_SECONDS,
                log_level="WARNING",
            )
        )
        self._workflows = {name: _workflow(name, run) for name, run in workflows.items()}
        # By default DBOS starts a thread for each queue, and for each schedule, that is in the
        # database. Whoever can write there could have it start thousands, or run jobs without end.
        DBOS.listen_queues([RENDERS, UNLIMITED] if renders else [])
        _dbos.dynamic_scheduler_loop = _run_no_schedules  # type: ignore[attr-defined, assignment]
        stops = WakefulEvents(WORKERS, None if is_shared else ALONE_POLL_SECONDS)
        dbos.background_thread_stop_events, self.wake = stops, stops.wake
        with launching(self._location):
            DBOS.launch()
            await DBOS.register_queue_async(
                RENDERS,
                worker_concurrency=max_renders,
                # The limit is that of the Segmind account, so all hosts share it.
                global_concurrency=max_renders if is_shared else None,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
            await DBOS.register_queue_async(UNLIMITED, polling_interval_sec=POLL_SECONDS)
        self.wake()  # for what was enqueued before the start

    def takes_jobs(self) -> bool:
        return WORKERS[0] in {thread.name for thread in threading.enumerate()}

    async def put(
        self, workflow: str, job_id: str, take_id: str, priority: int = 1, *, paid: bool
    ) -> None:
        """Once for each `job_id`, however often it is called. Raises JobQueueUnavailable.

        `paid`: it waits for no slot.
        """
        queue = UNLIMITED if paid else RENDERS

        async def put() -> None:
            # One at a time: writers that wait for each other in SQLite do so for longer each time.
            async with self._putting:
                await enqueue()

        async def enqueue() -> None:
            with queue_errors(), SetWorkflowID(job_id), SetEnqueueOptions(priority=priority):
                # Workers of an earlier release, during a deploy, read the take from the argument.
                await DBOS.enqueue_workflow_async(queue, self._workflows[workflow], take_id)

        # In a separate context, because DBOS records what a job enqueues as a step of that job.
        await asyncio.create_task(put(), context=Context())
        self.wake()

    async def active(self, workflow: str) -> list[str]:
        """The IDs of all such jobs that run or are enqueued. Raises JobQueueUnavailable."""
        jobs = await find_jobs(lambda job: job.status.in_(ACTIVE) & (job.name == workflow))
        return [job.job_id for job in jobs]

    async def has_ended(self, job_id: str) -> bool:
        """Raises JobQueueUnavailable."""
        found = await find_jobs(lambda job: job.workflow_uuid == job_id)
        return any(job.status not in ACTIVE for job in found)

    def close(self) -> None:
        """Ends the threads of DBOS, so call it in a thread that is not one of them."""
        DBOS.destroy(destroy_registry=True)
        if engine := self._database.get("system_database_engine"):  # DBOS did not open it
            # A thread of DBOS may still have a connection, and give it back later.
            sa.event.listen(engine, "checkin", _close)
            engine.dispose()


def _workflow(name: str, run: Callable[[str], Awaitable[None]]) -> Workflow:
    @DBOS.workflow(name=name)
    async def workflow(*_: object) -> None:
        await run(str(DBOS.workflow_id))

    return workflow


def _run_no_schedules(*_: object) -> None:
    """The bot has none: what must come again is in handlers/schedule.py."""


def _close(connection: Any, _record: object) -> None:
    if connection is not None:
        connection.close()
