"""A decision that was undone leaves a trace in the thread."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, new_take, request_changes, review_of, told
from tests.support.reviewing.shares import approved_take, shared_in
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def test_the_review_says_who_withdrew_what_until_they_decide_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    carol, dan = slack.person("Carol"), slack.person("Dan")
    review = await review_of(await ask(workspace))
    await request_changes(carol, review, "Louder")
    await wait_for_text(review, "@Carol requested changes")
    await carol.press("Undo my decision", review)
    await wait_for_text(review, "@Carol withdrew their request for changes · ")
    await dan.press("Approve", review)
    await wait_for_text(review, "@Dan approved")
    await dan.press("Undo my decision", review)
    await wait_for_text(review, "@Dan withdrew their approval · ")
    await carol.press("Approve", review)
    await slack.until(lambda: "@Carol approved" in review.text())
    assert "@Carol withdrew" not in review.text()
    assert "@Dan withdrew their approval" in review.text()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_approval_can_be_undone_after_a_new_take_and_its_shares_say_so(
    start_bot: StartBot, http: bool
) -> None:
    """Anybody may ask for a new take: that mustn't make somebody's word last forever."""
    workspace = await start_bot(http=http)
    slack, bob = workspace.slack, workspace.slack.person("Bob")
    card, review = await approved_take(workspace)
    shared = await shared_in(workspace.ada, review, slack.channel("news"))
    assert await (await new_take(slack.person("Carol"), card, "Another.")).submit() == {}
    await review_of(card, 2)
    await wait_for_text(review, "replaced by take 2")
    assert review.menu_items() == ["Undo my decision", "Download the review", "Take it down"]
    await bob.press("Undo my decision", review)
    await wait_for_text(review, "@Bob withdrew their approval", "replaced by take 2")
    await shared.channel.wait_for(lambda m: "no longer approved" in m.text())
    said = await told(workspace.ada, "Bob withdrew their approval of take 1")
    assert "was shared in #news. I'm adding there" in said.text()
    assert review.menu_items() == ["Download the review", "Take it down"]
