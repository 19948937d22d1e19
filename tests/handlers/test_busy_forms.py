"""Slack limits how many forms it opens: the person gets the form in time, or hears why not."""

import asyncio

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, delivered, new_take, review_of
from tests.support.workspace import StartBot, keep_slacks_deadline


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_command_and_a_press_are_acknowledged_and_their_forms_open_in_time(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    keep_slacks_deadline(slack)
    card = await ask(workspace)  # raises if Slack showed an error, or if no form opened
    modal = await new_take(workspace.ada, await review_of(card))
    assert await modal.submit() == {}
    opened = slack.journal.calls("views.open")
    assert [call.answer["ok"] for call in opened] == [True, True]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_form_opens_once_slack_has_time_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    keep_slacks_deadline(slack)
    slack.faults.add("views.open", status=429, retry_after=1, times=2)
    await workspace.ada.command("/avatar", "Hello team.", workspace.marketing)
    modal = await workspace.ada.modal()
    assert await modal.submit() == {}
    assert len(slack.journal.calls("views.open")) == 3


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
@pytest.mark.parametrize("retry_after", [1, 30])
async def test_a_form_that_opens_too_late_is_given_up_in_time_with_what_was_typed(
    start_bot: StartBot, slack: SlackStandIn, retry_after: int, http: bool
) -> None:
    workspace = await start_bot(http=http)
    slack.faults.add("views.open", status=429, retry_after=retry_after, times=None)
    await workspace.ada.command("/avatar", "Hello <team> & all", workspace.marketing)
    async with asyncio.timeout(5):
        message = await workspace.ada.wait_for_ephemeral(workspace.marketing, lambda m: True)
    assert "Slack is busy" in message.text()
    assert "type /avatar again" in message.text()
    assert "Hello <team> & all" in message.text()


@pytest.mark.parametrize("button", ["New take", "Request changes", "Share"])
async def test_a_button_whose_form_opens_too_late_says_so(
    start_bot: StartBot, slack: SlackStandIn, button: str
) -> None:
    workspace = await start_bot()
    bob, card = slack.person("Bob"), await ask(workspace)
    review = await review_of(card)
    await bob.press("Approve", review)
    await review.channel.wait_for(lambda m: m is review and "Share" in m.buttons())
    await delivered(card)
    slack.faults.add("views.open", status=429, retry_after=30, times=None)
    await bob.press(button, review)
    await bob.wait_for_ephemeral(
        workspace.marketing, lambda m: "press the button again" in m.text()
    )
