"""A video with a Digital Twin is being shared while the consent to that ends."""

import pytest

from bot.demo.slack import Channel, Message, SlackStandIn
from tests.support.conversations import told
from tests.support.request_log import nothing_owed
from tests.support.reviewing.shares import COPY_TO_PUBLISH, share_form
from tests.support.twins.asking import approved_video, ready_twin
from tests.support.workspace import StartBot, Workspace, wait_for_text

COMPLETE = "files.completeUploadExternal"
WITHDRAWN = "Bob at his desk can't be used anymore: the person shown has withdrawn their consent."


async def withdrawn_while_shared(
    workspace: Workspace, news: Channel, *, lost: bool = False
) -> Message:
    """The review. `lost`: Slack's answer is."""
    slack, bob = workspace.slack, workspace.slack.person("Bob")
    question = await ready_twin(workspace, bob)
    review = await approved_video(workspace, "News with Bob.")
    form = await share_form(workspace.ada, review, news)
    slow = slack.faults.add(COMPLETE, slow=30, drop="after" if lost else None)
    assert await form.submit() == {}
    await slack.until(lambda: slow not in slack.faults.waiting)
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    slack.faults.remove(slow)
    return review


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
async def test_it_does_not_stay_there(
    start_bot: StartBot, slack: SlackStandIn, lost: bool, each_store: dict[str, str]
) -> None:
    workspace = await start_bot(**each_store)
    news = slack.channel("news")
    review = await withdrawn_while_shared(workspace, news, lost=lost)
    said = await told(workspace.ada, "I'm deleting take 1 in #news.")
    assert said.text().endswith(WITHDRAWN)
    await nothing_owed(workspace.settings.log_location)
    assert not news.messages()
    assert "Shared in" not in review.text()
    copies = [f for f in slack.workspace.files.values() if f.completed and not f.deleted]
    assert len(copies) == 3  # the take and its captions, and what Bob was shown


async def test_neither_does_a_copy_to_publish(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    review = await approved_video(workspace, "News with Bob.")
    await workspace.ada.press(COPY_TO_PUBLISH, review)
    form = await workspace.ada.modal()
    slow = slack.faults.add(COMPLETE, slow=30)
    assert await form.submit() == {}
    await slack.until(lambda: slow not in slack.faults.waiting)
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    slack.faults.remove(slow)
    said = await told(workspace.ada, "I'm deleting the copy of take 1 in #marketing.")
    assert said.text().endswith(WITHDRAWN)
    await nothing_owed(workspace.settings.log_path)
    assert not [m for m in workspace.marketing.messages() if "Copy to publish, for" in m.text()]


async def test_what_was_shared_before_stays(workspace: Workspace, slack: SlackStandIn) -> None:
    """Bob reads where it is, and who can take it down."""
    bob, news = slack.person("Bob"), slack.channel("news")
    question = await ready_twin(workspace, bob)
    review = await approved_video(workspace, "News with Bob.")
    assert await (await share_form(workspace.ada, review, news)).submit() == {}
    await news.wait_for(lambda m: m.files)
    await wait_for_text(review, "Shared in #news")
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    await nothing_owed(workspace.settings.log_path)
    assert news.messages()
