"""Once a take is taken down, nobody else finds its script in the channel."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.handlers.reviewing.sharing.test_take_down import refusal
from tests.handlers.reviewing.test_review_record import posted_record
from tests.support.conversations import ask, review_of, says, told
from tests.support.request_log import nothing_owed
from tests.support.reviewing.shares import take_down_form
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import StartBot, Workspace, wait_for_text

SECRET = "The merger is on Monday."
GONE = "Take 1 was taken down. Only the person who asked for it, or an admin, can still read"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_only_the_requester_and_admins_open_the_script(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    card = await ask(workspace, f"{SECRET} " * 20)
    await wait_for_text(card, "Ready")
    review, before = await review_of(card), [*card.blocks]
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await wait_for_text(card, "Taken down by @Ada")
    assert GONE in await refusal(bob, "Make a copy", card)
    await bob.press("New take", card)
    form = await bob.modal()
    assert not form.value("Script").get("value")
    assert SECRET not in str(form.view)
    for person in (workspace.ada, slack.person("Grace")):
        for button in ("Make a copy", "New take"):
            await person.press(button, card)
            assert SECRET in (await person.modal()).value("Script")["value"]
    card.blocks = before
    assert GONE in await refusal(bob, "Show script", card)
    card.blocks = before  # it may have been drawn again
    await workspace.ada.press("Show script", card)
    assert SECRET in (await workspace.ada.modal()).text()


async def test_a_note_quotes_nothing_that_was_taken_down(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace, f"{SECRET} " * 5)
    review = await review_of(card)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await wait_for_text(card, "Taken down by @Ada")
    await slack.person("Bob").reply(card, "0:01 hm")
    answer = await card.thread.wait_for(says("Noted"))
    assert answer.text().endswith("Noted.")


async def test_the_record_has_no_scripts_that_were_taken_down(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script=SECRET)
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    await form.type("Script", f"{SECRET} Or Tuesday.")
    assert await form.submit() == {}
    await card.thread.wait_for(says("Tuesday"))
    await workspace.ada.press("Edit script", card)
    form = await workspace.ada.modal()
    await form.type("Script", "The merger is on Tuesday.")
    assert await form.submit() == {}
    await wait_for_text(card, "The merger is on Tuesday.")
    await bob.press("Sign off", card)
    review = await review_of(card)
    before = [*review.blocks]
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await wait_for_text(card, "Taken down by @Ada")
    review.blocks = before
    await bob.press("Download the review", review)
    rows = await posted_record(card)
    assert {"change suggested", "script edited"} <= {row["what"] for row in rows}
    assert "merger" not in str(rows)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_change_that_was_suggested_no_longer_says_what_it_would_have_said(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script=SECRET)
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    await form.type("Script", SECRET.replace("Monday", "Tuesday"))
    await form.type("Comment", "Not on a Monday")
    assert await form.submit() == {}
    suggestion = await card.thread.wait_for(says("Tuesday"))
    await bob.press("Sign off", card)
    review = await review_of(card)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: "merger" not in str(suggestion.blocks) + suggestion.fallback)
    assert "@Ada, Bob suggests changes to the script." in suggestion.text()
    await nothing_owed(workspace.settings.log_path)
    assert not [m for m in card.thread.replies() if "merger" in m.text()]


async def test_the_second_group_no_longer_reads_how_it_began(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, cleo = slack.person("Bob"), slack.person("Cleo")
    await workspace.ada.command("/avatar", SECRET, workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", cleo)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: SECRET in m.text())
    review = await review_of(card)
    await bob.press("Approve", review)
    asked = await told(cleo, "It's your turn to review")
    assert SECRET[:-1] in asked.text()
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: "You don't need to review" in asked.text())
    assert "merger" not in asked.text()
