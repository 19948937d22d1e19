"""The durable job queue, built on DBOS Transact. Only this folder knows DBOS and its errors.

A take is rendered by a job: a DBOS workflow whose ID names the take. DBOS keeps the queues and
runs interrupted jobs again. The results of the steps are in the request log, which every step reads
first. So a job can always run again from the beginning, even with another version of this code, and
losing the queue loses no take.
"""

import asyncio
import logging
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from bot.jobs.database import database, find_jobs, launching, queue_errors, tried_again_later
from bot.jobs.lease import HostLease
from bot.jobs.recovery import UNLIMITED, keep_clean, requeue_orphaned
from bot.jobs.running import RunningJobs
from bot.jobs.serializer import json_only
from bot.jobs.wakeful import make_wakeful
from bot.monitoring.logs import set_log_take

# The same in all releases. By default DBOS uses a hash of the code and runs only jobs of that
# version, so every deploy would strand the jobs of the previous release.
VERSION = "1"
RENDERS = "renders"  # the queue with MAX_RENDERS slots
SETTLE = ".settle"  # ends the ID of the job that looks up what a take cost
ACTIVE = ["PENDING", "ENQUEUED", "DELAYED"]
POLL_SECONDS = 1.0  # after which DBOS sees what other processes have enqueued
STOP_POLL_SECONDS = 0.2  # a stop waits for a thread of DBOS to poll once more
# DBOS gives each queue that it takes jobs from a thread of this name.
WORKERS = (f"queue-worker-{RENDERS}", f"queue-worker-{UNLIMITED}")
THREADS = 16  # by default DBOS uses one thread per waiting job

Step = Callable[[str], Awaitable[None]]
Workflow = Callable[..., Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of rendering a take. Each one reads the log, does its part, and updates the log."""

    submit: Callable[[str], Awaitable[int]]  # 0, or the priority to enqueue the next run with
    follow: Step
    deliver: Step
    settle: Step
    fail: Callable[[str, Exception], Awaitable[None]]  # called with the exception of another step


class Jobs:
    def __init__(
        self,
        location: Path | str,
        *,
        max_renders: int,
        renders: bool = True,
        lease: HostLease | None = None,
    ) -> None:
        """`location`: a file; or the URL of a Postgres, with the `lease` of this host.

        Without `renders` this process only enqueues jobs.
        """
        self._location = location
        self._max_renders = max_renders
        self._renders = renders
        self._lease = lease
        # Other hosts have taken over this host's jobs, so this process must exit.
        self.evicted = lease.evicted if lease else asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._running = RunningJobs()
        self._wake: Callable[[], None] = lambda: None  # DBOS takes from its queues at once
        self._engine: sa.Engine | None = None

    async def start(self, steps: Steps) -> None:
        """Launches DBOS in the running loop. Interrupted jobs run again.

        DBOS would put the jobs of a restarted host back into their queue, where paid ones would
        wait for a slot. So each start uses a new host name and requeues the old jobs itself.
        """
        host = await self._lease.join() if self._lease else secrets.token_hex(4)
        where = database(self._location)
        self._engine = where.get("system_database_engine")
        dbos = DBOS(
            config=DBOSConfig(
                **where,
                name="avatar",
                serializer=json_only(),
                application_version=VERSION,
                executor_id=host,
                max_executor_threads=THREADS,
                notification_listener_polling_interval_sec=STOP_POLL_SECONDS,
                log_level="WARNING",
            )
        )
        self._register(steps)
        if not self._renders:
            DBOS.listen_queues([])
        with launching(self._location):
            DBOS.launch()
            # The queues' event is among these; its place differs from start to start.
            self._wake = make_wakeful(tuple(dbos.background_thread_stop_events), WORKERS)
            await DBOS.register_queue_async(
                RENDERS,
                worker_concurrency=self._max_renders,
                # The limit is that of the Segmind account, so all hosts share it.
                global_concurrency=self._max_renders if self._lease else None,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
            await DBOS.register_queue_async(UNLIMITED, polling_interval_sec=POLL_SECONDS)
        loops = [keep_clean(host, self._running, alone=self._lease is None)]
        if self._lease:
            loops.append(self._lease.keep_alive(requeue_orphaned))
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    def _register(self, steps: Steps) -> None:
        @DBOS.workflow(name="render")
        async def render(*_: object) -> None:
            with self._running.job(job_id := str(DBOS.workflow_id), at_end=self._wake):
                take_id, run = _take_and_run(job_id)
                set_log_take(take_id)
                priority = await _run(steps, take_id)
                with tried_again_later(f"the next job of take {take_id}"):  # for the sweep
                    if priority:  # behind those that come first
                        await self.enqueue(take_id, run + 1, priority)
                    else:
                        await self.look_up_cost(take_id, run)

        @DBOS.workflow(name="settle")
        async def settle(*_: object) -> None:
            with self._running.job(job_id := str(DBOS.workflow_id)):
                set_log_take(take_id := _take_and_run(job_id)[0])
                await steps.settle(take_id)

        self._render, self._settle = render, settle

    async def look_up_cost(self, take_id: str, run: int) -> None:
        """Once for each run, however often it is called. Raises JobQueueUnavailable.

        A separate job, because it waits for hours and must not occupy a slot.
        """
        await self._put(UNLIMITED, self._settle, f"{take_id}.{run}{SETTLE}", take_id)

    async def enqueue(
        self, take_id: str, run: int, priority: int = 1, *, paid: bool = False
    ) -> None:
        """Enqueues a take. A lower priority runs first, and a paid take doesn't wait for a slot.

        Enqueuing the same run twice is harmless. Raises JobQueueUnavailable.
        """
        queue = UNLIMITED if paid else RENDERS
        await self._put(queue, self._render, f"{take_id}.{run}", take_id, priority)

    async def _put(
        self, queue: str, workflow: Workflow, job_id: str, take_id: str, priority: int = 1
    ) -> None:
        async def put() -> None:
            with queue_errors(), SetWorkflowID(job_id), SetEnqueueOptions(priority=priority):
                # Workers of an earlier release, during a deploy, read the take from the argument.
                await DBOS.enqueue_workflow_async(queue, workflow, take_id)

        # In a separate context, because DBOS records what a job enqueues as a step of that job.
        await asyncio.create_task(put(), context=Context())
        self._wake()

    async def unfinished_runs(self) -> frozenset[tuple[str, int]]:
        """(take id, run) of all jobs that run or are enqueued. Raises JobQueueUnavailable."""
        jobs = await find_jobs(status=ACTIVE, name="render")
        return frozenset(_take_and_run(job.workflow_id) for job in jobs)

    async def has_ended(self, take_id: str, run: int) -> bool:
        """Whether the job of that run has ended, well or badly. Raises JobQueueUnavailable."""
        jobs = await find_jobs(workflow_ids=[f"{take_id}.{run}"])
        return any(job.status not in ACTIVE for job in jobs)

    @staticmethod
    def current_run() -> int:
        """The run that the calling step belongs to. If the log has a newer one, it must end."""
        return _take_and_run(str(DBOS.workflow_id))[1]

    @asynccontextmanager
    async def uninterruptible(self) -> AsyncIterator[None]:
        """Protects a submission with its answer, or a delivery: a stop waits until it is done.

        If a stop has already begun, the job waits here; the next start runs it again.
        """
        await self.ensure_lease()
        async with self._running.uninterruptible():
            yield

    async def ensure_lease(self) -> None:
        """Await this right before anything that can't be undone, such as a submission.

        Waits while other hosts may have taken over this host's jobs: forever if they have.
        """
        if self._lease:
            await self._lease.ensure_lease()

    async def trouble(self) -> str:
        """Why no job can run, for /readyz; "" when all is well."""
        if self._running.stopping:
            return "it is stopping"
        threads = {thread.name for thread in threading.enumerate()}
        if self._renders and WORKERS[0] not in threads:
            return "no job is taken from the queue"
        return ""

    def stop_accepting(self) -> None:
        """Begins the stop: no new submission or delivery starts from now on."""
        self._running.stop_accepting()

    async def stop(self) -> None:
        """Waits for submissions and deliveries; all other jobs run again after the next start."""
        await self._running.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # it reports each cancelled job
        await self._running.cancel()  # before its database is closed
        # Not by `to_thread`: its threads are those of DBOS by now, which end here.
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            await loop.run_in_executor(thread, partial(DBOS.destroy, destroy_registry=True))
            if self._engine:  # DBOS does not close what it did not open
                # A thread of DBOS may still have a connection, and give it back later.
                sa.event.listen(self._engine, "checkin", _close)
                await loop.run_in_executor(thread, self._engine.dispose)
        loop.set_default_executor(ThreadPoolExecutor())
        await self._running.cancel()  # jobs that were dequeued in the meantime


async def _run(steps: Steps, take_id: str) -> int:
    """Renders the take, or as much of it as is left. Not 0: it gave way, with that priority."""
    try:
        if priority := await steps.submit(take_id):
            return priority
        await steps.follow(take_id)
        await steps.deliver(take_id)
    except Exception as error:  # noqa: BLE001  whatever it is, the take shows it
        await steps.fail(take_id, error)
    return 0


def _close(connection: Any, _record: object) -> None:
    if connection is not None:
        connection.close()


def _take_and_run(job_id: str) -> tuple[str, int]:
    take_id, _, run = job_id.removesuffix(SETTLE).rpartition(".")
    return take_id, int(run)
