"""Log and engine can write nothing for a while: what was under way goes on, with no restart."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot import jobs_chores
from bot.demo.segmind import AfterSeconds, AtOnce
from tests.conftest import StartBot, until
from tests.conversations import delivered
from tests.kills import until as eventually


def renamed(file: Path, table: str, to: str) -> None:
    with closing(sqlite3.connect(file, timeout=10)) as db:
        db.execute(f"ALTER TABLE {table} RENAME TO {to}")


async def test_a_render_that_the_engine_dropped_goes_on_and_is_paid_once(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_chores, "LOOK_SECONDS", 0.2)
    workspace = await start_bot()
    segmind, settings = workspace.segmind, workspace.settings
    segmind.pace = AfterSeconds(float("inf"))
    card = await until(await workspace.ask(), "Rendering")
    renamed(settings.log_path, "takes", "away")
    renamed(settings.jobs_path, "operation_outputs", "away")
    renamed(settings.jobs_path, "workflow_status", "away_too")
    segmind.pace = AtOnce()
    await eventually(lambda: "Exception encountered in asynchronous workflow" in caplog.text)
    renamed(settings.jobs_path, "away_too", "workflow_status")
    renamed(settings.jobs_path, "away", "operation_outputs")
    renamed(settings.log_path, "away", "takes")
    await delivered(card)
    assert len(segmind.bill) == 1
    assert "it goes on" in caplog.text
