"""Slack refuses the file: the thread gets the link and the reason, and nothing paid for is lost.

Later the file can replace the link.
"""

import math
import sqlite3
from contextlib import closing

import pytest

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, Delivery, Outcome
from bot.demo.slack import Channel, Message, SlackStandIn
from tests.support.conversations import (
    ask,
    delivered,
    last,
    logged,
    review_of,
    submissions,
    told,
    videos,
)
from tests.support.reviewing.shares import share_form
from tests.support.workspace import StartBot, Workspace, wait_for_text

REASONS = {
    "file_uploads_disabled": "file uploads are turned off in this workspace",
    "file_type_not_allowed": "this workspace doesn't allow this type of file",
    "file_upload_size_restricted": "the file is larger than this workspace allows",
    "storage_limit_reached": "this workspace is out of file storage",
    "restricted_action": "this workspace's settings don't let me post files here",
    "something_new": "it answered “something_new”",
}


def link_in(workspace: Workspace, card: Message) -> Message:
    """The one message of the thread, which has the link in place of the files."""
    [message] = videos(card)
    assert message.files == []
    paid = workspace.segmind.bill[-1]
    assert paid.video_url in message.text()
    assert paid.caption_url
    assert paid.caption_url in message.text()
    assert message.mentions() == ["@Ada"]
    return message


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
)
async def test_the_thread_gets_the_link_and_the_reason(
    workspace: Workspace, slack: SlackStandIn, method: str
) -> None:
    for code, reason in REASONS.items():
        if (method, code) == ("upload", "something_new"):
            continue  # the rest of the upload URL's answer is not documented
        slack.faults.add(method, error=code)
        card = await wait_for_text(await ask(workspace), "Ready")
        assert "in the thread, as a link" in card.text(), code
        message = link_in(workspace, card)
        assert f"Slack didn't accept the video: {reason}." in message.text()
        assert "Segmind keeps them for 7 days" in message.text()
        take = last(workspace)
        assert (take["state"], take["message_ts"]) == ("delivered", message.ts)
        slack.faults.clear()
    assert len(workspace.segmind.bill) >= len(REASONS) - 1


async def test_the_video_comes_even_if_slack_refuses_the_captions(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("files.getUploadURLExternal")  # harmless: the video's
    slack.faults.add("files.getUploadURLExternal", error="file_type_not_allowed")
    card = await wait_for_text(await ask(workspace), "Ready")
    [message] = videos(card)
    assert [file.name for file in message.files] == ["hello-team-take-1.mp4"]
    assert "Slack didn't accept the captions. Download them" in message.text()
    assert str(workspace.segmind.bill[-1].caption_url) in message.text()
    assert "Hello team." in message.text()


def remove_bot(slack: SlackStandIn, channel: Channel) -> None:
    channel.members.discard(slack.installation.bot.id)


async def test_after_leaving_a_public_channel_the_requester_gets_the_link(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.pace = AfterSeconds(3600)
    card = await ask(workspace)
    await wait_for_text(card, "Rendering")
    remove_bot(slack, workspace.marketing)
    workspace.segmind.pace = AtOnce()
    message = await told(workspace.ada, workspace.segmind.bill[0].video_url)
    assert "type /invite @avatar" in message.text()
    workspace.ada.invite_bot(workspace.marketing)
    await wait_for_text(card, "Your video is paid for and safe")
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def test_after_leaving_a_private_channel_the_requester_gets_the_link(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    board = slack.channel("board", private=True)
    workspace.segmind.pace = AfterSeconds(3600)
    await workspace.ada.command("/avatar", "Hello team.", board)
    assert await (await workspace.ada.modal()).submit() == {}
    card = await board.wait_for(lambda m: "Rendering" in m.text())
    remove_bot(slack, board)
    workspace.segmind.pace = AtOnce()
    message = await told(workspace.ada, workspace.segmind.bill[0].video_url)
    assert message.only_for is None
    assert last(workspace)["state"] == "failed"

    workspace.ada.invite_bot(board)
    # The card still says "Rendering" there: a person sees it move again, and gets the video.
    await board.wait_for(
        lambda m: m is card and m.buttons() == ["Deliver again (free)", "Change and retry"]
    )
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def test_a_video_without_a_link_is_kept_until_slack_takes_it(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """v1 may answer with the bytes themselves: there is no link to give."""
    workspace = await start_bot(SEGMIND_API="v1")
    workspace.segmind.faults.next_job(Outcome(shape="bytes"))
    slack.faults.add("files.getUploadURLExternal", error="storage_limit_reached")
    card = await wait_for_text(await ask(workspace), "this workspace is out of file storage")
    assert "Delivering it again is free" in card.text()
    assert "file:" not in "".join(m.text() for m in card.thread), "no path of the bot's machine"
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


# --- the file replaces the link ----------------------------------------------------------------

BUTTONS = ["Deliver again (free)", "New take"]
LARGER = 500_000  # bytes
AS_A_LINK = "in the thread, as a link"


async def refused(workspace: Workspace) -> tuple[Message, Message]:
    """The card and the link of Ada's video, whose file Slack refuses until the faults end."""
    workspace.slack.faults.add(
        "files.getUploadURLExternal", error="file_uploads_disabled", times=None
    )
    card = await wait_for_text(await ask(workspace), AS_A_LINK)
    await card.channel.wait_for(lambda m: m is card and m.buttons() == BUTTONS)
    [link] = videos(card)
    assert "press Deliver again on the card" in link.text().replace("*", "")
    return card, link


def change_log(workspace: Workspace, sql: str) -> None:
    with closing(sqlite3.connect(workspace.settings.log_path, isolation_level=None)) as db:
        db.execute(sql)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_file_replaces_the_link_and_the_review_goes_on(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card, link = await refused(workspace)
    review = await review_of(card)
    bob = slack.person("Bob")
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    slack.faults.clear()
    await bob.press("Deliver again (free)", card)
    assert not any(message.files for message in card.thread.replies()), "only Ada and admins may"

    await workspace.ada.press("Deliver again (free)", card)
    await card.thread.wait_for(lambda m: m.files)
    await card.channel.wait_for(lambda m: m is card and m.buttons() == ["New take"])
    [video] = [m for m in card.thread.replies() if m.files]
    assert [file.name[-3:] for file in video.files] == ["mp4", "srt"]
    assert link not in card.thread.replies()
    assert "Ready in the thread" in card.text()
    assert AS_A_LINK not in card.text()
    assert "@Bob approved" in review.text()
    news = slack.channel("news")
    assert await (await share_form(workspace.ada, review, news)).submit() == {}
    await news.wait_for(lambda m: m.files)
    assert (submissions(workspace), len(workspace.segmind.bill), len(logged(workspace))) == (1,) * 3


@pytest.mark.parametrize("why", ["Slack refuses it", "the download fails"])
async def test_if_it_fails_again_the_link_and_the_review_stay(
    workspace: Workspace, why: str
) -> None:
    card, link = await refused(workspace)
    review = await review_of(card)
    if why == "the download fails":
        workspace.slack.faults.clear()
        workspace.segmind.faults.add("cdn", Answer(404), times=math.inf)
    await workspace.ada.press("Deliver again (free)", card)
    said = await card.thread.wait_for(lambda m: "Until you deliver it again" in m.text())
    assert said.mentions() == ["@Ada"]
    assert ("uploads are turned off" in said.text()) == (why == "Slack refuses it")
    await card.channel.wait_for(lambda m: m is card and m.buttons() == BUTTONS)
    assert last(workspace)["state"] == "delivered"
    assert link in card.thread.replies()
    await workspace.slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    workspace.segmind.faults.clear()
    workspace.slack.faults.clear()
    await workspace.ada.press("Deliver again (free)", card)
    await card.thread.wait_for(lambda m: m.files)
    await card.channel.wait_for(lambda m: m is card and m.buttons() == ["New take"])
    assert link not in card.thread.replies()
    assert len(workspace.segmind.bill) == 1


async def test_a_file_that_differs_from_what_was_approved_as_a_link_is_not_posted(
    workspace: Workspace,
) -> None:
    card, link = await refused(workspace)
    review, bob = await review_of(card), workspace.slack.person("Bob")
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    workspace.slack.faults.clear()
    workspace.segmind.faults.add("cdn", Delivery(size=LARGER), times=2)  # zeros at its end
    await workspace.ada.press("Deliver again (free)", card)
    await card.thread.wait_for(lambda m: "isn't the one that was approved" in m.text())
    await card.channel.wait_for(lambda m: m is card and m.buttons() == BUTTONS)
    assert not any(message.files for message in card.thread.replies())
    assert link in card.thread.replies()
    await bob.press("Undo my decision", review)
    await told(workspace.ada, "withdrew")
    workspace.segmind.faults.add("cdn", Delivery(size=LARGER), times=2)
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)


async def test_what_cannot_be_compared_with_what_was_approved_is_not_posted(
    workspace: Workspace,
) -> None:
    """A video over MAX_VIDEO_MB has no hash, and the limit may have been raised since."""
    card, link = await refused(workspace)
    change_log(workspace, "UPDATE takes SET sha256 = ''")
    review, bob = await review_of(card), workspace.slack.person("Bob")
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    workspace.slack.faults.clear()
    await workspace.ada.press("Deliver again (free)", card)
    await card.thread.wait_for(lambda m: "may not be the one" in m.text())
    await card.channel.wait_for(lambda m: m is card and m.buttons() == BUTTONS)
    assert not any(message.files for message in card.thread.replies())
    assert link in card.thread.replies()
    await bob.press("Undo my decision", review)
    await told(workspace.ada, "withdrew")
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    assert last(workspace)["sha256"]


async def test_a_link_that_has_expired_is_not_delivered(workspace: Workspace) -> None:
    card, link = await refused(workspace)
    workspace.slack.faults.clear()
    change_log(workspace, "UPDATE takes SET rendered_at = '2026-01-01T10:00:00.000+00:00'")
    await workspace.ada.press("Deliver again (free)", card)
    await card.channel.wait_for(lambda m: m is card and m.buttons() == ["New take"])
    seen = workspace.ada.ephemerals
    await workspace.slack.until(
        lambda: any("Too late" in m.text() for m in seen(workspace.marketing))
    )
    assert videos(card) == [link]


async def test_the_card_of_an_older_version_gets_the_button_at_the_start(
    workspace: Workspace,
) -> None:
    card, link = await refused(workspace)
    workspace.slack.faults.clear()
    buttons = card.blocks[-1]["elements"]
    card.blocks[-1]["elements"] = [b for b in buttons if b["action_id"] == "new_take"]
    assert card.buttons() == ["New take"]
    await workspace.bot.render_schedule.run("cards with a link")
    await card.channel.wait_for(lambda m: m is card and m.buttons() == BUTTONS)
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    await card.channel.wait_for(lambda m: m is card and m.buttons() == ["New take"])
    assert link not in card.thread.replies()
