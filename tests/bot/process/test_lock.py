"""Which processes may run at the same time, and how long the job engine keeps ended jobs."""

import asyncio
import errno
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import BotProcess, settings_for
from bot.errors import ConfigurationError
from bot.process.lock import process_lock
from bot.settings.table import Settings
from tests.support.processes import fork_server
from tests.support.processes.ports import free_port
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SEGMIND_API_KEY": "SG_1"}
DAY_MS = 24 * 3600 * 1000


async def test_a_second_process_on_the_same_folder_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    settings = settings_for(workspace.slack, workspace.segmind, workspace.settings.data_dir)
    second = BotProcess(settings | {"PORT": str(free_port())}, tmp_path / "second.log")
    second.launch = fork_server.launch
    await second.start()
    async with asyncio.timeout(20):
        await second.ended()
    assert await second.stop() == 2
    assert "is in use by another process" in second.last_words()
    await wait_for_text(await workspace.ask(), "Ready")


async def test_after_a_kill_the_folder_is_free(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    settings = settings_for(slack, segmind, tmp_path) | {"PORT": str(free_port())}
    bot = BotProcess(settings, tmp_path / "bot.log")
    bot.launch = fork_server.launch
    for how in (signal.SIGKILL, signal.SIGTERM):
        await bot.start()
        await slack.connected(20)
        await bot.stop(how)
        await slack.until(lambda: not slack.sockets.open)
    assert "in use" not in (tmp_path / "bot.log").read_text()


@pytest.mark.parametrize("command", [["work"], ["run", "--no-renders"]])
def test_half_of_the_bot_is_refused_without_postgres(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    assert main(command) == 2
    assert "DATABASE_URL is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.EWOULDBLOCK, "is in use by another process"),
        (errno.EACCES, "is in use by another process"),
        (errno.ENOLCK, "can't be locked: No locks available. Use a folder on a disk with"),
        (errno.EOPNOTSUPP, "can't be locked: Operation not supported. Use a folder on a disk"),
    ],
)
def test_only_a_lock_that_is_held_is_another_process(
    code: int, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def flock(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", flock)  # no file system here refuses all locks
    with pytest.raises(ConfigurationError, match=said), process_lock(settings_in(tmp_path)):
        pass


def a_file(path: Path) -> None:
    path.touch()


def a_broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


@pytest.mark.parametrize("url", ["", "postgresql://db/avatar"])
@pytest.mark.parametrize("make", [a_file, a_broken_link, below_a_file])
def test_a_folder_that_cannot_be_used_is_named_and_what_to_do_is_said(
    make: Callable[[Path], None], url: str, tmp_path: Path
) -> None:
    (tmp_path / "some").mkdir()
    make(folder := tmp_path / "some" / "data")
    with pytest.raises(ConfigurationError) as caught, process_lock(settings_in(folder, url)):
        pass
    assert caught.value.sentence.startswith("DATA_DIR ")
    assert str(folder) in caught.value.sentence
    assert "Set it to a folder on a persistent disk" in caught.value.sentence
    assert "Errno" not in caught.value.sentence


def settings_in(folder: Path, url: str = "") -> Settings:
    return Settings.for_log({"DATA_DIR": str(folder), "DATABASE_URL": url})


async def test_the_engine_forgets_what_ended_a_week_ago_and_the_log_does_not(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot()
    await wait_for_text(
        await workspace.ask(), "cost $"
    )  # settled: nothing of it is looked for again
    jobs = workspace.settings.jobs_path
    await wait_until(lambda: len(kept(jobs)) == 2)  # a render, and its settlement
    await workspace.bot.__aexit__(None, None, None)
    with closing(sqlite3.connect(jobs)) as engine:
        engine.execute(
            "UPDATE workflow_status SET status = 'SUCCESS', completed_at ="
            " CASE WHEN workflow_uuid LIKE '%settle' THEN ? ELSE ? END"
            " + CAST(strftime('%s') AS INTEGER) * 1000",
            [-6 * DAY_MS, -8 * DAY_MS],
        )
        engine.commit()
    again = await start_bot()
    await wait_until(lambda: [job.endswith(".settle") for job in kept(jobs)] == [True])
    with closing(sqlite3.connect(again.settings.log_path)) as log:
        assert log.execute("SELECT state FROM request_log").fetchall() == [("delivered",)]


def kept(jobs: Path) -> list[str]:
    with closing(sqlite3.connect(jobs)) as engine:
        return [row[0] for row in engine.execute("SELECT workflow_uuid FROM workflow_status")]


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    """Others may be able to write to the folder: they could name a file of the bot's user."""
    precious, data_dir = tmp_path / "precious", tmp_path / "data"
    precious.write_text("kept")
    data_dir.mkdir()
    (data_dir / "one-process.lock").symlink_to(precious)
    settings = Settings.from_env(TOKENS | {"DATA_DIR": str(data_dir)})
    with pytest.raises(ConfigurationError, match=r"one-process\.lock"), process_lock(settings):
        pass
    assert precious.read_text() == "kept"
