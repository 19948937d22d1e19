"""A job starts as soon as it is enqueued, however seldom DBOS looks into its queues unasked."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import median

import pytest

from bot.jobs import dbos_queue
from bot.jobs.dbos_queue import WORKERS
from bot.jobs.engine import Jobs, Steps
from bot.jobs.wakeful import WakefulEvents
from tests.support.waiting import wait_until

SELDOM = 30.0  # seconds between two looks: whatever starts sooner has been woken
SOON = 0.3  # usually 0.1 s


class Started:
    """A job queue on SQLite, and when its jobs started."""

    def __init__(self, file: Path) -> None:
        self.jobs = Jobs(file, max_renders=2)
        self.at: dict[str, float] = {}
        self.settled_at: dict[str, float] = {}

    async def start(self) -> None:
        await self.jobs.start(Steps(self._submit, _nothing, _nothing, self._settle, _raise))
        await wait_until(lambda: set(WORKERS) <= {one.name for one in threading.enumerate()})

    async def _submit(self, take_id: str) -> int:
        self.at[take_id] = time.monotonic()
        return 0

    async def _settle(self, take_id: str) -> None:
        self.settled_at[take_id] = time.monotonic()

    async def seconds_to_start(self, take_id: str, *, paid: bool = False) -> float:
        """From its enqueue. Raises TimeoutError."""
        enqueued = time.monotonic()
        await self.jobs.enqueue(take_id, 0, paid=paid)
        await wait_until(lambda: take_id in self.at)
        return self.at[take_id] - enqueued


async def _nothing(_: str) -> None:
    pass


async def _raise(_: str, error: Exception) -> None:
    raise error


@pytest.fixture
async def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Started]:
    monkeypatch.setattr(dbos_queue, "POLL_SECONDS", SELDOM)
    monkeypatch.setattr(dbos_queue, "ALONE_POLL_SECONDS", SELDOM)
    queue = Started(tmp_path / "jobs.db")
    await queue.start()
    yield queue
    began = time.monotonic()
    await queue.jobs.stop()
    assert time.monotonic() - began < SELDOM / 3  # a stop waits for no look either


@pytest.mark.parametrize("paid", [False, True], ids=["with a slot", "paid"])
async def test_a_job_starts_at_once_in_each_queue(started: Started, paid: bool) -> None:
    seconds = [await started.seconds_to_start(f"T-{number}", paid=paid) for number in range(7)]
    assert median(seconds) < SOON


async def test_a_job_that_waited_for_a_slot_starts_once_there_is_one(started: Started) -> None:
    """And its cost is looked up at once, by a job in the other queue."""
    names = [f"T-{number}" for number in range(7)]
    await asyncio.gather(*(started.jobs.enqueue(name, 0) for name in names))
    await wait_until(lambda: len(started.settled_at) == len(names))
    waited = [started.settled_at[name] - started.at[name] for name in names]
    assert median(waited) < SOON


async def test_the_first_job_starts_at_once_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then DBOS knows its queues, and its threads begin while it is launched."""
    monkeypatch.setattr(dbos_queue, "POLL_SECONDS", SELDOM)
    for number in range(8):
        queue = Started(tmp_path / "jobs.db")
        await queue.start()
        seconds = await queue.seconds_to_start(f"T-{number}")
        await queue.jobs.stop()
        assert seconds < SELDOM / 2


def wakeful(
    names: list[str], *, events: int = 1, seconds: float | None = None
) -> tuple[list[threading.Event], Callable[[], None]]:
    """The events, and what wakes the threads of these names that wait for them."""
    stops = WakefulEvents(names, seconds)
    for _ in range(events):
        stops.append(threading.Event())
    return stops, stops.wake


class Looks:
    """A thread that looks every `seconds` until `stop`, as those of DBOS do."""

    def __init__(self, name: str, stop: threading.Event, seconds: float = SELDOM) -> None:
        self.times = 0
        self.may_end = threading.Event()  # a look
        self.may_end.set()
        self._stop = stop
        self._seconds = seconds
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.times += 1
            self.may_end.wait()


async def test_only_the_named_threads_are_woken_and_a_stop_ends_all() -> None:
    stops, wake = wakeful(["first", "second"], events=2)
    first, second = Looks("first", stops[0]), Looks("second", stops[1])
    other = Looks("other", stops[0])
    for times in (1, 2):
        wake()
        await wait_until(lambda: (first.times, second.times) == (times, times))  # noqa: B023
    assert other.times == 0
    stops[0].set()
    await wait_until(lambda: not (first.thread.is_alive() or other.thread.is_alive()))
    assert second.thread.is_alive()
    stops[1].set()
    await wait_until(lambda: not second.thread.is_alive())
    assert (first.times, second.times, other.times) == (2, 2, 0)


async def test_a_thread_that_is_woken_anyway_looks_less_often() -> None:
    [stop], _ = wakeful(["seldom"], seconds=10 * SELDOM)
    often, seldom = Looks("often", stop, 0.01), Looks("seldom", stop, 0.01)
    await wait_until(lambda: often.times > 10)
    assert seldom.times == 0
    stop.set()
    await wait_until(lambda: not (often.thread.is_alive() or seldom.thread.is_alive()))


async def test_a_wake_during_a_look_leads_to_another_look() -> None:
    """What is enqueued then may have come too late for it."""
    [stop], wake = wakeful(["worker"])
    worker = Looks("worker", stop)
    worker.may_end.clear()
    wake()
    await wait_until(lambda: worker.times == 1)
    wake()
    worker.may_end.set()
    await wait_until(lambda: worker.times == 2)
    stop.set()
    await wait_until(lambda: not worker.thread.is_alive())
