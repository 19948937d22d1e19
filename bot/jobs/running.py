"""The jobs that run in this process, and how they end when it stops."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import Context
from dataclasses import dataclass
from time import monotonic

from bot.errors import JobQueueUnavailable

log = logging.getLogger(__name__)

# Heroku kills 30 s after SIGTERM: https://devcenter.heroku.com/articles/dynos#graceful-shutdown
DRAIN_SECONDS = 20.0
CANCEL_SECONDS = 0.5  # between two attempts to cancel a job


class RunningJobs:
    def __init__(self) -> None:
        """Create it in the event loop that the jobs run in."""
        self.stopping = False
        self._loop = asyncio.get_running_loop()
        self.ids: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._context = Context()  # one for all callbacks, or each would copy that of its job
        self._acts = 0  # uninterruptible sections being run
        self._idle = asyncio.Event()
        self._idle.set()
        self._drained_by = 0.0

    def job(self, job_id: str, *at_end: Callable[[object], None]) -> "_Job":
        """Wraps a whole job. Cancels the task if that job is already running in this process.

        Also cancels it in another event loop: while ours is blocked, DBOS starts jobs in its own
        loop, where our clients don't work. The job then counts as stalled and is requeued.
        """
        if asyncio.get_running_loop() is not self._loop or job_id in self.ids:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None  # DBOS runs every job as a task
        self._tasks.add(task)
        for callback in (self._tasks.discard, *at_end):  # by then DBOS counts the job no more
            task.add_done_callback(callback, context=self._context)
        return _Job(self.ids, job_id)

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
        """Starts no new uninterruptible section; those being run have DRAIN_SECONDS left."""
        if not self.stopping:
            self.stopping, self._drained_by = True, monotonic() + DRAIN_SECONDS

    async def drain(self) -> None:
        self.stop_accepting()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), max(0.0, self._drained_by - monotonic()))

    async def cancel(self) -> None:
        """DBOS records nothing for a cancelled task, so its job runs again after the next start."""
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            # Before Python 3.12, `asyncio.wait_for` swallows a cancellation that comes just when it
            # ends, so the task may go on and has to be cancelled again.
            _, running = await asyncio.wait(running, timeout=CANCEL_SECONDS)


@dataclass(slots=True)
class _Job:
    """Smaller than a generator: a thousand may wait."""

    ids: set[str]
    job_id: str

    def __enter__(self) -> None:
        self.ids.add(self.job_id)

    def __exit__(self, *_: object) -> None:
        self.ids.remove(self.job_id)


@contextmanager
def tried_again_later(what: str) -> Iterator[None]:
    """For what a later check makes up for: a job queue that is down is only logged."""
    try:
        yield
    except JobQueueUnavailable as error:
        log.warning("%s must wait: %s", what, error.why)
