"""A take is in a channel at most once, and the form says where it is."""

import pytest

from bot.demo.slack import Message, SlackStandIn
from bot.request_log.sharing.shares import MOST_UNDER_WAY, TooManyShares
from tests.support.conversations import told
from tests.support.reviewing.shares import approved_take, share_form, shared_in, take_down_form
from tests.support.twins.asking import approved_video, ready_twin
from tests.support.workspace import StartBot, Workspace, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
THERE = "Take 1 is already shared there. Choose another channel."


@TRANSPORTS
async def test_the_form_says_where_it_is_shared_and_refuses_to_do_it_twice(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    _, review = await approved_take(workspace)
    news, cleo = slack.channel("news"), slack.person("Cleo")
    shared = await shared_in(workspace.ada, review, news)
    form = await share_form(cleo, review, news)
    assert "Already shared in #news (see it" in form.text()
    assert f"/p{shared.ts.replace('.', '')}" in str(form.view)
    assert await form.submit() == {"Channel": THERE}
    assert news.ephemerals(cleo.id) == []
    await form.choose("Channel", slack.channel("sales"))
    assert await form.submit() == {}
    await slack.channel("sales").wait_for(lambda m: m.files)
    assert news.messages() == [shared]


async def test_two_at_once_share_it_once(workspace: Workspace, slack: SlackStandIn) -> None:
    _, review = await approved_take(workspace)
    news = slack.channel("news")
    first = await share_form(workspace.ada, review, news)
    second = await share_form(slack.person("Cleo"), review, news)
    assert "Already shared" not in second.text()
    slow = slack.faults.add("upload", slow=1.0)
    assert await first.submit() == {}
    assert await second.submit() == {"Channel": THERE}
    await slack.until(lambda: slow not in slack.faults.waiting)
    await news.wait_for(lambda m: m.files)


@TRANSPORTS
async def test_so_many_shares_of_one_person_are_under_way_at_a_time(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    _, review = await approved_take(workspace)
    slow = slack.faults.add("upload", slow=10, times=None)
    for n in range(MOST_UNDER_WAY):
        form = await share_form(workspace.ada, review, slack.channel(f"team-{n}"))
        assert await form.submit() == {}
    news = slack.channel("news")
    form = await share_form(workspace.ada, review, news)
    assert await form.submit() == {"Channel": TooManyShares().sentence}
    assert news.ephemerals(workspace.ada.id) == []
    await form.close()
    form = await share_form(slack.person("Cleo"), review, slack.channel("sales"))
    assert await form.submit() == {}
    slack.faults.remove(slow)


async def test_what_was_unshared_can_be_shared_there_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    news = slack.channel("news")
    await shared_in(workspace.ada, review, news)
    await workspace.ada.press("Unshare", review)
    assert await (await workspace.ada.modal()).submit() == {}
    await slack.until(lambda: not news.messages())
    await slack.until(lambda: "Shared in" not in review.text())
    form = await share_form(workspace.ada, review, news)
    assert "Already shared" not in form.text()
    assert await form.submit() == {}
    await news.wait_for(lambda m: m.files)


async def undone_while_posted(workspace: Workspace, review: Message, method: str) -> Message:
    """Bob undoes his decision while Dan's share in #news waits for that call."""
    slack, news = workspace.slack, workspace.slack.channel("news")
    form = await share_form(slack.person("Dan"), review, news)
    posting = slack.faults.add(method, slow=60)
    assert await form.submit() == {}
    await slack.until(lambda: posting not in slack.faults.waiting)
    await slack.person("Bob").press("Undo my decision", review)
    await slack.until(lambda: "@Bob approved" not in review.text())
    slack.faults.remove(posting)
    return await news.wait_for(lambda m: m.files)


@pytest.mark.parametrize("method", ["chat.getPermalink", "files.completeUploadExternal"])
@TRANSPORTS
async def test_who_approves_it_is_right_also_if_that_changes_while_it_is_posted(
    start_bot: StartBot, slack: SlackStandIn, http: bool, method: str
) -> None:
    workspace = await start_bot(http=http)
    _, review = await approved_take(workspace)
    await slack.person("Cleo").press("Approve", review)
    await wait_for_text(review, "@Cleo approved")
    shared = await undone_while_posted(workspace, review, method)
    await wait_for_text(shared, "Made by Ada, approved by Cleo.")


@TRANSPORTS
async def test_a_share_that_slack_shows_late_is_corrected_all_the_same(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    _, review = await approved_take(workspace)
    slack.installation.share_seconds = 0.15
    shared = await undone_while_posted(workspace, review, "files.completeUploadExternal")
    await wait_for_text(shared, "This video is no longer approved.")
    await told(slack.person("Dan"), "Bob withdrew their approval of take 1")


@TRANSPORTS
async def test_what_is_only_shared_any_more_can_still_be_withdrawn(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """An approval; and the consent of the person shown, which names what is to be unshared."""
    workspace = await start_bot(http=http)
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    question = await ready_twin(workspace, bob)
    news = slack.channel("news")
    review = await approved_video(workspace, "Hello from Bob.")
    shared = await shared_in(ada, review, news)
    form = await take_down_form(ada, review)
    await form.choose("Also delete it where it was shared")  # nothing is ticked
    assert await form.submit() == {}
    await wait_for_text(review, "taken down")
    await bob.press("Withdraw consent", question)
    await told(bob, "I've asked the people who made these videos to take them down:")
    await told(ada, "with Unshare where one is only shared:")
    approver = carol if "approved by Carol" in shared.text() else bob
    await approver.press("Undo my decision", review)
    await wait_for_text(shared, "This video is no longer approved.")
