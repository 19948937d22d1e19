"""Where a shortcut says that its message is isn't believed: whoever sends it has to be there."""

from pathlib import Path

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.slack.members import CHECKED
from tests.support.conversations import logged, told
from tests.support.files.sounds import sound
from tests.support.workspace import StartBot, Workspace

SHORTCUT = "Make an avatar video"
NOT_YOURS = "I can't use that file: you didn't upload it"


def without_scope(slack: SlackStandIn) -> None:
    manifest = slack.installation.manifest
    object.__setattr__(manifest, "scopes", manifest.scopes - {"groups:read"})


@pytest.mark.parametrize("scope", [True, False], ids=["", "without groups:read"])
@pytest.mark.parametrize("where", ["a private channel", "a direct message"])
async def test_audio_of_a_message_that_they_do_not_see_is_refused(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path, where: str,
    scope: bool,
) -> None:  # fmt: skip
    if not scope:
        without_scope(slack)
    workspace = await start_bot()
    bob = slack.person("Bob")
    board = slack.channel("board", private=True, people=[bob])
    place = board if where == "a private channel" else bob.direct()
    said = bob.send_file(place, sound(tmp_path / "secret.m4a", 3), voice=True)
    await workspace.ada.shortcut(SHORTCUT, said)
    await told(workspace.ada, NOT_YOURS)
    assert slack.installation.views.top(workspace.ada.id) is None
    assert (segmind.bill, logged(workspace)) == ([], [])


async def test_without_the_scope_a_member_still_gets_it(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path
) -> None:
    without_scope(slack)
    workspace: Workspace = await start_bot()
    bob = slack.person("Bob")
    board = slack.channel("board", private=True, people=[bob, workspace.ada])
    said = bob.send_file(board, sound(tmp_path / "news.m4a", 3), voice=True)
    await workspace.ada.shortcut(SHORTCUT, said)
    assert "news.m4a · 0:03" in (await workspace.ada.modal()).text()
    assert [m.text() for m in workspace.ada.ephemerals(board)] == [CHECKED]


@pytest.mark.parametrize("kind", ["person", "guest", "outsider"])
async def test_a_file_that_an_app_has_added_never_gets_the_token(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path, kind: str
) -> None:
    """Its address is whatever the app says, and Slack's own Web API would do what that says."""
    zoe = getattr(slack, kind)("Zoe")
    said = zoe.send_file(workspace.marketing, sound(tmp_path / "news.mp3", 3), voice=True)
    does = f"chat.postMessage?channel={workspace.marketing.id}&text=Bob+approved+this"
    said.files[0].kept_at = f"{slack.installation.base_url}/api/{does}"
    await workspace.ada.shortcut(SHORTCUT, said)
    await slack.until(lambda: workspace.ada.ephemerals(workspace.marketing))
    [answer] = workspace.ada.ephemerals(workspace.marketing)
    assert "That file isn't kept in Slack" in answer.text()
    assert "Bob approved this" not in [m.text() for m in workspace.marketing.messages()]
