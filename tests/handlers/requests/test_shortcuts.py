"""The form from the shortcuts menu, and from a message with its text as the script."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, last, says, told
from tests.support.workspace import StartBot, Workspace

NAME = "Make an avatar video"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_message_becomes_a_script(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, bob = workspace.ada, slack.person("Bob")
    said = bob.say(workspace.marketing, "*Hello* @Ada :tada: We have news in #marketing")
    await ada.shortcut(NAME, said)
    form = await ada.modal()
    assert form.value("Script")["value"].startswith("Hello Ada")
    assert "*" not in form.value("Script")["value"]
    await form.choose("Where to post", workspace.marketing)
    assert await form.submit() == {}
    await slack.until(lambda: last(workspace)["script"].startswith("Hello Ada"))


async def test_it_works_where_the_bot_is_no_member(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    board = slack.channel("board", private=True, bot_member=False, people=[workspace.ada])
    said = workspace.ada.say(board, "Hello board.")
    await workspace.ada.shortcut(NAME, said)
    form = await workspace.ada.modal()
    assert form.value("Script")["value"] == "Hello board."
    assert form.value("Where to post")["selected_conversation"] is None


async def test_the_form_opens_from_anywhere(workspace: Workspace) -> None:
    await workspace.ada.shortcut(NAME)
    assert (await workspace.ada.modal()).title == "Make an avatar video"


async def test_a_long_message_is_cut_and_that_is_said(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    said = workspace.ada.say(workspace.marketing, "This is a sentence. " * 200)
    await workspace.ada.shortcut(NAME, said)
    form = await workspace.ada.modal()
    assert form.value("Script")["value"].endswith("sentence.")
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, says("That message has 3,999 characters, but a script can have only")
    )


async def test_what_cannot_be_a_script_is_said(workspace: Workspace, slack: SlackStandIn) -> None:
    picture = workspace.ada.say(workspace.marketing, ":tada:")
    await workspace.ada.shortcut(NAME, picture)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("has no words to say"))
    await workspace.ada.shortcut(NAME, await ask(workspace))
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("I wrote that message myself"))


async def test_guests_are_told_that_they_cannot(workspace: Workspace, slack: SlackStandIn) -> None:
    gus = slack.guest("Gus")
    await gus.shortcut(NAME)
    await told(gus, "Guests can't make a video.")
