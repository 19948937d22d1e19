"""A decision that was undone leaves a trace in the thread."""

from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, request_changes, review_of
from tests.support.workspace import Workspace, wait_for_text


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
