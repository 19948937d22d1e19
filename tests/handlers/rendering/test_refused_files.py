"""Slack refuses the file: the thread gets the link and the reason, and nothing paid for is lost."""

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce, Outcome
from bot.demo.slack import Channel, Message, SlackStandIn
from tests.support.conversations import ask, delivered, last, told, videos
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
        assert "Hello team." in message.text(), "the transcript is there anyway"
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
