"""Cleaning up what DBOS doesn't: jobs that no host runs anymore, and jobs that ended long ago."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from dbos import DBOS

from bot.jobs.database import find_jobs, queue_errors
from bot.jobs.running import RunningJobs, tried_again_later

log = logging.getLogger(__name__)

UNLIMITED = "paid"  # the queue of jobs that wait for no slot
KEPT = timedelta(days=7)  # ended jobs; the request log keeps everything
# Between two checks, and between the dequeuing of a job and the check that it runs. Longer than
# any host may be silent before it is evicted: a slow start is never taken for a stalled job.
STALLED_SECONDS = 60.0
NAMED = 10  # in one line of the output


async def requeue_orphaned(alive: Collection[str]) -> None:
    """Puts the jobs of all hosts that are not `alive` back into the queue."""
    with tried_again_later("the jobs of dead hosts"):
        jobs = await find_jobs(lambda job: job.status == "PENDING")
        orphaned = [job.job_id for job in jobs if job.host not in alive]
        await _requeue(orphaned, "its host is gone")


async def keep_clean(
    host: str, running: RunningJobs, *, alone: bool, wake: Callable[[], None]
) -> None:
    """Requeues stalled jobs of this host and deletes old ended ones, until it is cancelled.

    `alone`: only this host, or an earlier start of it, has jobs in this database. `wake` has DBOS
    take what was requeued.
    """
    while True:
        try:
            if alone:
                await requeue_orphaned({host})
            with tried_again_later("the check for stalled jobs"):
                await _requeue_stalled(host, running)
            wake()
            with tried_again_later("the deletion of ended jobs"):
                await _delete_ended()
        except Exception:
            log.exception("the check of the job queue must wait")
        await asyncio.sleep(STALLED_SECONDS)


async def _requeue_stalled(host: str, running: RunningJobs) -> None:
    """Requeues jobs that don't run but are pending, because DBOS couldn't record their end."""
    before = _milliseconds(datetime.now(UTC) - timedelta(seconds=STALLED_SECONDS))
    jobs = await find_jobs(
        lambda job: sa.and_(
            job.status == "PENDING", job.executor_id == host, job.started_at_epoch_ms <= before
        )
    )
    stalled = [job.job_id for job in jobs if job.job_id not in running.ids]
    await _requeue(stalled, "it stalled")


async def _requeue(job_ids: list[str], why: str) -> None:
    """Requeues without a slot limit, because paid takes must not wait.

    A take that isn't submitted yet waits for its turn by itself: the request log has the order.
    """
    if job_ids:
        more = f" and {len(job_ids) - NAMED:,} more" if len(job_ids) > NAMED else ""
        log.warning("%s%s: requeued, because %s", ", ".join(job_ids[:NAMED]), more, why)
        with queue_errors():
            await DBOS.resume_workflows_async(job_ids, queue_name=UNLIMITED)


async def _delete_ended() -> None:
    before = _milliseconds(datetime.now(UTC) - KEPT)
    while ended := await find_jobs(lambda job: job.completed_at <= before, most=500):
        with queue_errors():
            await DBOS.delete_workflows_async([job.job_id for job in ended])


def _milliseconds(time: datetime) -> int:
    """As DBOS writes times."""
    return int(time.timestamp() * 1000)
