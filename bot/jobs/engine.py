"""The durable job queue, built on DBOS Transact. Only this folder knows DBOS and its errors.

A take is rendered by a job: a DBOS workflow whose ID names the take. DBOS keeps the queues and
runs interrupted jobs again. The results of the steps are in the request log, which every step reads
first. So a job can always run again from the beginning, even with another version of this code, and
losing the queue loses no take.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import JobQueueUnavailable
from bot.jobs.running import RunningJobs, tried_again_later
from bot.monitoring.logs import set_log_take
from bot.process.shutdown import in_own_thread

if TYPE_CHECKING:  # DBOS and the driver of Postgres take long to import
    from bot.jobs.dbos_queue import DbosQueue
    from bot.jobs.lease import HostLease

log = logging.getLogger(__name__)

# Whoever can write to the database can add jobs. Without leading zeros, a run has only one ID.
JOB_ID = re.compile(r".+\.(0|[1-9][0-9]{0,8})", re.DOTALL)
SETTLE = ".settle"  # ends the ID of the job that looks up what a take cost

_job_id: ContextVar[str] = ContextVar("job_id")
Step = Callable[[str], Awaitable[None]]


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
        lease: "HostLease | None" = None,
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
        self._opened: DbosQueue | None = None
        self._launched: DbosQueue | None = None
        self._start_has_ended = asyncio.Event()

    async def start(self, steps: Steps) -> None:
        """Launches DBOS in the running loop. Interrupted jobs run again.

        What is enqueued before that waits for it. Raises ConfigurationError.

        DBOS would put the jobs of a restarted host back into their queue, where paid ones would
        wait for a slot. So each start uses a new host name and requeues the old jobs itself.
        """
        try:
            # In a thread, because people are answered meanwhile. A stop doesn't wait for it:
            # another program may hold a lock that the migration needs.
            self._steps = steps
            self._opened = queue = await in_own_thread(partial(_open, self._location))
            # Only now, because from here on this host may not be silent for long.
            host = await self._lease.join() if self._lease else secrets.token_hex(4)
            await queue.launch(
                host,
                {"render": self._render, "settle": self._settle},
                renders=self._renders,
                max_renders=self._max_renders,
                is_shared=self._lease is not None,
            )
            self._launched = queue
        finally:
            self._start_has_ended.set()
        from bot.jobs.recovery import keep_clean, requeue_orphaned  # they need DBOS, too

        loops = [keep_clean(host, self._running, alone=self._lease is None, wake=queue.wake)]
        if self._lease:
            loops.append(self._lease.keep_alive(requeue_orphaned))
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def _render(self, job_id: str) -> None:
        """Renders a take, or as much of it as is left, unless it gives way to others."""
        if not JOB_ID.fullmatch(job_id):
            log.warning("a job that no run of a take has was dropped: %.100r", job_id)
            return
        with self._running.job(job_id, self._wake):
            _job_id.set(job_id)
            take_id, run = _take_and_run(job_id)
            set_log_take(take_id)
            steps, priority = self._steps, 0
            try:
                priority = await steps.submit(take_id)
                if not priority:
                    await steps.follow(take_id)
                    await steps.deliver(take_id)
            except Exception as error:  # noqa: BLE001  whatever it is, the take shows it
                await steps.fail(take_id, error)
            with tried_again_later(f"the next job of take {take_id}"):  # for the sweep
                if priority:  # behind those that come first
                    await self.enqueue(take_id, run + 1, priority)
                else:
                    await self.look_up_cost(take_id, run)

    async def _settle(self, job_id: str) -> None:
        with self._running.job(job_id):
            _job_id.set(job_id)
            set_log_take(take_id := _take_and_run(job_id)[0])
            await self._steps.settle(take_id)

    def _wake(self, _: object) -> None:
        if self._opened:
            self._opened.wake()

    async def _queue(self) -> "DbosQueue":
        """Waits for the start. Raises JobQueueUnavailable if that failed."""
        await self._start_has_ended.wait()
        if self._launched is None:
            raise JobQueueUnavailable("it has not started")
        return self._launched

    async def look_up_cost(self, take_id: str, run: int) -> None:
        """Once for each run, however often it is called. Raises JobQueueUnavailable.

        A separate job, because it waits for hours and must not occupy a slot.
        """
        job_id = f"{take_id}.{run}{SETTLE}"
        await (await self._queue()).put("settle", job_id, take_id, paid=True)

    async def enqueue(
        self, take_id: str, run: int, priority: int = 1, *, paid: bool = False
    ) -> None:
        """Enqueues a take. A lower priority runs first, and a paid take doesn't wait for a slot.

        Enqueuing the same run twice is harmless. Raises JobQueueUnavailable.
        """
        queue = await self._queue()
        await queue.put("render", f"{take_id}.{run}", take_id, priority, paid=paid)

    async def unfinished_runs(self) -> frozenset[tuple[str, int]]:
        """(take id, run) of all jobs that run or are enqueued. Raises JobQueueUnavailable."""
        job_ids = await (await self._queue()).active("render")
        return frozenset(_take_and_run(one) for one in job_ids if JOB_ID.fullmatch(one))

    async def has_ended(self, take_id: str, run: int) -> bool:
        """Whether the job of that run has ended, well or badly. Raises JobQueueUnavailable."""
        return await (await self._queue()).has_ended(f"{take_id}.{run}")

    @staticmethod
    def current_run() -> int:
        """The run that the calling step belongs to. If the log has a newer one, it must end."""
        return _take_and_run(_job_id.get())[1]

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
        if self._renders and not (self._launched and self._launched.takes_jobs()):
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
        if self._opened:
            # Not by `to_thread`: its threads are those of DBOS by now, which end here.
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(1) as thread:
                await loop.run_in_executor(thread, self._opened.close)
            loop.set_default_executor(ThreadPoolExecutor())
        await self._running.cancel()  # jobs that were dequeued in the meantime


def _open(location: Path | str) -> "DbosQueue":
    from bot.jobs.dbos_queue import DbosQueue  # takes 0.4 s

    return DbosQueue(location)


def _take_and_run(job_id: str) -> tuple[str, int]:
    take_id, _, run = job_id.removesuffix(SETTLE).rpartition(".")
    return take_id, int(run)
