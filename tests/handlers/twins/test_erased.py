"""What erasing a person, the requester or the one shown, does about twins."""

import argparse

import pytest

from bot.cli import erase
from bot.demo.slack import SlackStandIn
from tests.support.conversations import told
from tests.support.twins.asking import approved_video, ready_twin
from tests.support.twins.log import twins
from tests.support.workspace import Workspace


async def test_once_the_requester_is_erased_a_withdrawn_video_is_not_shared(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, carol = slack.person("Bob"), slack.person("Carol")
    question = await ready_twin(workspace, bob)
    review = await approved_video(workspace, "Shared later.")
    args = argparse.Namespace(user_id=workspace.ada.id, files=False, yes=True)
    assert await erase.run(args, workspace.settings) == 0
    slack.faults.add("chat.update", status=503, times=None)  # so that it keeps its buttons
    await bob.press("Withdraw consent", question)
    assert "Take 1" in (await told(bob, "You withdrew your consent to")).text()
    await carol.press("Share", review)
    await carol.wait_for_ephemeral(
        workspace.marketing, lambda m: "withdrawn their consent" in m.text()
    )


async def test_erasing_the_person_shown_deletes_the_footage_and_says_what_stays(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob)
    [twin] = twins(workspace)
    args = argparse.Namespace(user_id=bob.id, files=True, yes=True)
    assert await erase.run(args, workspace.settings) == 0
    said = capsys.readouterr().out
    assert f"{twin['avatar_id']}, {twin['footage_address']}" in said
    assert "nobody can use a Digital Twin of them anymore" in said
    assert slack.workspace.files[twin["shown_file_id"]].deleted
