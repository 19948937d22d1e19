"""The durable job engine: DBOS Transact. Only this file and those beside it know it.

A take is one workflow of plain async steps. The engine's part is to run them in order, to hold the
queue, and to start them again after a crash; what has happened stands in the request log, which
every step reads first. So a step may run twice, and a lost engine file loses nothing.
"""

import asyncio
import logging
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, WorkflowStatus

from bot.jobs.database import database, launching
from bot.jobs.lease import Hosts
from bot.jobs.recovery import ENGINE_ERRORS, Queue, adopt, take_up_dropped, tidy_up
from bot.jobs.running import RunningJobs
from bot.monitoring.logs import set_log_take

log = logging.getLogger(__name__)

# Ours, so that a deploy does not strand the jobs of the version before: by default it is a hash
# of the code. Raised only when the order of the steps changes.
WORKFLOWS_VERSION = "1"
RENDERS = "renders"  # holds MAX_RENDERS at once
PAID = "paid"  # what was submitted already: nothing that waits for its turn holds it back
ALIVE = ["PENDING", "ENQUEUED", "DELAYED"]
SETTLE = ".settle"  # ends the ids of
SETTLEMENTS = "settlements"  # waits for Segmind's history; holds no render back
QUEUE_POLL_SECONDS = 0.1  # enqueue → start: 76 ms instead of 0.5 s

Step = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Steps:
    """What a take goes through. Each reads the log, does its part, and writes the log."""

    submit: Callable[[str], Awaitable[int]]  # not 0: the turn to be queued with once more
    follow: Step
    deliver: Step
    settle: Step
    # The boundary: whatever a step raised becomes a state of the take and a sentence.
    fail: Callable[[str, Exception], Awaitable[None]]
    # The takes that were submitted and are not at their end: nothing must hold them back.
    paid: Callable[[], Awaitable[frozenset[str]]]


class Jobs:
    def __init__(
        self,
        place: Path | str,
        *,
        max_renders: int,
        renders: bool = True,
        hosts: Hosts | None = None,
    ) -> None:
        """`place`: a file, or the URL of a Postgres, which takes `hosts`, too.

        Without `renders` this process only puts takes into the queue.
        """
        self._place = place
        self._max_renders = max_renders
        self._renders = renders
        self._hosts = hosts
        self._chores: list[asyncio.Task[None]] = []
        self._running = RunningJobs()
        self._engine: sa.Engine | None = None  # a file's

    async def start(self, steps: Steps) -> None:
        """Launches the engine in the running loop; jobs that a crash interrupted go on.

        The engine's own recovery would put them back where they were, behind each other: so each
        start has a name of its own, and `adopt` sees to what the one before has left.
        """
        new = secrets.token_hex(4)
        name = await self._hosts.join(WORKFLOWS_VERSION) if self._hosts else new
        tables = database(self._place)
        self._engine = tables.get("system_database_engine")
        DBOS(
            config=DBOSConfig(
                **tables,
                name="avatar",
                application_version=WORKFLOWS_VERSION,
                executor_id=name,
                max_executor_threads=16,  # unbounded otherwise: a thread for each waiting job
                notification_listener_polling_interval_sec=0.2,  # a stop waits for its last look
                log_level="WARNING",
            )
        )
        self._register(steps)
        if not self._renders:
            DBOS.listen_queues([])
        with launching(self._place):
            DBOS.launch()
        _log_with_us()
        await DBOS.register_queue_async(
            RENDERS,
            worker_concurrency=self._max_renders,
            # The limit is the key's, so all hosts share it.
            global_concurrency=self._max_renders if self._hosts else None,
            polling_interval_sec=QUEUE_POLL_SECONDS,
            on_conflict="always_update",
        )
        await DBOS.register_queue_async(PAID, polling_interval_sec=1.0)
        await DBOS.register_queue_async(SETTLEMENTS, polling_interval_sec=1.0)
        chores = [tidy_up(), take_up_dropped(name, self._running, self._queues)]
        if self._hosts:
            chores.append(self._hosts.keep_beating(self._hand_on))
        else:
            await self._adopt({name}, {WORKFLOWS_VERSION})
        self._chores = [asyncio.create_task(chore) for chore in chores]

    def _register(self, steps: Steps) -> None:
        # Functions of their own: the engine marks them, and a bound method takes no mark.
        @DBOS.step(name="submit")
        async def submit(take_id: str) -> int:
            return await steps.submit(take_id)

        @DBOS.step(name="follow")
        async def follow(take_id: str) -> None:
            await steps.follow(take_id)

        @DBOS.step(name="deliver")
        async def deliver(take_id: str) -> None:
            await steps.deliver(take_id)

        @DBOS.step(name="fail")
        async def fail(take_id: str, error: Exception) -> None:
            await steps.fail(take_id, error)

        @DBOS.step(name="settle")
        async def settle(take_id: str) -> None:
            await steps.settle(take_id)

        @DBOS.workflow(name="render")
        async def render(take_id: str) -> None:
            self._running.keep(str(DBOS.workflow_id))
            set_log_take(take_id)
            try:
                if turn := await submit(take_id):
                    # From here and not from a step: only a workflow may start another one.
                    await self.enqueue(take_id, self.current_run() + 1, turn)
                    return
                await follow(take_id)
                await deliver(take_id)
            except Exception as error:  # noqa: BLE001  the one boundary of the jobs
                await fail(take_id, error)
            await self._settle_later(take_id)

        @DBOS.workflow(name="settle")
        async def settlement(take_id: str) -> None:
            self._running.keep(str(DBOS.workflow_id))
            set_log_take(take_id)
            await settle(take_id)

        self._render, self._settlement = render, settlement
        self._paid = steps.paid

    async def enqueue(
        self, take_id: str, run: int, priority: int = 1, *, paid: bool = False
    ) -> None:
        """Puts a take into the queue; a lower turn goes first. Twice the same run is harmless."""
        with SetWorkflowID(f"{take_id}.{run}"), SetEnqueueOptions(priority=priority):
            await DBOS.enqueue_workflow_async(PAID if paid else RENDERS, self._render, take_id)

    async def unfinished_runs(self) -> frozenset[tuple[str, int]]:
        """The runs that are under way or wait for their turn: (take id, run)."""
        jobs = await DBOS.list_workflows_async(
            status=ALIVE, name="render", load_input=False, load_output=False
        )
        return frozenset(_take_and_run(job.workflow_id) for job in jobs)

    async def has_ended(self, take_id: str, run: int) -> bool:
        """Whether the engine is through with that run, well or badly."""
        job = await DBOS.get_workflow_status_async(f"{take_id}.{run}")
        return job is not None and job.status not in ALIVE

    @staticmethod
    def current_run() -> int:
        """Inside a step: whose run it is. A newer one has taken the take over."""
        return _take_and_run(str(DBOS.workflow_id))[1]

    async def _settle_later(self, take_id: str) -> None:
        """Looks for the true cost of a take, beside everything else: it holds no render back."""
        await self._enqueue_settlement(f"{DBOS.workflow_id}{SETTLE}", take_id)

    async def _enqueue_settlement(self, workflow_id: str, take_id: str) -> None:
        with SetWorkflowID(workflow_id):
            await DBOS.enqueue_workflow_async(SETTLEMENTS, self._settlement, take_id)

    @asynccontextmanager
    async def uninterruptible(self) -> AsyncIterator[None]:
        """An act that a stop waits for: a submission and its answer, a delivery.

        Once the stop has begun none starts any more: it waits here for the next start.
        """
        await self.ensure_lease()
        async with self._running.uninterruptible():
            yield

    async def ensure_lease(self) -> None:
        """To be awaited right before what cannot be taken back, such as a submission.

        Waits as long as another host may have taken over the jobs of this one: for good if so.
        """
        if self._hosts:
            await self._hosts.ensure_lease()

    async def trouble(self) -> str:
        """What keeps renders from going on; "" for nothing. For /readyz."""
        if self._running.stopping:
            return "it is stopping"
        # The engine gives each queue a thread of this name, and none where it takes no jobs.
        takers = {thread.name for thread in threading.enumerate()}
        if self._renders and f"queue-worker-{RENDERS}" not in takers:
            return "no job is taken from the queue"
        return ""

    async def evicted(self) -> None:
        """Returns when other hosts have taken over the jobs of this one: it has to end."""
        if self._hosts:
            await self._hosts.evicted.wait()
        else:
            await asyncio.Event().wait()

    async def _hand_on(self, names: frozenset[str], versions: frozenset[str]) -> None:
        """As the one who leads: the jobs of the dead go back into their queue."""
        try:
            await self._adopt(names, versions)
        except ENGINE_ERRORS as failure:
            log.warning("the jobs of the dead could not be looked for: %s", failure)

    async def _adopt(self, names: Collection[str], versions: Collection[str]) -> None:
        queue = await self._queues()

        async def begin_anew(job: WorkflowStatus) -> None:
            take_id, run = _take_and_run(job.workflow_id)
            if queue(job) == SETTLEMENTS:
                await self._enqueue_settlement(job.workflow_id, take_id)
            else:
                await self.enqueue(take_id, run, job.priority or 1, paid=queue(job) == PAID)

        await adopt(WORKFLOWS_VERSION, names, versions, queue, begin_anew)

    async def _queues(self) -> Queue:
        """Where a job that was cut off goes on: what was paid for meanwhile waits for nothing."""
        paid = await self._paid()

        def queue(job: WorkflowStatus) -> str:
            if job.workflow_id.endswith(SETTLE):
                return SETTLEMENTS
            return PAID if _take_and_run(job.workflow_id)[0] in paid else RENDERS

        return queue

    def stop_accepting(self) -> None:
        """The stop begins: from here on no uninterruptible act does."""
        self._running.stop_accepting()

    async def stop(self) -> None:
        """Waits for the uninterruptible acts; everything else resumes at the next start."""
        await self._running.drained()
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        # It tells of each job that is cut off; they go on at the next start.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        await self._running.cut_off()  # first: a job must not meet an engine that is gone
        # Not by `to_thread`: the engine has put its own threads under the loop, and ends them here.
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            await loop.run_in_executor(thread, partial(DBOS.destroy, destroy_registry=True))
            if self._engine:  # the job engine leaves what it was given to who gave it
                await loop.run_in_executor(thread, self._engine.dispose)
        loop.set_default_executor(ThreadPoolExecutor())
        await self._running.cut_off()  # what its queue started in between


def _take_and_run(workflow_id: str) -> tuple[str, int]:
    take_id, _, run = workflow_id.removesuffix(SETTLE).rpartition(".")
    return take_id, int(run)


def _log_with_us() -> None:
    """The engine prints by a handler of its own; here its lines go where all others go."""
    engine = logging.getLogger("dbos")
    engine.handlers.clear()
    engine.propagate = True
