"""Jobs that were cut off run again: in a process that lives on, and after a restart."""

import asyncio
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce
from bot.errors import JobQueueUnavailable
from bot.jobs import recovery
from bot.jobs.engine import Jobs, Steps
from bot.jobs.running import RunningJobs
from tests.support.conversations import delivered
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, wait_for_text


def renamed(file: Path, table: str, to: str) -> None:
    with closing(sqlite3.connect(file, timeout=10)) as db:
        db.execute(f"ALTER TABLE {table} RENAME TO {to}")


async def test_a_render_that_the_engine_dropped_runs_again_and_is_paid_once(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a while neither the log nor the queue can be written to."""
    monkeypatch.setattr(recovery, "STALLED_SECONDS", 0.2)
    workspace = await start_bot()
    segmind, settings = workspace.segmind, workspace.settings
    segmind.pace = AfterSeconds(float("inf"))
    card = await wait_for_text(await workspace.ask(), "Rendering")
    renamed(settings.log_path, "takes", "away")
    renamed(settings.jobs_path, "operation_outputs", "away")
    renamed(settings.jobs_path, "workflow_status", "away_too")
    segmind.pace = AtOnce()
    await wait_until(lambda: "Exception encountered in asynchronous workflow" in caplog.text)
    renamed(settings.jobs_path, "away_too", "workflow_status")
    renamed(settings.jobs_path, "away", "operation_outputs")
    renamed(settings.log_path, "away", "takes")
    await delivered(card)
    assert len(segmind.bill) == 1
    assert "requeued, because it stalled" in caplog.text


OWNER = "SELECT owner_xid FROM workflow_status WHERE name = 'render'"


class Worker:
    """A job queue on SQLite whose takes are held in their submission until `finish` is set."""

    def __init__(self, file: Path, *, max_renders: int = 1) -> None:
        self.file = file
        self.jobs = Jobs(file, max_renders=max_renders)
        self.submitted: Counter[str] = Counter()
        self.settled: Counter[str] = Counter()
        self.finish = asyncio.Event()
        self.error: Exception | None = None

    async def start(self) -> None:
        await self.jobs.start(Steps(self._submit, _nothing, _nothing, self._settle, _raise))

    async def _submit(self, take_id: str) -> int:
        self.submitted[take_id] += 1
        await self.finish.wait()
        if self.error:
            raise self.error
        return 0

    async def _settle(self, take_id: str) -> None:
        self.settled[take_id] += 1

    def sql(self, statement: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self.file, timeout=10)) as db, db:
            return db.execute(statement).fetchall()


async def _nothing(take_id: str) -> None:
    pass


async def _raise(take_id: str, error: Exception) -> None:
    raise error


StartWorker = Callable[..., Awaitable[Worker]]


@pytest.fixture
async def start_worker(tmp_path: Path) -> AsyncIterator[StartWorker]:
    running: list[Worker] = []

    async def start(*, max_renders: int = 1) -> Worker:
        worker = Worker(tmp_path / "jobs.db", max_renders=max_renders)
        running.append(worker)
        await worker.start()
        return worker

    yield start
    for worker in running:
        await worker.jobs.stop()


@pytest.mark.parametrize("odd", ["", "INSERT INTO workflow_status (completed_at) VALUES (1)"],
    ids=["alone", "with a row without an ID"])  # fmt: skip
async def test_a_job_that_was_dequeued_and_never_started_runs_later(
    start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    """Whoever can write to the file may leave a row without an ID, which can't be deleted by it."""
    monkeypatch.setattr(recovery, "STALLED_SECONDS", 0.2)
    worker = await start_worker()
    worker.sql(odd)
    await worker.jobs.stop()
    worker = await start_worker()
    await worker.jobs.enqueue("T1", 1)
    await wait_until(lambda: worker.submitted["T1"])
    await worker.jobs.enqueue("T2", 1)  # there is no slot for it
    worker.sql(
        "UPDATE workflow_status SET (status, executor_id, started_at_epoch_ms) ="
        " (SELECT status, executor_id, 1 FROM workflow_status WHERE workflow_uuid = 'T1.1')"
        " WHERE workflow_uuid = 'T2.1'"
    )
    await wait_until(lambda: worker.submitted["T2"])
    worker.finish.set()
    await wait_until(lambda: set(worker.settled) == {"T1", "T2"})


async def test_a_run_under_another_id_does_not_run_twice_at_once(start_worker: StartWorker) -> None:
    """As somebody may write it into the database."""
    worker = await start_worker(max_renders=4)
    await worker.jobs.enqueue("T1", 1)
    for forged in ("T1.01", "T1.\u0661", "T1.x", "T2.1.settle"):
        await worker.jobs.enqueue(*forged.split(".", 1))  # type: ignore[arg-type]
    ended = "SELECT 1 FROM workflow_status WHERE name = 'render' AND status = 'SUCCESS'"
    await wait_until(lambda: len(worker.sql(ended)) == 4)
    await wait_until(lambda: worker.submitted["T1"])
    assert await worker.jobs.unfinished_runs() == {("T1", 1)}
    worker.finish.set()
    await wait_until(lambda: worker.settled["T1"])
    assert worker.submitted == {"T1": 1}


async def test_a_job_that_is_requeued_while_it_runs_does_not_run_twice_at_once(
    start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "STALLED_SECONDS", 0.2)
    worker = await start_worker(max_renders=2)
    await worker.jobs.enqueue("T1", 1)
    await wait_until(lambda: worker.submitted["T1"])
    [(owner,)] = worker.sql(OWNER)
    worker.sql("UPDATE workflow_status SET status = 'ENQUEUED', owner_xid = NULL")
    await wait_until(lambda: worker.sql(OWNER) not in ([(None,)], [(owner,)]))
    assert worker.submitted == {"T1": 1}
    worker.finish.set()
    await wait_until(lambda: worker.settled["T1"])
    await wait_until(lambda: ended(worker) == {"T1.1"})


def ended(worker: Worker) -> set[str]:
    rows = worker.sql(
        "SELECT workflow_uuid FROM workflow_status WHERE name = 'render' AND status = 'SUCCESS'"
    )
    return {job_id for (job_id,) in rows}


async def test_a_stop_leaves_jobs_that_the_next_start_runs_first(start_worker: StartWorker) -> None:
    worker = await start_worker()
    await worker.jobs.enqueue("T1", 1)
    await wait_until(lambda: worker.submitted["T1"])
    await worker.jobs.stop()
    restarted = await start_worker()
    await wait_until(lambda: restarted.submitted["T1"])
    assert await restarted.jobs.unfinished_runs() == {("T1", 1)}
    assert not await restarted.jobs.has_ended("T1", 1)
    restarted.finish.set()
    await wait_until(lambda: restarted.settled["T1"])


async def test_what_a_job_takes_and_raises_is_stored_as_json(start_worker: StartWorker) -> None:
    class TwoArguments(Exception):  # pickles, and does not unpickle
        def __init__(self, one: str, two: str) -> None:
            super().__init__(one)
            self.details = {two}

    worker = await start_worker()
    worker.error = TwoArguments("It broke.", "more")
    worker.finish.set()
    await worker.jobs.enqueue("T1", 1)
    await wait_until(lambda: worker.sql("SELECT 1 FROM workflow_status WHERE status = 'ERROR'"))
    assert await worker.jobs.has_ended("T1", 1)
    assert worker.sql("SELECT DISTINCT serialization FROM workflow_status") == [("portable_json",)]
    [(inputs,)] = worker.sql("SELECT inputs FROM workflow_input")
    assert json.loads(inputs) == {"positionalArgs": ["T1"], "namedArgs": {}}
    [(error,)] = worker.sql("SELECT error FROM workflow_output")
    assert json.loads(error)["message"] == "It broke."


async def test_only_our_own_error_leaves_the_queue_when_its_database_fails(
    start_worker: StartWorker,
) -> None:
    worker = await start_worker()
    renamed(worker.file, "workflow_status", "away")
    try:
        for act in (
            worker.jobs.enqueue("T1", 1),
            worker.jobs.unfinished_runs(),
            worker.jobs.has_ended("T1", 1),
        ):
            with pytest.raises(JobQueueUnavailable, match="job queue is down") as raised:
                await act
            assert "no such table" in raised.value.why
    finally:
        renamed(worker.file, "away", "workflow_status")


async def test_a_job_runs_only_once_at_a_time(tmp_path: Path) -> None:
    running = RunningJobs()
    with running.job("T1.1"):
        with pytest.raises(asyncio.CancelledError), running.job("T1.1"):
            pytest.fail("it ran twice")
        assert set(running.ids) == {"T1.1"}
    with running.job("T1.1"):
        assert set(running.ids) == {"T1.1"}
    assert not running.ids


async def test_a_job_that_is_started_in_another_event_loop_is_cancelled() -> None:
    running = RunningJobs()

    async def job() -> None:
        with running.job("T1.1"):
            pytest.fail("it ran in another loop")

    with pytest.raises(asyncio.CancelledError):
        await asyncio.to_thread(asyncio.run, job())
    assert not running.ids


ODD_ROWS = (
    """INSERT INTO queues (queue_id, name, priority_enabled, partition_queue, polling_interval_sec,
        created_at, updated_at) VALUES ('odd', 'odd', 1, 0, 1, 0, 0)""",
    """INSERT INTO workflow_schedules (schedule_id, schedule_name, workflow_name, schedule, context,
        last_fired_at, automatic_backfill)
        VALUES ('odd', 'odd', 'render', '* * * * * *', 'null', '2026-01-01T00:00:00+00:00', 1)""",
)


async def test_only_its_own_queues_are_served_and_no_schedule_runs(
    start_worker: StartWorker,
) -> None:
    """Whoever can write to the database could otherwise have thousands of threads start, or jobs
    run without end."""
    worker = await start_worker()
    for row in ODD_ROWS:
        worker.sql(row)
    await worker.jobs.stop()
    worker = await start_worker()
    await worker.jobs.enqueue("T1", 1)
    await wait_until(lambda: worker.submitted["T1"])
    names = [thread.name for thread in threading.enumerate()]
    assert "queue-worker-odd" not in names
    assert not [name for name in names if "scheduler" in name]
    worker.finish.set()
    await wait_until(lambda: worker.settled["T1"])
    assert worker.sql("SELECT name FROM workflow_status WHERE workflow_uuid LIKE 'sched%'") == []
    assert set(worker.submitted) == {"T1"}
