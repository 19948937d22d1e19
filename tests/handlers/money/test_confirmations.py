"""What the form asks to confirm before anything is charged: a high price, or the same once more."""

import json

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import fresh_modal, last, logged, review_of, submissions
from tests.support.limits import limit
from tests.support.workspace import StartBot, Workspace, wait_for_text

SCRIPT = "Hello team. " * 10  # 120 characters: 8 s, $0.67


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_high_price_is_confirmed_with_a_button_that_says_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http, CONFIRM_USD="0.5")
    form = await fresh_modal(workspace, SCRIPT)
    assert await form.submit() == {}
    assert "This video costs about $0.67." in form.text()
    assert "[Make it for $0.67]" in form.text()
    # Another price is another question.
    await form.type("Script", SCRIPT * 2)
    await form.wait_for(lambda m: "[Make video]" in m.text())
    assert await form.submit() == {}
    await form.wait_for(lambda m: "[Make it for $1.33]" in m.text())
    assert logged(workspace) == []
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)
    assert last(workspace)["script"] == SCRIPT * 2


async def test_the_same_again_is_confirmed(workspace: Workspace) -> None:
    card = await workspace.ask(SCRIPT)
    await workspace.ada.press("New take", await review_of(card))
    form = await workspace.ada.modal()
    assert await form.submit() == {}
    assert "Nothing has changed since take 1. This one costs about $" in form.text()
    assert submissions(workspace) == 1
    assert await form.submit() == {}
    await wait_for_text(card, "Ready", "take 2")


async def test_a_price_is_confirmed_if_the_limit_was_raised_before_anybody_was_asked(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(CONFIRM_USD="0.5")
    await limit(workspace, "workspace", 0.3)
    form = await fresh_modal(workspace, SCRIPT)
    assert "[Ask for approval]" in form.text()
    await limit(workspace, "workspace", 100.0)
    assert await form.submit() == {}
    assert "[Make it for $0.67]" in form.text()
    assert logged(workspace) == []


async def test_a_price_that_the_form_has_not_shown_is_confirmed(workspace: Workspace) -> None:
    """Whoever sends it just after typing hasn't seen what that costs."""
    form = await fresh_modal(workspace)
    await form.type("Script", SCRIPT * 3)
    assert await form.submit() == {}
    assert "This video costs about $2.00." in form.text()
    assert "[Make it for $2.00]" in form.text()
    assert logged(workspace) == []
    assert await form.submit() == {}
    await workspace.slack.until(lambda: len(logged(workspace)) == 1)
    seen = await fresh_modal(workspace)
    await seen.type("Script", f"{SCRIPT * 3}Bye.")
    await seen.wait_for(lambda m: "about $2." in m.text())
    assert await seen.submit() == {}
    assert not seen.is_open
    form = await fresh_modal(workspace)
    await form.type("Script", "A few words cost next to nothing.")
    assert await form.submit() == {}
    assert not form.is_open


async def test_a_form_from_before_an_update_is_sent_as_it_always_was(workspace: Workspace) -> None:
    """It doesn't say which price it shows."""
    form = await fresh_modal(workspace)
    await form.type("Script", SCRIPT * 3)
    kept = json.loads(form.container.content["private_metadata"])
    del kept["shown_usd"]
    form.container.content["private_metadata"] = json.dumps(kept)
    assert await form.submit() == {}
    assert not form.is_open
