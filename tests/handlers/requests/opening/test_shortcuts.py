"""The form from the shortcuts menu, and from a message with its text as the script."""

import base64
import gc
from pathlib import Path

import pytest

from bot.demo.slack import SlackStandIn
from bot.demo.slack.transport import payloads
from handlers.requests.opening import shortcuts
from tests.support.conversations import ask, last, says, told
from tests.support.deadlines import within
from tests.support.twins.asking import footage
from tests.support.workspace import StartBot, Workspace

NAME = "Make an avatar video"
SMALLEST_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


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


async def test_a_message_does_not_name_a_private_channel_that_one_is_not_in(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """The bot knows the names of all that it is in."""
    ada, mallory = workspace.ada, slack.person("Mallory")
    layoffs = slack.channel("layoffs", private=True, people=[ada])
    for person, script in ((mallory, "Hello everybody in."), (ada, "Hello everybody in layoffs.")):
        said = person.say(workspace.marketing, "Hello")
        said.fallback = f"Hello everybody in <#{layoffs.id}>."  # as a program can post it
        await person.shortcut(NAME, said)
        form = await person.modal()
        assert form.value("Script")["value"] == script
        await form.close()


async def test_a_guest_reads_only_the_names_of_their_own_channels(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(ALLOW_GUESTS="true")
    gus, news, plans = slack.guest("Gus"), slack.channel("news", people=[]), slack.channel("plans")
    for channel in (workspace.marketing, plans):
        gus.join(channel)
    said = gus.say(workspace.marketing, "Hello")
    said.fallback = f"Hello everybody in <#{news.id}> and <#{plans.id}>."
    await gus.shortcut(NAME, said)
    form = await gus.modal()
    assert form.value("Script")["value"] == "Hello everybody in and plans."


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
    sentence = "That message has 3,999 characters, but a script can have only 3,000."
    assert f"{sentence} Its end is missing here." in form.text()
    assert "about 3:" in form.text()
    await form.type("Script", "Hello.")
    await form.wait_for(lambda m: "about 3:" not in m.text())
    assert sentence in form.text(), "also once the price has changed"
    assert workspace.ada.ephemerals(workspace.marketing) == []


async def test_a_message_of_many_joined_emoji_holds_up_nobody(workspace: Workspace) -> None:
    said = workspace.ada.say(workspace.marketing, "Hello." + "\U0001f469\u200d" * 19_000)
    with within(3.0):  # in which Slack wants an answer
        await workspace.ada.shortcut(NAME, said)
        form = await workspace.ada.modal()
    assert form.value("Script")["value"].rstrip("\u200d") == "Hello."


async def test_only_the_first_of_many_people_are_named(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    people = [slack.person(f"Person{n:02}") for n in range(30)]
    said = workspace.ada.say(
        workspace.marketing, "Thanks " + " ".join(f"@{p.name}" for p in people)
    )
    await workspace.ada.shortcut(NAME, said)
    form = await workspace.ada.modal()
    script = form.value("Script")["value"]
    assert script == "Thanks " + " ".join(p.name for p in people[: shortcuts.MOST_NAMES])
    gc.collect()  # a look-up that was never awaited would warn now


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_what_cannot_be_a_script_is_said(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, channel = workspace.ada, workspace.marketing
    await ada.shortcut(NAME, ada.say(channel, ":tada:"))
    await ada.wait_for_ephemeral(channel, says("has no words or audio"))
    await ada.shortcut(NAME, await ask(workspace))
    await ada.wait_for_ephemeral(channel, says("I wrote that message myself"))
    picture = tmp_path / "picture.png"
    picture.write_bytes(SMALLEST_PNG)
    known = len(ada.ephemerals(channel))
    await ada.shortcut(NAME, ada.send_file(channel, picture))
    await slack.until(lambda: len(ada.ephemerals(channel)) > known)
    assert "has no words or audio" in ada.ephemerals(channel)[-1].text()
    known = len(ada.ephemerals(channel))
    message = ada.send_file(channel, footage(), ":tada:", name="video_message.mp4", voice=True)
    await ada.shortcut(NAME, message)
    await slack.until(lambda: len(ada.ephemerals(channel)) > known)
    said = ada.ephemerals(channel)[-1].text()
    for words in ("has only a video", "choose Make a Digital Twin", "under More options"):
        assert words in said


async def test_a_deleted_message_is_no_script(workspace: Workspace) -> None:
    """Slack leaves a tombstone above its thread."""
    ada, channel = workspace.ada, workspace.marketing
    said = ada.say(channel, "Never mind.")
    callback_id = shortcuts.FROM_MESSAGE
    payload = payloads.message_shortcut(ada.installation, ada.user, callback_id, said)
    left = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
    payload["message"] |= left
    await ada.send("interactive", "message_action", payload)
    await ada.wait_for_ephemeral(channel, says("That message was deleted."))


async def test_a_message_that_is_deleted_meanwhile_is_still_a_script(workspace: Workspace) -> None:
    """Slack sends the text with the shortcut, so nothing has to be looked up."""
    said = workspace.ada.say(workspace.marketing, "Short news.")
    workspace.ada.delete(said)
    await workspace.ada.shortcut(NAME, said)
    assert (await workspace.ada.modal()).value("Script")["value"] == "Short news."


async def test_guests_are_told_that_they_cannot(workspace: Workspace, slack: SlackStandIn) -> None:
    gus = slack.guest("Gus")
    await gus.shortcut(NAME)
    await told(gus, "Guests can't make a video.")
