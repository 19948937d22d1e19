"""*Render again* over a limit: admins are asked, and the first render isn't given up meanwhile."""

import pytest

from bot.demo.segmind import Cut, Outcome
from bot.demo.slack import Message
from tests.support.conversations import (
    ask,
    delivered_take,
    logged,
    review_of,
    says,
    submissions,
)
from tests.support.limits import SCRIPT, asked, limit
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

IN_DOUBT = ["Check again (free)", "Render again (charged)", "Give up on it"]


async def in_doubt(workspace: Workspace) -> Message:
    """The card of Ada's video whose submission wasn't answered; it may have been charged."""
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=60))
    workspace.segmind.faults.add("submit", Cut(accepted=True))
    return await wait_for_text(await ask(workspace, SCRIPT), "lost contact")


async def ask_to_render_again(workspace: Workspace) -> Message:
    """The same, once Ada has asked the admins: all of the budget is used."""
    card = await in_doubt(workspace)
    await limit(workspace, "workspace", 0.7)
    await workspace.ada.press("Render again (charged)", card)
    offer = await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "$0.70 for" in m.text() and m.buttons()
    )
    assert offer.buttons() == ["Ask for approval"]
    for _ in range(2):
        await workspace.ada.press("Ask for approval", offer)
    await wait_for_text(card, "The admins have been asked whether it can be rendered again.")
    assert card.buttons() == IN_DOUBT
    return card


async def play_approval(workspace: Workspace) -> None:
    grace = workspace.slack.person(ADMIN)
    card = await ask_to_render_again(workspace)
    message = await asked(grace)
    assert "rendering a video again over a limit" in message.text()
    assert "the first attempt may be charged as well" in message.text()
    await grace.press("Approve", message)
    await delivered_take(card, 2)
    await wait_for_text(card, "Ready", "take 2")
    await wait_for_text(message, "@Grace approved it")
    review = await review_of(card, 2)
    await grace.press("Approve", review)  # she has released it, but Ada has asked for it
    await wait_for_text(review, "@Grace approved")
    assert submissions(workspace) == 2
    assert len([m for m in grace.direct().messages() if "over a limit" in m.text()]) == 1


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_admin_approves_another_render(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    await play_approval(workspace)
    assert [take["state"] for take in logged(workspace)] == ["cancelled", "delivered"]


async def test_an_admin_approves_another_render_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    await play_approval(await start_bot(DATABASE_URL=postgres.bot_database()))


async def test_the_first_render_is_found_before_an_admin_answers(workspace: Workspace) -> None:
    grace = workspace.slack.person(ADMIN)
    card = await ask_to_render_again(workspace)
    message = await asked(grace)
    before = [*message.blocks]
    workspace.segmind.clock.advance(60)
    await workspace.ada.press("Check again (free)", card)
    await wait_for_text(card, "Ready")
    await wait_for_text(message, "No longer needed: the first attempt was found")
    message.blocks = before
    await grace.press("Approve", message)
    await grace.wait_for_ephemeral(grace.direct(), says("Too late"))
    assert submissions(workspace) == 1


async def test_a_declined_render_stays_in_doubt(workspace: Workspace) -> None:
    grace = workspace.slack.person(ADMIN)
    card = await ask_to_render_again(workspace)
    message = await asked(grace)
    await grace.press("Decline", message)
    form = await grace.modal()
    await form.type("Why?", "Wait a day")
    assert await form.submit() == {}
    await card.thread.wait_for(
        says("@Ada: Grace declined to have it rendered again: “Wait a day”. Checking")
    )
    await wait_for_text(card, "Grace declined to have it rendered again.")
    await wait_for_text(message, "@Grace declined it")
    assert card.buttons() == IN_DOUBT
    assert [take["state"] for take in logged(workspace)] == ["in_doubt"]
