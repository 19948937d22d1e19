"""A stop always ends: during the start, when requested twice, and when something hangs."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from bot.demo.segmind import SegmindStandIn, Slow
from bot.demo.slack import SlackStandIn
from bot.demo.stage import ROOT, BotProcess, settings_for
from bot.jobs.lease import HostLease
from bot.request_log.log import RequestLog
from tests.support.conversations import refuse_key
from tests.support.processes.bot_process import ask_on, held_stage, kill
from tests.support.processes.ports import free_port
from tests.support.processes.postgres import PostgresServer
from tests.support.waiting import wait_until
from tests.support.workspace import PATIENCE, wait_for_text

SOON = 10.0  # seconds; a busy machine needs some to end a process
WAITS_FOR_LOCK = """
    SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()"""
HANGING = """
import asyncio, threading
from bot.process import shutdown

async def hang():
    shutdown.on_signals()
    print("ready", flush=True)
    threading.Event().wait()

shutdown.STOP_SECONDS = 0.2
asyncio.run(hang())
"""


@pytest.fixture
async def bot(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotProcess]:
    folder = tmp_path_factory.mktemp("bot")
    settings = settings_for(slack, segmind, folder) | {"PORT": str(free_port())}
    bot = BotProcess(settings, folder / "bot.log")
    yield bot
    await bot.kill()


def said(bot: BotProcess) -> str:
    return bot._output.read_text()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_stop_does_not_wait_for_the_start(
    bot: BotProcess, slack: SlackStandIn, method: str
) -> None:
    slack.faults.add(method, slow=60)
    await bot.start()
    await slack.until(lambda: slack.journal.calls(method), PATIENCE)
    assert await asyncio.wait_for(bot.stop(), SOON) == 0
    assert "stopping" in said(bot)
    assert "Traceback" not in said(bot)
    assert "Unclosed" not in said(bot)


async def test_a_stop_right_after_the_start_submits_nothing(tmp_path: Path, films: Path) -> None:
    stage = held_stage(tmp_path, films)
    segmind = stage.segmind
    async with stage:
        refuse_key(segmind)
        await wait_for_text(await ask_on(stage, "It waits."), "refuses the bot's API key")
        await kill(stage)
        segmind.faults.clear()
        segmind.faults.add("balance", Slow(2.0))  # the stop waits for what asks
        before = len(segmind.journal)
        await stage.bot.start()
        await wait_until(lambda: any("credits" in c.path for c in segmind.journal[before:]))
        assert await stage.bot.stop() == 0
        assert segmind.bill == []


async def test_a_stop_that_is_asked_for_twice_is_one(bot: BotProcess, slack: SlackStandIn) -> None:
    await bot.start()
    await slack.connected(PATIENCE)
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        bot.signal(how)
    assert await asyncio.wait_for(bot.stop(), SOON) == 0
    assert said(bot).count("stopping") == 1
    assert "Traceback" not in said(bot)


async def test_a_process_whose_loop_hangs_still_ends() -> None:
    pipe = asyncio.subprocess.PIPE
    hanging = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGING, cwd=ROOT, stdout=pipe, stderr=pipe
    )
    assert hanging.stdout
    assert await hanging.stdout.readline() == b"ready\n"
    hanging.send_signal(signal.SIGTERM)
    _, told = await asyncio.wait_for(hanging.communicate(), SOON)
    assert told == b"not stopped after 0.2 s: exiting without waiting for what hangs\n"
    assert hanging.returncode == 0


async def test_a_stop_does_not_wait_for_a_migration_that_hangs(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path, postgres: PostgresServer
) -> None:
    url, port = postgres.bot_database(), free_port()
    settings = settings_for(slack, segmind, tmp_path) | {"PORT": str(port), "DATABASE_URL": url}
    bot = BotProcess(settings, tmp_path / "bot.log")
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE dbos.dbos_migrations IN ACCESS EXCLUSIVE MODE")
        await bot.start()
        await slack.connected(PATIENCE)
        async with (
            asyncio.timeout(PATIENCE),
            await psycopg.AsyncConnection.connect(url) as watching,
        ):
            while not await (await watching.execute(WAITS_FOR_LOCK)).fetchone():
                await watching.rollback()
                await asyncio.sleep(0.1)
        assert await asyncio.wait_for(bot.stop(), SOON) == 0
    assert "exiting without waiting" not in said(bot)


async def test_a_database_that_hangs_is_left_all_the_same(postgres: PostgresServer) -> None:
    url = postgres.database()
    await (await RequestLog.open(url)).close()  # it makes the schema
    host = HostLease(url, on_host_count=lambda _: None)
    await host.join()
    assert host._connection
    backend = host._connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    try:
        await asyncio.wait_for(host.leave(), SOON)
    finally:
        os.kill(backend, signal.SIGCONT)
