"""Whatever else is in the rows of the job queue, its jobs go on, and nothing in them runs as code.

A release before JSON left pickles there, and whoever can write to the database can leave anything.
"""

import base64
import json
import pickle
import sqlite3
from collections.abc import Callable
from contextlib import closing
from math import inf
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.demo.segmind import Answer, AtOnce
from bot.demo.stage import Stage
from tests.support.conversations import delivered
from tests.support.processes.bot_process import HELD, ask_on, held_stage, kill
from tests.support.processes.postgres import PostgresServer
from tests.support.waiting import wait_until
from tests.support.workspace import wait_for_text

Rows = list[tuple[Any, ...]]
Query = Callable[..., Rows]
CHANGES = (
    "UPDATE workflow_status SET serialization = 'py_pickle' WHERE workflow_uuid = ?",
    "UPDATE workflow_input SET inputs = ? WHERE workflow_uuid = ?",
    "UPDATE workflow_output SET output = ?, error = ? WHERE workflow_uuid = ?",
)


@pytest.fixture(params=["SQLite", "Postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """ "": an SQLite file."""
    if request.param == "SQLite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


def queue_of(stage: Stage, database_url: str) -> Query:
    def sqlite(sql: str, *values: str | None) -> Rows:
        with closing(sqlite3.connect(stage.folder / "jobs.db", timeout=10)) as db, db:
            return db.execute(sql, values).fetchall()

    def postgres(sql: str, *values: str | None) -> Rows:
        with psycopg.connect(database_url, options="-c search_path=dbos") as db:
            found = db.execute(sql.replace("?", "%s").encode(), values)
            return found.fetchall() if found.description else []

    return postgres if database_url else sqlite


class CreatesFile:
    """Pickled: creates a file when it is unpickled, and then is what a job takes."""

    def __init__(self, file: Path, take_id: str) -> None:
        self._call = f"(open({str(file)!r}, 'w'), {{'args': ({take_id!r},), 'kwargs': {{}}}})[1]"

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (self._call,)


def pickled(value: object) -> str:
    return base64.b64encode(pickle.dumps(value)).decode()


async def log_of(stage: Stage) -> list[dict[str, Any]]:
    return list(json.loads(await stage.bot.command("log", "--json")))


@pytest.mark.parametrize("hostile", [False, True], ids=["harmless", "hostile"])
async def test_pickled_jobs_go_on_and_are_not_unpickled(
    database_url: str, hostile: bool, tmp_path: Path, films: Path
) -> None:
    stage = held_stage(tmp_path / "data", films, MAX_RENDERS="1", DATABASE_URL=database_url)
    stage.segmind.pace = AtOnce()
    stage.segmind.faults.add("history", Answer(503), times=inf)
    async with stage:
        query = queue_of(stage, database_url)
        done = await ask_on(stage, "Its cost is not known yet.")
        await delivered(done)
        stage.segmind.pace = HELD
        paid = await ask_on(stage, "The paid one.")
        await wait_for_text(paid, "Rendering")
        waiting = await ask_on(stage, "The waiting one.")
        settling = "SELECT 1 FROM workflow_status WHERE name = 'settle'"
        await wait_until(lambda: len(query(settling)) == 1)
        await kill(stage)

        ran = tmp_path / "ran"
        for (job_id,) in query("SELECT workflow_uuid FROM workflow_status"):
            take_id = job_id.removesuffix(".settle").rpartition(".")[0]
            if hostile:
                inputs, output, error = [pickled(CreatesFile(ran, take_id))] * 3
            else:
                inputs = pickled({"args": (take_id,), "kwargs": {}})
                output, error = pickled(None), None
            for change, values in zip(CHANGES, [(), (inputs,), (output, error)], strict=True):
                query(change, *values, job_id)
        stage.segmind.faults.clear()
        stage.segmind.pace = AtOnce()
        await stage.start_bot()
        for card in (done, paid, waiting):
            await delivered(card)
        assert len(stage.segmind.bill) == 3
        assert not ran.exists()
        unfinished = "SELECT 1 FROM workflow_status WHERE status <> 'SUCCESS'"
        await wait_until(lambda: query(unfinished) == [])
        takes = await log_of(stage)
        assert [take["state"] for take in takes] == ["delivered"] * 3
        assert all(take["settled_at"] for take in takes)
        assert await stage.bot.stop() == 0
        assert "Traceback" not in (stage.folder / "bot.log").read_text()


async def test_a_row_that_the_engine_cannot_read_holds_up_no_other(
    database_url: str, tmp_path: Path, films: Path
) -> None:
    """Not the jobs that a kill has interrupted, and on Postgres not the heartbeat of the host."""
    stage = held_stage(tmp_path / "data", films, DATABASE_URL=database_url)
    async with stage:
        query = queue_of(stage, database_url)
        paid = await ask_on(stage, "The paid one.")
        await wait_for_text(paid, "Rendering")
        query(
            "INSERT INTO workflow_status (workflow_uuid, status, executor_id, authenticated_roles)"
            " VALUES ('odd', 'PENDING', 'nobody', '[')"
        )
        await kill(stage)
        stage.segmind.pace = AtOnce()
        await stage.start_bot()
        await delivered(paid)
        await delivered(await ask_on(stage, "The next one."))
        assert len(stage.segmind.bill) == 2
        assert await stage.bot.stop() == 0
        assert "Traceback" not in (stage.folder / "bot.log").read_text()
