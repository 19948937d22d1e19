"""What a start says of settings that are not right, before anybody asks for a video."""

from pathlib import Path

import pytest

from bot.cli.main import main
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import BotProcess, settings_for
from tests.support.processes.ports import free_port
from tests.support.waiting import wait_until


def test_what_a_missing_setting_is_misspelt_as_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
    monkeypatch.setenv("SEGMIND_API_KY", "hush")
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "SEGMIND_API_KEY is missing" in said
    assert "SEGMIND_API_KY isn't a setting. Did you mean SEGMIND_API_KEY?" in said
    assert "hush" not in said


def test_a_proxy_that_cannot_be_used_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SEGMIND_API_KEY": "SG_1",
        "all_proxy": "socks://me:hush@127.0.0.1:7890/",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("avatar: all_proxy is a SOCKS proxy")
    assert said.count("\n") == 1
    assert "hush" not in said


async def test_a_misspelt_setting_and_a_wrong_key_are_named_at_the_start(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    settings = settings_for(slack, segmind, tmp_path)
    wrong = {"SEGMIND_API_KEY": "SG_revoked", "MAX_RENDER": "9"}
    output = tmp_path / "bot.log"
    bot = BotProcess(settings | wrong | {"PORT": str(free_port())}, output)
    await bot.start()
    try:
        await wait_until(lambda: "Segmind refuses SEGMIND_API_KEY" in output.read_text())
        await slack.connected(20)
    finally:
        assert await bot.stop() == 0
    said = output.read_text()
    assert "/metrics is off, because METRICS_TOKEN is not set" in said
    assert "MAX_RENDER isn't a setting. Did you mean MAX_RENDERS?" in said
    assert "replace it and restart" in said
    assert "SG_revoked" not in said
    assert segmind.bill == []
