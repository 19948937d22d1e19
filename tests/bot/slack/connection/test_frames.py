"""In Socket Mode, Slack closes the connection at an answer of more than 20 KiB."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.slack import SlackStandIn
from bot.slack.connection.frames import LARGEST_FRAME, fits, fitting, frame
from tests.support.conversations import fresh_modal, logged
from tests.support.workspace import StartBot, Workspace

OPEN = "apps.connections.open"
LONG = "".join(chr(0x1D400 + number % 26) for number in range(3000))  # of four bytes each


@pytest.fixture
async def workspace(start_bot: StartBot) -> Workspace:
    return await start_bot(CONFIRM_USD="0.5")


@pytest.fixture(autouse=True)
async def never_closed(workspace: Workspace, slack: SlackStandIn) -> AsyncIterator[None]:
    await slack.connected()
    before = len(slack.journal.calls(OPEN))
    yield
    assert len(slack.journal.calls(OPEN)) == before


async def test_a_long_script_after_the_command_comes_back_as_a_message(
    workspace: Workspace,
) -> None:
    ada = workspace.ada
    answer = await ada.command("/avatar", "漢" * 12_000, workspace.marketing)
    assert not answer.text
    said = await ada.wait_for_ephemeral(workspace.marketing, lambda m: "didn't fit" in m.text())
    assert said.text().count("漢") == 9_000
    assert (await ada.modal()).value("Script")["value"] == "漢" * 3_000


@pytest.mark.parametrize("script", ["д" * 3000, "漢" * 3000, LONG], ids=["two", "three", "four"])
async def test_a_form_with_a_long_script_asks_to_confirm_its_price(
    workspace: Workspace, slack: SlackStandIn, script: str
) -> None:
    form = await fresh_modal(workspace, script)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.labels())
    assert await form.submit() == {}
    await form.wait_for(lambda m: "[Make it for $" in m.text())
    assert form.value("Script")["value"] == script
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)


def test_of_options_as_many_are_shown_as_fit() -> None:
    text = {"type": "plain_text", "text": "漢" * 75}
    options = [{"text": text, "value": f"{number:075}"} for number in range(100)]
    shown = fitting(options)
    assert options[: len(shown)] == shown
    assert len(frame("x" * 36, {"options": shown}).encode()) > LARGEST_FRAME - 1000
    assert fits(frame("x" * 36, {"options": shown}))
