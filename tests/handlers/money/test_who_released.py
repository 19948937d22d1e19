"""What the card says of who has let a take be made, or has cancelled it: names, no pings."""

import pytest

from bot.demo.segmind import AtOnce
from tests.support.conversations import delivered, last, says
from tests.support.limits import ask_for_approval, asked, limit
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import ADMIN, Workspace, wait_for_text


@pytest.mark.parametrize("name", ["Bob", ADMIN])
async def test_the_card_says_who_signed_off_the_script(workspace: Workspace, name: str) -> None:
    card = await ask_for_sign_off(workspace, workspace.slack.person("Bob"))
    await workspace.slack.person(name).press("Sign off", card)
    await delivered(card)
    await wait_for_text(card, f"Script signed off by {name}")
    assert card.mentions() == ["@Ada"], "nobody is notified again"


async def test_the_card_says_who_approved_the_price(workspace: Workspace) -> None:
    grace = workspace.slack.person(ADMIN)
    await limit(workspace, "workspace", 0.5)
    card = await ask_for_approval(workspace)
    await grace.press("Approve", await asked(grace))
    await delivered(card)
    await wait_for_text(card, f"Price approved by {ADMIN}")


async def test_an_admin_confirms_to_cancel_and_the_requester_hears_it_once(
    workspace: Workspace,
) -> None:
    grace = workspace.slack.person(ADMIN)
    card = await ask_for_sign_off(workspace, workspace.slack.person("Bob"))
    await grace.press("Cancel", card, confirm=False)
    assert last(workspace)["state"] == "on_hold"
    await grace.press("Cancel", card)
    await wait_for_text(card, f"Cancelled by {ADMIN}. No charge.")
    told = await card.thread.wait_for(says(f"@Ada: Cancelled by {ADMIN}. No charge."))
    assert told.mentions() == ["@Ada"]
    await workspace.bot.review_schedule.run("approvals")
    assert len(card.thread.replies()) == 1


async def test_the_requester_hears_it_if_an_admin_stops_waiting(workspace: Workspace) -> None:
    workspace.segmind.pace = HELD
    card = await workspace.ask()
    await wait_for_text(card, "Rendering")
    await workspace.slack.person(ADMIN).press("Stop waiting", card)
    await card.thread.wait_for(says(f"@Ada: Cancelled by {ADMIN}. Segmind still renders"))
    await wait_for_text(card, f"Cancelled by {ADMIN}.")
    workspace.segmind.pace = AtOnce()
    await workspace.ada.press("Get the video (free)", card)
    await delivered(card)


async def test_nobody_is_told_of_what_they_cancel_themselves(workspace: Workspace) -> None:
    card = await ask_for_sign_off(workspace, workspace.slack.person("Bob"))
    await workspace.ada.press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.")
    await workspace.bot.review_schedule.run("approvals")
    assert card.thread.replies() == []
