"""*Make a copy*: on every card, the form with everything as it is, for a new video, anywhere."""

import pytest

from bot.blocks.card import COPY
from bot.demo.segmind import AfterSeconds, Outcome
from bot.demo.slack import Message, SlackStandIn
from bot.demo.slack.transport import payloads
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    last,
    logged,
    refuse_key,
    says,
    told,
)
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import StartBot, Workspace, make_anyway, wait_for_text

SCRIPT = "Hello team, this is our news."


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_copy_has_everything_and_goes_anywhere(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Voice", "Camden")
    await form.uncheck("Captions")
    await form.choose("Reviewers", carol)
    await form.press("More options")
    await form.wait_for(lambda m: "Aspect ratio" in m.text())
    await form.choose("Aspect ratio", "9:16")
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await delivered(card)

    await bob.press("Make a copy", card)
    copy = await bob.modal()
    assert copy.title == "Make an avatar video"
    assert copy.value("Where to post")["selected_conversation"] == workspace.marketing.id
    training = slack.channel("training")
    await copy.choose("Where to post", training)
    await make_anyway(copy)
    await training.wait_for(says(SCRIPT))
    await slack.until(lambda: last(workspace)["state"] == "delivered")
    first, second = logged(workspace)
    for name in ("script", "voice", "aspect_ratio", "captions", "resolution"):
        assert second[name] == first[name], name
    assert (second["channel_id"], second["user_id"]) == (training.id, bob.id)
    assert second["request_id"] != first["request_id"]
    [review] = [m for m in training.every_message() if "@Carol" in m.mentions()]
    assert "please review" in review.text()


async def offers_a_copy(workspace: Workspace, card: Message, script: str) -> None:
    await workspace.ada.press("Make a copy", card)
    form = await workspace.ada.modal()
    assert form.value("Script")["value"].strip() == script.strip()
    await form.close()


async def test_every_card_offers_a_copy(workspace: Workspace, slack: SlackStandIn) -> None:
    """On hold, queued, rendering, cancelled, failed and delivered."""
    card = await ask_for_sign_off(workspace, slack.person("Bob"), script="On hold.")
    await offers_a_copy(workspace, card, "On hold.")
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    card = await wait_for_text(await ask(workspace, "Fails."), "No face")
    await offers_a_copy(workspace, card, "Fails.")
    card = await ask(workspace, "Done.")
    await delivered(card)
    await offers_a_copy(workspace, card, "Done.")
    workspace.segmind.pace = AfterSeconds(float("inf"))
    card = await wait_for_text(await ask(workspace, "Renders."), "Rendering")
    await offers_a_copy(workspace, card, "Renders.")
    await workspace.ada.press("Stop waiting", card)
    await wait_for_text(card, "Stopped waiting")
    await offers_a_copy(workspace, card, "Renders.")
    refuse_key(workspace.segmind)
    card = await wait_for_text(await ask(workspace, "Waits."), "refuses the bot's API key")
    await offers_a_copy(workspace, card, "Waits.")


async def test_guests_cannot_copy(workspace: Workspace, slack: SlackStandIn) -> None:
    card = await ask(workspace)
    gus = slack.guest("Gus")
    await gus.press("Make a copy", card)
    await gus.wait_for_ephemeral(workspace.marketing, says("can't make a new take or a copy"))
    assert not gus.installation.views.stacks.get(gus.id)


@pytest.mark.parametrize("place", ["home", "message"])
async def test_nobody_copies_what_they_cannot_see(
    workspace: Workspace, slack: SlackStandIn, place: str
) -> None:
    """A press that no client offers: from another conversation, or from their own Home."""
    await ask(workspace, "This is a secret.")
    mallory = slack.person("Mallory")
    home = await mallory.open_home()
    button = {
        "type": "button",
        "action_id": COPY,
        "block_id": "b",
        "value": last(workspace)["take_id"],
    }
    said = mallory.say(mallory.direct(), "Hi")
    source = home.container if place == "home" else said
    payload = payloads.block_actions(mallory.installation, mallory.user, source, button)
    await mallory.send("interactive", "block_actions", payload)
    words = "This video belongs to another conversation"
    if place == "home":
        await told(mallory, words)
    else:
        await mallory.wait_for_ephemeral(mallory.direct(), says(words))
    assert not mallory.installation.views.stacks.get(mallory.id)
