"""Copy to publish: the approved video with the AI label in the picture, in its thread."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from bot.demo.slack import Message, SlackStandIn
from bot.video import ffmpeg
from tests.support.conversations import ask, delivered, review_of
from tests.support.reviewing.shares import approved_take
from tests.support.workspace import Workspace

BUTTON = "Copy to publish"


async def copied(workspace: Workspace, card: Message, review: Message) -> Message:
    await workspace.ada.press(BUTTON, review)
    modal = await workspace.ada.modal()
    assert "“AI-generated video” at the top right" in modal.text()
    assert await modal.submit() == {}
    return await card.thread.wait_for(lambda m: "Copy to publish, for @Ada" in m.text() and m.files)


async def test_the_copy_is_posted_in_the_thread_and_its_hash_is_logged(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    original = (await delivered(card)).files[0].path.read_bytes()
    copy = await copied(workspace, card, review)
    assert (
        "AI-generated video. Made by Ada, approved by Bob. Copy to publish, for @Ada."
        in copy.text()
    )
    assert copy.mentions() == ["@Ada"], "who hears that it is there"
    (file,) = copy.files
    assert file.name.endswith("-to-publish.mp4")
    content = file.path.read_bytes()
    assert content != original
    (_, seconds) = await ffmpeg.size_and_seconds(file.path)
    assert seconds > 1
    await slack.until(lambda: not [m for m in card.thread.replies() if "Making a copy" in m.text()])
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        rows = db.execute("SELECT detail FROM events WHERE kind = 'share copied'").fetchall()
    assert [json.loads(row[0])["sha256"] for row in rows] == [hashlib.sha256(content).hexdigest()]
    assert "Shared in" not in review.text(), "a copy in the thread is no share"
    assert list(workspace.settings.data_dir.glob("publish-*")) == []


async def test_the_copy_says_so_when_the_approval_is_withdrawn(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    copy = await copied(workspace, card, review)
    await slack.person("Bob").press("Undo my decision", review)
    await card.thread.wait_for(lambda m: m is copy and "no longer approved" in m.text())


async def test_the_copy_goes_with_the_take(workspace: Workspace, slack: SlackStandIn) -> None:
    card, review = await approved_take(workspace)
    copy = await copied(workspace, card, review)
    await workspace.ada.press("Take it down", review)
    modal = await workspace.ada.modal()
    assert await modal.submit() == {}
    await slack.until(lambda: copy not in card.thread.replies())
    await slack.until(lambda: all(file.deleted for file in copy.files))


async def test_a_take_without_an_approval_has_no_copy(workspace: Workspace) -> None:
    card = await ask(workspace, "Hello team.")
    review = await review_of(card)
    assert BUTTON not in review.buttons()


async def test_an_approval_that_was_withdrawn_meanwhile_stops_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    await workspace.ada.press(BUTTON, review)
    modal = await workspace.ada.modal()
    await slack.person("Bob").press("Undo my decision", review)
    await slack.until(lambda: BUTTON not in review.buttons())
    answer = await modal.submit()
    assert "No copy was made. Take 1 is no longer approved" in str(answer) or (
        "No copy was made" in (await workspace.ada.modal()).text()
    )


async def test_without_ffmpeg_the_button_says_what_is_missing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "find_spec", lambda _: None)  # the package is not installed
    _, review = await approved_take(workspace)
    await workspace.ada.press(BUTTON, review)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "pip install imageio-ffmpeg" in m.text()
    )
