"""The log, as text and as JSON: lines name their take, and contain no secrets."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator

import pytest

from bot.demo.segmind import Answer, Outcome
from bot.monitoring import logs
from bot.process.background import Background
from tests.support.conversations import ask, delivered_take, new_take, review_of
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, wait_for_text

log = logging.getLogger("bot.some")
SECRET = 'xoxb-"ä\\-hush'


@pytest.fixture(autouse=True)
def _handlers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.NOISY_LOGGERS}
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for name, kept in levels.items():
        logging.getLogger(name).setLevel(kept)


def fail() -> None:
    try:
        raise ValueError(f"the token {SECRET} is bad")
    except ValueError:
        log.exception("with %s", SECRET)


async def test_only_lines_about_a_take_name_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logging("INFO", [])

    async def render(take_id: str) -> None:
        logs.set_log_take(take_id)
        await asyncio.sleep(0)
        log.info("goes on")
        await asyncio.create_task(started_by_it())

    async def started_by_it() -> None:
        log.info("too")

    await asyncio.gather(asyncio.create_task(render("V1-1")), asyncio.create_task(render("V2-1")))
    log.info("nobody's")
    lines = [line.partition("bot.some: ")[2] for line in capsys.readouterr().err.splitlines()]
    assert sorted(lines) == [
        "nobody's", "take=V1-1 goes on", "take=V1-1 too", "take=V2-1 goes on", "take=V2-1 too",
    ]  # fmt: skip


def test_no_secret_is_logged_not_even_in_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("INFO", [SECRET])
    fail()
    printed = capsys.readouterr().err
    assert "hush" not in printed
    assert "ValueError: the token [hidden] is bad" in printed


def test_a_json_line_contains_the_traceback_but_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logging("INFO", [SECRET], "json")
    fail()
    [line] = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["message"] == "with [hidden]"
    assert said["traceback"].endswith("ValueError: the token [hidden] is bad")
    assert (said["level"], said["logger"]) == ("ERROR", "bot.some")
    assert "take" not in said
    assert "hush" not in line


def test_a_secret_that_contains_another_is_hidden_completely(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logging("INFO", ["key", "key-of-the-house"])
    log.info("key-of-the-house")
    assert capsys.readouterr().err.endswith(": [hidden]\n")


async def test_lines_of_a_render_name_its_take(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(logs.RedactingFormatter([]))
    caplog.set_level("INFO", "handlers")
    workspace = await start_bot()
    workspace.segmind.faults.add("status", Answer(503), times=2)
    await wait_for_text(await workspace.ask(), "Ready")
    about = [line for line in caplog.text.splitlines() if "poll did not go through" in line]
    assert about
    assert all(" take=V" in line for line in about)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_lines_of_a_button_press_name_its_take_and_the_next_line_names_none(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, http: bool
) -> None:
    caplog.handler.setFormatter(logs.RedactingFormatter([]))
    caplog.set_level("INFO", "handlers")
    caplog.set_level("INFO", "bot.slack.redraws")
    workspace = await start_bot(http=http)
    slack, ada = workspace.slack, workspace.ada

    async def said(words: str) -> list[str]:
        await wait_until(lambda: words in caplog.text)
        return [line for line in caplog.text.splitlines() if words in line]

    async def nobodys() -> None:
        caplog.clear()
        slack.faults.add("views.open", error="expired_trigger_id")
        await ada.command("/avatar", "", workspace.marketing)
        [line] = await said("ViewRefused")
        assert " take=" not in line
        caplog.clear()

    slack.faults.add("chat.postMessage", drop="before")  # handlers/requests/new_video.py
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    card = await wait_for_text(await ask(workspace), "couldn't render")
    assert all(" take=V" in line for line in await said("its card comes later"))
    await nobodys()

    fault = slack.faults.add("chat.update", status=500, times=None)
    await ada.press("Try again", card)
    lines = await said("was not drawn")
    assert all(re.search(r" take=V\w+-\d card\.V", line) for line in lines)
    await ada.press("Try again", card)  # handlers/rendering/card_buttons.py
    assert all(re.search(r" take=V\w+-1 shown", line) for line in await said("shown to"))
    slack.faults.remove(fault)
    review = await review_of(card, 2)
    await nobodys()

    await ada.press("Approve", review)  # handlers/buttons.py: nobody approves their own
    assert all(re.search(r" take=V\w+-2 refused", line) for line in await said("refused to"))
    await nobodys()

    modal = await new_take(ada, card)
    fault = slack.faults.add("chat.update", status=500, times=None)
    assert await modal.submit() == {}  # handlers/requests/new_take.py
    await wait_until(lambda: re.search(r" take=(V\w+)-3 card\.\1", caplog.text))
    slack.faults.remove(fault)
    await delivered_take(card, 3)
    await nobodys()


async def test_each_background_task_starts_without_a_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logging("INFO", [])
    background = Background()

    async def press(take_id: str) -> None:
        log.info("pressed")
        logs.set_log_take(take_id)
        raise ValueError(take_id)

    async def shown(error: BaseException) -> None:
        log.info("%s failed", error)

    for take_id in ("V1-1", "V2-1"):
        background.start(press(take_id), on_error=shown)
        await background.drain(5)
        await background.drain(5)
    lines = [line.partition("bot.some: ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["pressed", "take=V1-1 V1-1 failed", "pressed", "take=V2-1 V2-1 failed"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_others_wrote_is_neither_a_line_nor_a_command(
    log_format: logs.LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure_logging("INFO", [], log_format)
    hostile = "x\r\n2026-11-29 ERROR forged \x1b[2J \x9b31m \u202e \u2028"
    log.info("refused: %s", hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        log.exception("failed")
    printed = capsys.readouterr().err
    assert not logs.UNPRINTABLE.search(printed.replace("\n", ""))
    assert "refused: x\\u000d\\u000a2026" in printed.replace("\\r\\n", "\\u000d\\u000a")
    first = printed.splitlines()[0]
    assert "forged" in first
    assert "\\u001b[2J" in first
