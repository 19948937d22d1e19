"""A card without a video leads back to the form, and always to the whole script."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.segmind import AfterSeconds, Answer, Cut, Outcome
from bot.demo.slack import SlackStandIn
from bot.domain.scripts.pauses import ODD_PAUSE
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    logged,
    review_of,
    says,
    submissions,
)
from tests.support.workspace import StartBot, Workspace, wait_for_text

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


async def test_an_old_script_with_an_odd_pause_is_shown_but_not_rendered_again(
    workspace: Workspace,
) -> None:
    ada = workspace.ada
    form = await fresh_modal(workspace, "A draft.")
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.check("Draft", "Make a 720p draft first")
    assert await form.submit() == {}
    [draft] = await workspace.slack.until(
        lambda: [m for m in workspace.marketing.messages() if not m.thread_ts]
    )
    await delivered(draft)
    workspace.segmind.faults.next_job(Outcome(error="it broke"))
    failed = await wait_for_text(await ask(workspace, "What fails."), "couldn't render")
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=60))
    workspace.segmind.faults.add("submit", Cut(accepted=True))
    in_doubt = await wait_for_text(await ask(workspace, "What is lost."), "lost contact")
    odd = 'Hi <break x=">" time="3000s"/>'
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE takes SET prompt = ?", [odd])
    review = await review_of(draft)
    [final] = [button for button in review.buttons() if button.startswith("Make the final")]
    for button, message in (
        ("Try again", failed),
        (final, review),
        ("Render again (charged)", in_doubt),
    ):
        known = len(ada.ephemerals(workspace.marketing))
        await ada.press(button, message)
        await workspace.slack.until(
            lambda known=known: [  # type: ignore[misc]
                m for m in ada.ephemerals(workspace.marketing)[known:] if says(ODD_PAUSE)(m)
            ]
        )
    assert len(logged(workspace)) == submissions(workspace) == 3
    await ada.press("Change and retry", failed)
    form = await ada.modal()
    assert form.value("Script")["value"] == odd
    assert await form.submit() == {"Script": ODD_PAUSE}
