"""LOG_LEVEL=DEBUG prints no script, note or token: libraries would print whole requests."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from slack_bolt.logger import get_bolt_logger

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import BotProcess, settings_for
from bot.monitoring import logs
from bot.settings.table import Settings
from bot.slack.connection.tokens import slack_client
from tests.support.processes import fork_server
from tests.support.processes.ports import free_port
from tests.support.waiting import wait_until
from tests.support.workspace import QUIET


class Listener:
    """Something of Bolt's that has a logger."""


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("name", logs.NOISY_LOGGERS)
def test_a_library_says_nothing_below_a_warning(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure_logging("DEBUG", [])
    for logger in (logging.getLogger(name), logging.getLogger(f"{name}.child")):
        level = logger.level
        logger.setLevel(logging.DEBUG)
        logger.debug("a script")
        logger.info("a script")
        logger.warning("a warning")
        logger.setLevel(level)
    logging.getLogger("bot.some").debug("a detail")
    said = capsys.readouterr().err
    assert "a script" not in said
    assert (said.count("a warning"), said.count("a detail")) == (2, 1)


def test_bolts_own_loggers_are_among_them(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("DEBUG", [])
    logger = get_bolt_logger(Listener)
    assert logger.isEnabledFor(logging.DEBUG)  # it takes the root's level
    logger.debug("Responding with a script")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_calls_of_slack_are_not_put_into_words_that_nobody_prints(level: str) -> None:
    logs.configure_logging(level, [])
    settings = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SEGMIND_API_KEY": "k"}
    async with ClientSession() as session:
        slack = slack_client(Settings.from_env(settings), session)
    assert slack.logger.level > logging.DEBUG, "the SDK asks for the logger's own level"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_at_debug_a_whole_conversation_leaves_no_script_in_the_log(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path, http: bool
) -> None:
    output, port = tmp_path / "bot.log", free_port()
    settings = settings_for(slack, segmind, tmp_path / "data", http=http)
    fast = QUIET | {"LOG_LEVEL": "DEBUG", "TYPICAL_RENDER_SECONDS": "0.1"}
    bot = BotProcess(settings | fast | {"PORT": str(port)}, output)
    bot.launch = fork_server.launch
    await bot.start()
    if http:
        slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        await wait_until(lambda: "the bot has started" in output.read_text())
    else:
        await slack.connected(20)
    ada, marketing = slack.person("Ada"), slack.channel("marketing")
    await ada.command("/avatar", "The merger is on Friday.", marketing)
    modal = await ada.modal()
    assert await modal.submit() == {}
    card = await marketing.wait_for(lambda m: "Ready" in m.text())
    await ada.reply(card, "0:00 whisper the merger")
    await card.thread.wait_for(lambda m: "Noted" in m.text())
    assert await bot.stop() == 0
    said = output.read_text()
    assert "DEBUG" in said
    assert "merger" not in said
    for secret in (slack.bot_token, slack.app_token, slack.signing_secret, segmind.api_key):
        assert secret not in said
