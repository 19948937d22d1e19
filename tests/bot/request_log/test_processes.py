"""Several processes on one log, and a process that is killed.

Each test runs on SQLite and on Postgres.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.takes import State, Take, WrongMove
from bot.request_log import statements
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.statements import one_row
from tests.support.processes.postgres import PostgresServer
from tests.support.request_log import (
    Location,
    add_request,
    deliver,
)

S = State
ROOT = Path(__file__).parents[3]


async def test_only_one_of_two_processes_moves_a_take(log: RequestLog, location: Location) -> None:
    take = await add_request(log)
    other = await RequestLog.open(location)
    try:
        await other.move(take.id, S.SUBMITTING, expect={S.QUEUED})
        with pytest.raises(WrongMove):
            await log.move(take.id, S.SUBMITTING, expect={S.QUEUED})
    finally:
        await other.close()


async def test_of_many_concurrent_moves_one_succeeds(log: RequestLog, location: Location) -> None:
    """Two hosts, ten presses of a button each: one counts."""
    take = await add_request(log)
    other = await RequestLog.open(location)
    try:
        moves = [some.move(take.id, S.SUBMITTING, expect={S.QUEUED}) for some in (log, other) * 10]
        ends = await asyncio.gather(*moves, return_exceptions=True)
        again = [some.add_take(replace(take, id="T1-2", number=2)) for some in (log, other) * 10]
        added = await asyncio.gather(*again)
    finally:
        await other.close()
    assert [type(end) for end in ends].count(Take) == 1
    assert {type(end) for end in ends} == {Take, WrongMove}
    assert added.count(True) == 1


async def test_an_older_take_that_is_resumed_meanwhile_changes_no_reviewers(
    postgres: PostgresServer,
) -> None:
    """The new take is there, but not for all to see yet."""
    log, other = [await RequestLog.open(location) for location in [postgres.log_database()] * 2]
    take = await add_request(log)
    await deliver(log, take)
    second, third = replace(take, id="T1-2", number=2), replace(take, id="T1-3", number=3)
    await log.add_take(second, reviewers={"U4": 0})
    await log.move(second.id, S.CANCELLED)
    async with log.store.transaction() as db:
        await one_row(db, "requests", take.request_id, for_update=True)
        await statements.add_take(db, third, "C1", "U1", reviewers={"U2": 0, "U3": 1})
        resumed = asyncio.create_task(other.move(second.id, S.RENDERING))
        await asyncio.wait([resumed], timeout=0.5)
    await resumed
    named = {one.user_id: one.round for one in await ReviewLog(log.store).reviewers("R1")}
    assert named == {"U2": 0, "U3": 1}
    await log.close()
    await other.close()


async def test_a_reopened_log_has_the_same_takes(log: RequestLog, location: Location) -> None:
    take = await add_request(log)
    again = await RequestLog.open(location)
    try:
        assert await again.take(take.id) == take
    finally:
        await again.close()


async def test_processes_that_start_together_can_all_open_the_log(location: Location) -> None:
    logs = await asyncio.gather(*(RequestLog.open(location) for _ in range(3)))
    for log in logs:
        await log.close()


async def test_a_committed_request_survives_a_kill(location: Location) -> None:
    script = (
        "import asyncio, os, pathlib, sys; sys.path.insert(0, '.')\n"
        "from bot.request_log.log import RequestLog; from bot.domain.takes import *\n"
        "from bot.domain.parameters import Parameters\n"
        "async def main():\n"
        "    where = sys.argv[1]\n"
        "    log = await RequestLog.open(where if ':' in where else pathlib.Path(where))\n"
        "    take = Take('T1', 'R1', 1, Parameters())\n"
        "    await log.add_request(Request('R1', 'U1', 'C1', ''), take)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, location, cwd=ROOT)
    assert await process.wait() == -9
    log = await RequestLog.open(location)
    assert (await log.take("T1")).state is S.QUEUED
    await log.close()
