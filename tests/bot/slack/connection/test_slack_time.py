"""A clock that is off refuses everything that comes by signed HTTP, and has paid videos not found:
admins have to hear of it."""

from pathlib import Path

import pytest

from bot.cli import check
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import settings_for
from tests.support.monitoring import readiness
from tests.support.workspace import StartBot


@pytest.mark.parametrize(
    ("seconds", "said"), [(600, "10 minutes behind"), (-600, "10 minutes ahead")]
)
async def test_a_bot_whose_clock_is_off_is_not_ready_for_signed_http(
    start_bot: StartBot, slack: SlackStandIn, seconds: int, said: str
) -> None:
    slack.installation.seconds_ahead = seconds
    workspace = await start_bot(http=True)
    assert said in (await readiness(workspace.bot, 503))["slack"]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_small_difference_matters_to_nobody(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    slack.installation.seconds_ahead = 20
    workspace = await start_bot(http=http)
    assert (await readiness(workspace.bot, 200))["slack"] == "ok"


async def test_socket_mode_works_with_any_clock(start_bot: StartBot, slack: SlackStandIn) -> None:
    slack.installation.seconds_ahead = 6000
    workspace = await start_bot()
    assert (await readiness(workspace.bot, 200))["slack"] == "ok"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
@pytest.mark.parametrize("seconds", [0, 600])
async def test_the_check_names_a_clock_that_is_off(
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seconds: int,
    http: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    slack.installation.seconds_ahead = seconds
    for name, value in settings_for(slack, segmind, tmp_path, http=http).items():
        monkeypatch.setenv(name, value)
    assert await check.run() == (1 if seconds else 0)
    said = capsys.readouterr().out
    assert ("clock is 10 minutes behind Slack's" in said) == bool(seconds)
