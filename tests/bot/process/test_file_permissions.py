"""Tokens, scripts and videos are not for the other users of the machine."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bot.cli import check
from bot.cli.main import main
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import BotProcess, settings_for
from bot.process.file_permissions import exposed
from tests.support.processes.ports import free_port


@pytest.fixture(autouse=True)
def _umask_as_before() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def everybodys(folder: Path) -> Path:
    """A DATA_DIR and a .env, as an older version or `cp` makes them."""
    data = folder / "my data"
    data.mkdir()
    for name in (".env", "my data/avatar.db", "my data/jobs.db-wal", "my data/catalog.toml"):
        (folder / name).touch()
    return data


async def test_what_the_bot_creates_is_its_users_alone_and_the_start_names_the_rest(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    settings = settings_for(slack, segmind, data) | {"PORT": str(free_port())}
    bot = BotProcess(settings, tmp_path / "bot.log")
    await bot.start()
    await slack.connected(20)
    assert await bot.stop() == 0
    assert mode(data) == "0o700"
    assert {mode(path) for path in data.glob("*.db*")} == {"0o600"}
    data.chmod(0o755)
    await bot.start()
    await slack.connected(20)
    assert await bot.stop() == 0
    said = (tmp_path / "bot.log").read_text()
    assert said.count(f"others on this machine can read {data}: chmod 700 {data}") == 1


def run_all(commands: Iterable[str]) -> None:
    for command in commands:
        assert os.system(command) == 0


@pytest.mark.parametrize("command", ["run", "work", "check", "log"])
def test_every_command_keeps_new_files_private(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SEGMIND_API_KEY", "DATABASE_URL", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert main([command]) != 0  # there are no settings
    (tmp_path / "new").touch()
    assert mode(tmp_path / "new") == "0o600"


def test_each_file_that_others_can_read_is_named_with_the_command_that_fixes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    data = everybodys(tmp_path)
    fixes = [fix for _, fix in exposed(data)]
    assert fixes == [
        "chmod 600 .env",
        f"chmod 700 '{data}'",
        f"chmod 600 '{data / 'avatar.db'}'",
        f"chmod 600 '{data / 'jobs.db-wal'}'",
    ]
    run_all(fixes)
    assert list(exposed(data)) == []
    assert list(exposed(tmp_path / "not there")) == []


async def test_check_names_them(
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    data = everybodys(tmp_path)
    for name, value in settings_for(slack, segmind, data).items():
        monkeypatch.setenv(name, value)
    assert await check.run() == 1
    said = capsys.readouterr().out
    assert "others on this machine can read .env" in said
    assert "→ chmod 600 .env" in said
    run_all(fix for _, fix in exposed(data))
    assert await check.run() == 0
