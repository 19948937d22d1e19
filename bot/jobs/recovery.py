"""What the job engine leaves to be done: the jobs of dead hosts, of old versions, of long ago."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from time import monotonic

from dbos import DBOS, WorkflowStatus, error
from sqlalchemy.exc import SQLAlchemyError

from bot.jobs.running import RunningJobs

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)  # the engine's rows of ended jobs; the request log keeps everything
TIDY_SECONDS = 3600.0
LOOK_SECONDS = 30.0  # between two looks for jobs that were cut off
ENGINE_ERRORS = (error.DBOSException, SQLAlchemyError)

BeginAnew = Callable[[WorkflowStatus], Awaitable[None]]
Queue = Callable[[WorkflowStatus], str]  # where it goes on


async def adopt(
    version: str,
    names: Collection[str],
    versions: Collection[str],
    queue: Queue,
    begin_anew: BeginAnew,
) -> None:
    """Sees to the jobs of those who do not live: each goes on from the `queue` that is its now.

    `version` is ours; `names` and `versions` are of the hosts that live and do it themselves.
    """
    jobs = await DBOS.list_workflows_async(status=["PENDING", "ENQUEUED"], load_input=False)
    orphans: dict[str, list[str]] = {}
    for job in jobs:
        if job.app_version == version:
            if job.status == "PENDING" and job.executor_id not in names:
                orphans.setdefault(queue(job), []).append(job.workflow_id)
        elif job.app_version not in versions:
            # Steps of another order cannot be gone on with: begun anew, each looks into the log.
            log.info("%s: begun anew after version %s", job.workflow_id, job.app_version)
            await DBOS.delete_workflows_async([job.workflow_id])
            await begin_anew(job)
    for name, ids in orphans.items():
        log.info("%s: handed on after their host died: %s", name, ", ".join(ids))
        await DBOS.resume_workflows_async(ids, queue_name=name)


async def tidy_up() -> None:
    """Deletes the engine's rows of what ended long ago; that two hosts do it is harmless."""
    while True:
        try:
            await _forget_ended()
        except ENGINE_ERRORS as failure:
            log.warning("old rows of the job engine could not be deleted: %s", failure)
        await asyncio.sleep(TIDY_SECONDS)


async def _forget_ended() -> None:
    before = (datetime.now(UTC) - KEPT).isoformat()
    while ended := await DBOS.list_workflows_async(
        completed_before=before, limit=500, load_input=False, load_output=False
    ):
        await DBOS.delete_workflows_async([job.workflow_id for job in ended])


class Dropped:
    """Finds the jobs that the engine has as running here, and of which nothing runs or will.

    Seen twice in a row, and not before all others have begun that were taken from the queue with
    it: a thousand may wait for that.
    """

    def __init__(self) -> None:
        self._turns: dict[str, int] = {}  # of each idle job: how many have begun when it is its
        self._begun = 0  # at the last look

    def among(self, idle: Collection[str], running_jobs: RunningJobs) -> set[str]:
        found = {job_id for job_id in idle if self._is_due(job_id, running_jobs)}
        last = running_jobs.begun + len(idle)
        self._turns = {job_id: self._turns.get(job_id, last) for job_id in {*idle} - found}
        self._begun = running_jobs.begun
        running_jobs.ended &= {*idle}
        return found

    def _is_due(self, job_id: str, running_jobs: RunningJobs) -> bool:
        if job_id not in self._turns:
            return False
        all_have_begun = (
            running_jobs.begun == self._begun or running_jobs.begun >= self._turns[job_id]
        )
        return all_have_begun or job_id in running_jobs.ended

    def forget(self) -> None:
        self._turns = {}


async def take_up_dropped(
    executor: str,
    running_jobs: RunningJobs,
    queues: Callable[[], Awaitable[Queue]],
) -> None:
    """Jobs that were cut off go on.

    When its database fails, so that not even the end of a job can be written down, the engine
    drops the job and looks at it again only at the next start.
    """
    dropped = Dropped()
    while True:
        began = monotonic()
        await asyncio.sleep(LOOK_SECONDS)
        if monotonic() - began > 2 * LOOK_SECONDS:
            dropped.forget()  # this process stood still: so did what was about to begin
        try:
            jobs = await DBOS.list_workflows_async(
                status="PENDING", executor_id=executor, load_input=False, load_output=False
            )
            queue = await queues()
            running = running_jobs.running()
            idle = {job.workflow_id: job for job in jobs if job.workflow_id not in running}
            for job_id in dropped.among(idle, running_jobs):
                if job_id in running_jobs.running():
                    continue
                log.warning("%s was cut off by an error of the database: it goes on", job_id)
                await DBOS.resume_workflows_async([job_id], queue_name=queue(idle[job_id]))
        except ENGINE_ERRORS as failure:
            log.warning("jobs that were cut off could not be looked for: %s", failure)
