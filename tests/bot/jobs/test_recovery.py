"""Log and engine can write nothing for a while: what was under way goes on, with no restart."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce
from bot.jobs import recovery
from bot.jobs.recovery import Dropped
from bot.jobs.running import RunningJobs
from tests.support.conversations import delivered
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, wait_for_text


def renamed(file: Path, table: str, to: str) -> None:
    with closing(sqlite3.connect(file, timeout=10)) as db:
        db.execute(f"ALTER TABLE {table} RENAME TO {to}")


async def test_a_render_that_the_engine_dropped_goes_on_and_is_paid_once(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "LOOK_SECONDS", 0.2)
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
    assert "it goes on" in caplog.text


async def begins(running_jobs: RunningJobs, *job_ids: str) -> list[asyncio.Task[None]]:
    """They have begun, and go on until they are cancelled."""

    async def job(job_id: str) -> None:
        running_jobs.keep(job_id)
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(job(job_id)) for job_id in job_ids]
    await asyncio.sleep(0)
    return tasks


async def test_what_waits_long_for_its_begin_is_not_dropped_and_what_others_overtake_is() -> None:
    running_jobs, dropped = RunningJobs(), Dropped()
    idle = {f"J{n}" for n in range(1000)}
    assert dropped.among(idle, running_jobs) == set(), "taken from the queue, and at the first look"
    for first in range(0, 999, 111):
        new = {f"J{n}" for n in range(first, first + 111)}
        await begins(running_jobs, *new)
        idle -= new
        assert dropped.among(idle, running_jobs) == set()
    assert idle == {"J999"}
    await begins(running_jobs, "J1000")  # taken after it, and it goes on like that all day
    assert dropped.among(idle, running_jobs) == {"J999"}
    assert dropped.among(idle, running_jobs) == set(), "it has been taken up, so it waits anew"
    await running_jobs.cut_off()


async def test_what_has_ended_or_waits_while_nothing_begins_is_dropped() -> None:
    running_jobs, dropped = RunningJobs(), Dropped()
    await begins(running_jobs, "ended")
    await running_jobs.cut_off()
    assert dropped.among({"ended", "waits"}, running_jobs) == set()
    await begins(running_jobs, "another")
    assert dropped.among({"ended", "waits"}, running_jobs) == {"ended"}
    assert dropped.among({"waits"}, running_jobs) == {"waits"}
    dropped.forget()
    assert dropped.among({"waits"}, running_jobs) == set()
    await running_jobs.cut_off()


async def test_what_the_engine_begins_in_a_loop_of_its_own_is_cut_off() -> None:
    running_jobs = RunningJobs()

    async def job() -> None:
        running_jobs.keep("J1")

    with pytest.raises(asyncio.CancelledError):
        await asyncio.to_thread(asyncio.run, job())
    assert (running_jobs.running(), running_jobs.begun) == (frozenset(), 0)
    await running_jobs.cut_off()
