"""A message's video becomes the footage, if the person who chooses it sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.blocks.twins.form import TWIN_OF_MESSAGE
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Message, SlackStandIn
from bot.demo.slack.transport import payloads
from handlers.twins import footage as film
from tests.handlers.requests.audio.test_forged_shortcut import without_scope
from tests.support.conversations import ask, delivered, review_of, says, told
from tests.support.files.sounds import sound, video
from tests.support.limits import limit
from tests.support.twins.asking import ASKS, footage, sent_footage
from tests.support.twins.log import twins
from tests.support.workspace import StartBot, Workspace

SHORTCUT = "Make a Digital Twin"
BOTH = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])


@BOTH
async def test_a_video_message_is_the_footage(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    await limit(workspace, "workspace", 10)
    ada, bob = workspace.ada, slack.person("Bob")
    said = bob.send_file(workspace.marketing, footage(), name="video_message.mp4", voice=True)
    await ada.shortcut(SHORTCUT, said)
    form = await ada.modal()
    assert "video_message.mp4, from that message" in form.text()
    assert "A Digital Twin costs $1.25 once. $10 of $10 left" in form.text()
    assert "Or a link to it" not in form.labels()
    await form.type("Name", "Bob on the phone")
    await form.choose("Who does it show?", bob)
    await form.type("What is it for?", "News")
    assert await form.submit() == {}
    question = await bob.direct().wait_for(lambda m: ASKS in m.text() and bool(m.buttons()))
    [shown] = question.thread.replies()
    await bob.press("Allow", question)
    await told(ada, "Bob on the phone is ready")
    assert shown.files[0].path.read_bytes() == await sent_footage(workspace)
    assert len(segmind.bill) == 1


def plain(workspace: Workspace, _: Path) -> Message:
    return workspace.ada.say(workspace.marketing, "Hello.")


def spoken(workspace: Workspace, folder: Path) -> Message:
    audio = sound(folder / "news.mp3", 2)
    return workspace.ada.send_file(workspace.marketing, audio)


def two_videos(workspace: Workspace, _: Path) -> Message:
    one, two = (workspace.ada.send_file(workspace.marketing, footage()) for _ in range(2))
    one.files += two.files
    return one


def large(workspace: Workspace, _: Path) -> Message:
    said = workspace.ada.send_file(workspace.marketing, footage())
    said.files[0].size = film.MOST_BYTES + 1
    return said


def deleted_film(workspace: Workspace, _: Path) -> Message:
    """Slack sends the message as it was in Ada's window."""
    said = workspace.ada.send_file(workspace.marketing, footage())
    file = said.files[0]
    workspace.ada.delete_file(file)
    said.files.append(file)
    return said


WRONG: dict[str, Callable[[Workspace, Path], Message]] = {
    "That message has no video.": plain,
    "has no video. Choose another message, or type": spoken,
    "That message has several videos": two_videos,
    "The footage is larger than 100 MB.": large,
    "I can't get that file: it was deleted": deleted_film,
}


@BOTH
async def test_what_is_wrong_with_a_message_is_said(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada = workspace.ada
    for why, post in WRONG.items():
        await ada.shortcut(SHORTCUT, post(workspace, tmp_path))
        await ada.wait_for_ephemeral(workspace.marketing, says(why))
    assert slack.installation.views.top(ada.id) is None


@BOTH
async def test_a_deleted_message_has_no_footage(start_bot: StartBot, http: bool) -> None:
    """Slack leaves a tombstone in the place of a message, and of a file."""
    workspace = await start_bot(http=http)
    ada, channel = workspace.ada, workspace.marketing
    said = ada.send_file(channel, footage())
    payload = payloads.message_shortcut(ada.installation, ada.user, TWIN_OF_MESSAGE, said)
    files = [{"id": said.files[0].id, "mode": "tombstone"}]
    payload["message"] = payload["message"] | {"files": files}
    await ada.send("interactive", "message_action", payload)
    await ada.wait_for_ephemeral(channel, says("I can't get that file: it was deleted"))
    payload["message"] = {"subtype": "tombstone", "user": "USLACKBOT", "ts": said.ts}
    await ada.send("interactive", "message_action", payload)
    await ada.wait_for_ephemeral(channel, says("That message was deleted."))


async def test_the_bots_own_videos_show_no_person(workspace: Workspace) -> None:
    card = await ask(workspace, "Hello.")
    await review_of(card)
    made = await delivered(card)
    await workspace.ada.shortcut(SHORTCUT, made)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("I posted that video myself"))


@pytest.mark.parametrize("scope", [True, False], ids=["", "without groups:read"])
@pytest.mark.parametrize("where", ["a private channel", "a direct message"])
async def test_a_video_that_they_do_not_see_is_refused(
    start_bot: StartBot, slack: SlackStandIn, where: str, scope: bool
) -> None:
    if not scope:
        without_scope(slack)
    workspace = await start_bot()
    bob = slack.person("Bob")
    board = slack.channel("board", private=True, people=[bob])
    place = board if where == "a private channel" else bob.direct()
    await workspace.ada.shortcut(SHORTCUT, bob.send_file(place, footage()))
    await told(workspace.ada, "I can't use that file: you didn't upload it")
    assert slack.installation.views.top(workspace.ada.id) is None


async def test_a_form_with_the_video_of_somebody_else_is_refused(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path
) -> None:
    """The form says which file it is, and a forged one another."""
    ada, bob = workspace.ada, slack.person("Bob")
    board = slack.channel("board", private=True, people=[bob])
    secret = bob.send_file(board, video(tmp_path / "secret.mp4", 16)).files[0]
    mine = ada.send_file(workspace.marketing, footage())
    await ada.shortcut(SHORTCUT, mine)
    form = await ada.modal()
    await form.type("Name", "Bob")
    await form.choose("Who does it show?", bob)
    await form.type("What is it for?", "News")
    content = form.container.content
    content["private_metadata"] = content["private_metadata"].replace(
        mine.files[0].id, secret.id
    ).replace(workspace.marketing.id, board.id)  # fmt: skip
    assert "you didn't upload it" in (await form.submit())["Name"]
    assert twins(workspace) == []
