"""How the jobs of a process end when it stops."""

import asyncio
from contextlib import suppress

from bot.jobs.running import RunningJobs


async def test_a_job_that_loses_a_cancellation_is_cancelled_again() -> None:
    """As `asyncio.wait_for` does before Python 3.12. The stop would wait for the job forever."""
    running = RunningJobs()

    async def job() -> None:
        with running.job("T-1.0"):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()

    task = asyncio.create_task(job())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await running.cancel()
    assert task.cancelled()
