"""The jobs of this process: which of them run, what a stop waits for, and what it cuts off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

# Heroku kills 30 s after SIGTERM: https://devcenter.heroku.com/articles/dynos#graceful-shutdown
DRAIN_SECONDS = 20.0


class RunningJobs:
    def __init__(self) -> None:
        """In the loop that all of it runs in."""
        self.stopping = False
        self._loop = asyncio.get_running_loop()
        self.begun = 0  # how many jobs in all
        self.ended: set[str] = set()  # the ids of those that did, since the last look
        self._jobs: dict[asyncio.Task[None], str] = {}  # a job may be begun twice over
        self._acts: set[object] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._ends_at = 0.0

    def keep(self, job_id: str) -> None:
        """The task that calls this is the job of that id.

        Where our loop stands still, the engine begins a job in one of its own: nothing of ours
        works there, so it is cut off before it does anything.
        """
        task = asyncio.current_task()
        assert task is not None
        if task.get_loop() is not self._loop:
            raise asyncio.CancelledError
        self._jobs[task] = job_id
        self.begun += 1
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self.ended.add(self._jobs.pop(task))

    def running(self) -> frozenset[str]:
        return frozenset(self._jobs.values())

    @asynccontextmanager
    async def uninterruptible(self) -> AsyncIterator[None]:
        if self.stopping:
            await asyncio.Event().wait()  # for the next start
        act = object()
        self._acts.add(act)
        self._idle.clear()
        try:
            yield
        finally:
            self._acts.discard(act)
            if not self._acts:
                self._idle.set()

    def stop_accepting(self) -> None:
        """From here on no uninterruptible act begins; those that have begun have DRAIN_SECONDS."""
        if not self.stopping:
            self.stopping, self._ends_at = True, monotonic() + DRAIN_SECONDS

    async def drained(self) -> None:
        self.stop_accepting()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), max(0.0, self._ends_at - monotonic()))

    async def cut_off(self) -> None:
        """The engine writes nothing down for a cancelled task, so its job goes on at the start."""
        for task in set(self._jobs):
            task.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
