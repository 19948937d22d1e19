"""The stage of the tests: both stand-ins on the wire, and the real bot in this event loop."""

import gc
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Bot
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import MANIFEST, settings_for
from bot.process.clock import Clock
from bot.settings.network import VARIABLES
from bot.settings.table import Settings
from tests.support.processes import empty_databases
from tests.support.processes.postgres import PostgresServer
from tests.support.processes.postgres import postgres as postgres
from tests.support.workspace import (
    ADMIN,
    METRICS_TOKEN,
    QUIET,
    FastClock,
    StartBot,
    Workspace,
    be_patient,
    wait_for_slack,
)

IN_MEMORY = Path("/dev/shm")  # Linux's folder in memory
ENOUGH_BYTES = 4 << 30


gc.disable()  # until all tests are collected: nothing of them is garbage


def pytest_configure() -> None:
    """Keeps the tests' files in memory if there is room, unless PYTEST_DEBUG_TEMPROOT is set.

    Both databases of a bot wait for the disk at each commit, and the tests commit all the time. No
    test cuts the power, and after a kill the files in memory are as complete as those on a disk.
    The machine's proxy and certificates are none of the tests' business.
    """
    for name in VARIABLES:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
    empty_databases.share_compiled_statements()


def pytest_collection_finish() -> None:
    """Spares the garbage collector all that is imported: it would look at it again and again.

    A tenth of the CPU time of a test with a bot went into looking after each 700 new objects.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of a test run: a scene is filmed once."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder) / "films"


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(MANIFEST, tmp_path / "slack-files") as stand_in:
        be_patient(stand_in)
        yield stand_in


@pytest.fixture
async def segmind(films: Path) -> AsyncIterator[SegmindStandIn]:
    async with SegmindStandIn(films) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
async def start_bot(
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    tmp_path: Path,
    templates: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[StartBot]:
    """`await start_bot(http=False, MAX_RENDERS="1", …)`: one bot at a time, stopped at the end."""
    wait_for_slack(monkeypatch)
    running: list[Bot] = []

    async def start(*, http: bool = False, clock: Clock | None = None, **extra: str) -> Workspace:
        admin = slack.person(ADMIN)
        environment = settings_for(slack, segmind, tmp_path / "data", http=http)
        environment |= QUIET | {"ADMIN_USER_IDS": admin.id, "METRICS_TOKEN": METRICS_TOKEN}
        if clock and clock.scaled(1) == 1:  # renders are as quick although the bot is not
            environment["TYPICAL_RENDER_SECONDS"] = "1"
        settings = replace(Settings.from_env(environment | extra), port=0)
        if not settings.database_url:
            empty_databases.prepare(settings.data_dir, templates)
        bot = Bot(settings, clock=clock or FastClock())
        await bot.__aenter__()
        empty_databases.save_queue(settings.data_dir, templates)
        running.append(bot)
        if http:
            slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        else:
            await slack.connected()
        ada, marketing = slack.person("Ada"), slack.channel("marketing")
        return Workspace(slack, segmind, bot, settings, ada, marketing)

    yield start
    slack.faults.clear()  # a stop would wait for each call that is held up
    for bot in running:
        await bot.__aexit__(None, None, None)


@pytest.fixture(params=["SQLite", "Postgres"])
def each_store(request: pytest.FixtureRequest) -> dict[str, str]:
    """What tells `start_bot` where log and queue are."""
    if request.param == "SQLite":
        return {}
    server: PostgresServer = request.getfixturevalue("postgres")
    return {"DATABASE_URL": server.bot_database()}


@pytest.fixture
async def workspace(start_bot: StartBot) -> Workspace:
    return await start_bot()
