"""The jobs that run in this process, and how they come to their end when it stops."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic

# Heroku kills 30 s after SIGTERM: https://devcenter.heroku.com/articles/dynos#graceful-shutdown
DRAIN_SECONDS = 20.0


class RunningJobs:
    def __init__(self) -> None:
        """To be created in the event loop that the jobs run in."""
        self.stopping = False
        self._loop = asyncio.get_running_loop()
        self._ids: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acts = 0  # uninterruptible ones under way
        self._idle = asyncio.Event()
        self._idle.set()
        self._drained_by = 0.0

    @contextmanager
    def job(self, job_id: str) -> Iterator[None]:
        """Around all that a job does. Cancels the task if that job already runs in this process.

        Also cancels it in any other event loop: DBOS starts jobs in its own when ours is blocked,
        and nothing of ours works there. The job is found to be stalled later and runs then.
        """
        if asyncio.get_running_loop() is not self._loop or job_id in self._ids:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None  # DBOS runs every job as a task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._ids.add(job_id)
        try:
            yield
        finally:
            self._ids.remove(job_id)

    @property
    def ids(self) -> Collection[str]:
        return self._ids

    @asynccontextmanager
    async def uninterruptible(self) -> AsyncIterator[None]:
        if self.stopping:
            await asyncio.Event().wait()  # until it is cancelled; the next start runs it
        self._acts += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._acts -= 1
            if not self._acts:
                self._idle.set()

    def stop_accepting(self) -> None:
        """No uninterruptible act begins from now on; those under way have DRAIN_SECONDS."""
        if not self.stopping:
            self.stopping, self._drained_by = True, monotonic() + DRAIN_SECONDS

    async def drain(self) -> None:
        self.stop_accepting()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), max(0.0, self._drained_by - monotonic()))

    async def cancel(self) -> None:
        """DBOS records nothing for a cancelled task, so its job runs again after the next start."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
