"""A card without a video leads back to the form, and always to the whole script."""

import pytest

from bot.demo.segmind import AfterSeconds, Answer
from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, delivered, fresh_modal, submissions
from tests.support.workspace import StartBot, wait_for_text

UNKNOWN_VOICE = Answer(422, "Invalid value for voice: 'Camden' is not one of ['Aaron']")
LONG = "All the news of the year, and more of them. " * 12 + "The very end."


@pytest.mark.parametrize("http", [False, True])
async def test_a_refused_voice_is_changed_and_nothing_else_is_typed_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    workspace.segmind.faults.add("submit", UNKNOWN_VOICE)
    modal = await fresh_modal(workspace, LONG)
    await modal.choose("Voice", "Camden")
    await modal.uncheck("Captions")
    assert await modal.submit() == {}
    [card] = [m for m in workspace.marketing.messages() if not m.thread_ts]
    await wait_for_text(card, "Segmind has no voice called “Camden”")
    assert card.buttons() == ["Show script", "Change and retry"]

    bob = slack.person("Bob")
    await bob.press("Show script", card)
    assert LONG in (await bob.modal()).text()

    fresh = await fresh_modal(workspace)
    assert "Camden" not in fresh.text(), "a refused name is no default"
    await fresh.close()

    await workspace.ada.press("Change and retry", card)
    modal = await workspace.ada.modal()
    assert "Change and retry" in modal.text()
    await modal.choose("Voice", "Aaron")
    assert await modal.submit() == {}
    await delivered(card)
    sent = workspace.segmind.bill[-1].body
    assert (sent["voice"], sent["caption"], sent["prompt"].strip()) == ("Aaron", False, LONG)
    assert (submissions(workspace), len(workspace.segmind.bill)) == (2, 1)


async def test_a_cancelled_take_can_be_changed(start_bot: StartBot) -> None:
    workspace = await start_bot()
    workspace.segmind.pace = AfterSeconds(float("inf"))
    card = await wait_for_text(await ask(workspace), "Rendering")
    await workspace.ada.press("Stop waiting", card)
    await wait_for_text(card, "Stopped waiting")
    assert card.buttons() == ["Get the video (free)", "Change and retry"]
    await workspace.ada.press("Change and retry", card)
    modal = await workspace.ada.modal()
    await modal.type("Script", "Other words.")
    assert await modal.submit() == {}
    await workspace.slack.until(lambda: len(workspace.segmind.bill) == 2)
    assert workspace.segmind.bill[-1].body["prompt"] == "Other words."
