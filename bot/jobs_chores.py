"""What the job engine leaves to be done: the jobs of dead hosts, of old versions, of long ago."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta

from dbos import DBOS, WorkflowStatus, error
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)  # the engine's rows of ended jobs; the request log keeps everything
TIDY_SECONDS = 3600.0
LOOK_SECONDS = 30.0  # between two looks for jobs that were cut off
ENGINE_ERRORS = (error.DBOSException, SQLAlchemyError)

BeginAnew = Callable[[WorkflowStatus], Awaitable[None]]


async def adopt(
    version: str, names: Collection[str], versions: Collection[str], begin_anew: BeginAnew
) -> None:
    """Sees to the jobs of those who do not live.

    `version` is ours; `names` and `versions` are of the hosts that live and do it themselves.
    """
    jobs = await DBOS.list_workflows_async(status=["PENDING", "ENQUEUED"], load_input=False)
    orphans: dict[str | None, list[str]] = {}
    for job in jobs:
        if job.app_version == version:
            if job.status == "PENDING" and job.executor_id not in names:
                orphans.setdefault(job.queue_name, []).append(job.workflow_id)
        elif job.app_version not in versions:
            # Steps of another order cannot be gone on with: begun anew, each looks into the log.
            log.info("%s: begun anew after version %s", job.workflow_id, job.app_version)
            await DBOS.delete_workflows_async([job.workflow_id])
            await begin_anew(job)
    for queue, ids in orphans.items():
        log.info("%s: handed on after their host died: %s", queue, ", ".join(ids))
        await DBOS.resume_workflows_async(ids, queue_name=queue)


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


async def take_up_dropped(executor: str, running: Callable[[], Iterable[str]]) -> None:
    """Jobs that the engine has as running here, and of which nothing runs, go on.

    When its database fails, so that not even the end of a job can be written down, the engine
    drops the job and looks at it again only at the next start. Seen twice in a row: one that has
    just been taken from the queue has not begun yet.
    """
    missed: set[str] = set()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            jobs = await DBOS.list_workflows_async(
                status="PENDING", executor_id=executor, load_input=False, load_output=False
            )
            here = set(running())
            idle = {job.workflow_id: job.queue_name for job in jobs if job.workflow_id not in here}
            for job_id in missed & idle.keys():
                if job_id in running():
                    continue
                log.warning("%s was cut off by an error of the database: it goes on", job_id)
                await DBOS.resume_workflows_async([job_id], queue_name=idle[job_id])
            missed = set(idle)
        except ENGINE_ERRORS as failure:
            log.warning("jobs that were cut off could not be looked for: %s", failure)
