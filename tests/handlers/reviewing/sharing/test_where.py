"""A channel that the bot can't post to is said as soon as it is chosen, as in a video's form."""

import pytest

from bot.blocks.casting.sheet_form import ORDERED
from bot.demo.slack import SlackStandIn
from tests.support.casting.sheet import sheet_form
from tests.support.reviewing.shares import approved_take, share_form
from tests.support.workspace import ADMIN, StartBot, Workspace

SAYS = "Invite me first: type /invite @avatar there"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_it_is_said_before_the_share_is_sent(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada = workspace.ada
    _, review = await approved_take(workspace)
    away = slack.channel("board", bot_member=False, people=[ada])
    form = await share_form(ada, review, away)
    await form.type("Message", "For the board")
    await form.wait_for(lambda m: SAYS in m.text())
    assert "what you typed is kept" not in form.text(), "it is not"
    asked = len(slack.journal.calls("conversations.info"))
    await form.press("Check again")
    await slack.until(lambda: len(slack.journal.calls("conversations.info")) > asked)
    assert SAYS in form.text()
    await form.choose("Channel", slack.direct(ada, slack.person("Bob")))
    await form.wait_for(lambda m: "direct messages between people" in m.text())
    assert "[Check again]" not in form.text()
    await form.choose("Channel", workspace.marketing)
    await form.wait_for(lambda m: "direct messages" not in m.text())
    await form.choose("Channel", away)
    await form.wait_for(lambda m: SAYS in m.text())
    ada.invite_bot(away)
    await form.press("Check again")
    await form.wait_for(lambda m: SAYS not in m.text())
    assert form.labels() == ["Channel", "Message", "Captions"]
    assert await form.submit() == {}
    shared = await away.wait_for(lambda m: m.files)
    assert "For the board" in shared.text()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_it_is_said_in_the_form_of_the_casting_sheet_too(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    away = slack.channel("board", bot_member=False, people=[slack.person(ADMIN)])
    form = await sheet_form(workspace)
    await form.choose("Where to post them", away)
    await form.wait_for(lambda m: SAYS in m.text())
    slack.person(ADMIN).invite_bot(away)
    await form.press("Check again")
    await form.wait_for(lambda m: SAYS not in m.text())
    assert await form.submit() == {}
    await away.wait_for(lambda m: m.blocks)


async def test_it_never_takes_the_place_of_the_answer(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    away = slack.channel("board", bot_member=False, people=[grace])
    form = await sheet_form(workspace)
    late = slack.faults.add("views.update", slow=60)
    await form.choose("Where to post them", away)
    await slack.until(lambda: slack.journal.calls("views.update"))
    grace.invite_bot(away)
    assert await form.submit() == {}
    assert ORDERED in form.text()
    slack.faults.remove(late)
    await slack.until(lambda: slack.journal.calls("views.update")[0].seconds)
    assert ORDERED in form.text()


async def test_a_form_isnt_updated_for_a_channel_that_is_fine(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    away = slack.channel("board", bot_member=False, people=[slack.person(ADMIN)])
    form = await sheet_form(workspace)
    asked = len(slack.journal.calls("conversations.info"))
    await form.choose("Where to post them", workspace.marketing)
    await slack.until(lambda: len(slack.journal.calls("conversations.info")) > asked)
    await form.choose("Where to post them", away)
    await form.wait_for(lambda m: SAYS in m.text())
    assert len(slack.journal.calls("views.update")) == 1
