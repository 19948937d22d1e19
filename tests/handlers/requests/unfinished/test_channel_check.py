"""A channel that the bot can't post to: the form says so before it is sent."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import fresh_modal
from tests.support.workspace import StartBot, Workspace

NOT_MINE = "I can't post in direct messages between people. Choose a channel, or messages with me."
SAYS = "Invite me first: type /invite @avatar there"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_it_is_said_as_soon_as_the_channel_is_chosen(
    start_bot: StartBot, slack: SlackStandIn, http: bool, private: bool
) -> None:
    workspace = await start_bot(http=http)
    ada = workspace.ada
    away = slack.channel("board", bot_member=False, people=[ada], private=private)
    await ada.shortcut("Make an avatar video")
    form = await ada.modal()
    await form.type("Script", "Hello board.")
    await form.choose("Where to post", away)
    await form.wait_for(lambda m: SAYS in m.text())
    await form.type("Script", "Hello board, hello.")
    await form.wait_for(lambda m: "19 of 3,000" in m.text())
    assert SAYS in form.text()
    asked = len(slack.journal.calls("conversations.info"))
    await form.press("Check again")
    await slack.until(lambda: len(slack.journal.calls("conversations.info")) > asked)
    assert SAYS in form.text()
    ada.invite_bot(away)
    await form.press("Check again")
    await form.wait_for(lambda m: SAYS not in m.text())
    assert form.value("Script")["value"] == "Hello board, hello."
    assert await form.submit() == {}
    await away.wait_for(lambda m: "Hello board, hello." in m.text())
    for channel in (away, workspace.marketing):
        texts = [m.text() for m in ada.ephemerals(channel)]
        assert len(texts) == (channel is away), "nothing was posted to find out"


async def test_the_channel_of_the_command_is_checked_once_the_form_is_open(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    away = slack.channel("board", bot_member=False, people=[workspace.ada])
    await workspace.ada.command("/avatar", "Hello board.", away)
    form = await workspace.ada.modal()
    await form.wait_for(lambda m: SAYS in m.text())
    await form.choose("Where to post", workspace.marketing)
    await form.wait_for(lambda m: SAYS not in m.text())
    assert await form.submit() == {}


async def test_after_an_invitation_the_next_form_does_not_say_it_any_more(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada = workspace.ada
    away = slack.channel("board", bot_member=False, people=[ada])
    form = await fresh_modal(workspace, "Hello.")
    await form.choose("Where to post", away)
    await form.wait_for(lambda m: SAYS in m.text())
    await form.close()
    ada.invite_bot(away)
    form = await fresh_modal(workspace)
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == "Hello.")
    assert SAYS not in form.text()


async def test_a_form_opened_in_a_channel_that_has_the_bot_by_now(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada = workspace.ada
    away = slack.channel("board", bot_member=False, people=[ada])
    await ada.command("/avatar", "", away)
    form = await ada.modal()
    await form.wait_for(lambda m: SAYS in m.text())
    await form.close()
    ada.invite_bot(away)
    await ada.command("/avatar", "", away)
    form = await ada.modal()
    await form.type("Script", "Hello board.")
    await form.wait_for(lambda m: "12 of 3,000" in m.text() and SAYS not in m.text())


async def test_an_archived_channel_and_a_direct_message(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    old = slack.channel("old", people=[workspace.ada])
    form = await fresh_modal(workspace, "Hello.")
    old.archived = True
    # Slack's own select offers none that is archived: it was, after it was chosen.
    form.view["state"]["values"]["channel_id"]["channel_id"]["selected_conversation"] = old.id
    await form.type("Script", "Hello there.")
    await form.wait_for(lambda m: "That channel is archived." in m.text())
    await form.choose("Where to post", workspace.ada.direct())
    await form.wait_for(lambda m: "Reviewers" not in m.labels())
    assert SAYS not in form.text()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_direct_message_between_two_others(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, bob = workspace.ada, slack.person("Bob")
    slack.faults.add("conversations.info", error="missing_scope", times=None)  # without im:read
    form = await fresh_modal(workspace, "Hello.")
    await form.choose("Where to post", slack.direct(ada, bob))
    await form.wait_for(lambda m: NOT_MINE in m.text())
    assert "[Check again]" not in form.text(), "nothing would change"
    assert "close this form" not in form.text()
    assert list(await form.submit()) == ["Where to post"]
    await form.choose("Where to post", ada.direct())
    await form.wait_for(lambda m: NOT_MINE not in m.text())
    assert await form.submit() == {}
    await ada.direct().wait_for(lambda m: "Hello." in m.text())
    # Where the command is typed, too.
    await ada.command("/avatar", "", slack.direct(ada, bob))
    form = await ada.modal()
    await form.wait_for(lambda m: NOT_MINE in m.text())


async def test_without_the_scopes_nothing_is_said_too_early(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    for method in ("conversations.info", "conversations.history"):
        slack.faults.add(method, error="missing_scope", times=None)
    away = slack.channel("board", bot_member=False, people=[workspace.ada])
    form = await fresh_modal(workspace, "Hello.")
    await form.choose("Where to post", away)
    await form.type("Script", "Hello board.")
    await form.wait_for(lambda m: "12 of 3,000" in m.text() and SAYS not in m.text())
    assert SAYS in (await form.submit())["Where to post"]
    await form.choose("Where to post", slack.direct(workspace.ada, slack.person("Bob")))
    await form.type("Script", "Hello Bob.")
    await form.wait_for(lambda m: "10 of 3,000" in m.text())
    assert NOT_MINE not in form.text()
    assert NOT_MINE in (await form.submit())["Where to post"]


async def test_when_slack_was_too_slow_it_is_said_at_the_next_change(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    away = slack.channel("board", bot_member=False, people=[workspace.ada])
    form = await fresh_modal(workspace, "Hello.")
    slow = slack.faults.add("conversations.info", slow=5.0)
    await form.choose("Where to post", away)
    await slack.until(lambda: slow not in slack.faults.waiting)
    await form.type("Script", "Hello board.")
    await form.wait_for(lambda m: SAYS in m.text())
