"""The way of the finished video into the thread: broken downloads, a busy Slack, one message."""

import math
from dataclasses import replace

import pytest
from aiohttp import web

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, Delivery, Outcome, Redirect
from bot.demo.segmind.faults import Proceed
from bot.demo.slack import Fault, SlackStandIn
from bot.process.clock import Clock
from tests.support.conversations import (
    ask,
    delivered,
    last,
    logged,
    review_of,
    submissions,
    videos,
)
from tests.support.workspace import StartBot, Workspace, wait_for_text

MB = 1024 * 1024


async def test_the_video_arrives_whole_whatever_the_cdn_does(workspace: Workspace) -> None:
    """Each time the same video: its bytes must be the same, too."""
    whole = (await delivered(await ask(workspace))).files[0].path.read_bytes()
    faults = workspace.segmind.faults
    bad_days: dict[str, tuple[Delivery | Redirect, int]] = {
        "no length": (Delivery(length=False), 2),
        "a redirect": (Redirect(), 2),
        "cut midway": (Delivery(cut_after=5000), 3),
        "cut midway, without a length": (Delivery(length=False, cut_after=5000), 3),
    }
    for day, (fault, times) in bad_days.items():
        faults.add("cdn", fault, times)  # the captions come first, then the video
        video = await delivered(await ask(workspace))
        assert [file.name for file in video.files] == ["hello-team-take-1.mp4",
                                                       "hello-team-take-1.srt"], day  # fmt: skip
        assert video.files[0].path.read_bytes() == whole, day
        take = last(workspace)
        assert take["video_bytes"] == len(whole)
        faults.clear()
    assert len({take["sha256"] for take in logged(workspace)}) == 1
    assert len(workspace.segmind.bill) == len(bad_days) + 1


async def test_a_video_that_cannot_be_downloaded_is_kept_and_delivered_later(
    workspace: Workspace,
) -> None:
    workspace.segmind.faults.add("cdn", Answer(404), times=math.inf)
    card = await wait_for_text(await ask(workspace), "The finished video couldn't be downloaded")
    assert "Delivering it again is free" in card.text()
    assert card.buttons() == ["Deliver again (free)", "Change and retry"]
    url = workspace.segmind.bill[0].video_url
    line = await card.thread.wait_for(lambda m: url in m.text())
    assert line.mentions() == ["@Ada"]
    workspace.segmind.faults.clear()
    await workspace.ada.press("Deliver again (free)", card)
    video = await delivered(card)
    assert [file.name[-3:] for file in video.files] == ["mp4", "srt"]
    assert len(workspace.segmind.bill) == submissions(workspace) == len(logged(workspace)) == 1


@pytest.mark.parametrize("length", [True, False], ids=["with a length", "without one"])
async def test_a_video_that_is_too_large_comes_as_a_link(start_bot: StartBot, length: bool) -> None:
    workspace = await start_bot(MAX_VIDEO_MB="1")
    workspace.segmind.faults.next_job(Outcome(captions=False))
    workspace.segmind.faults.add("cdn", Delivery(size=2 * MB, length=length), times=math.inf)
    card = await wait_for_text(await ask(workspace), "in the thread, as a link")
    [message] = videos(card)
    assert "too large to bring into Slack: over the limit of 1 MB" in message.text()
    assert workspace.segmind.bill[0].video_url in message.text()
    assert last(workspace)["state"] == "delivered"


async def test_a_redirect_away_from_the_web_is_not_followed(workspace: Workspace) -> None:
    """https://owasp.org/www-community/attacks/Server_Side_Request_Forgery"""
    for target in ("file:///etc/passwd", "http://169.254.169.254/latest", "https://10.0.0.1/a.mp4"):
        workspace.segmind.faults.next_job(Outcome(captions=False))
        workspace.segmind.faults.add("cdn", Redirect(target))
        card = await wait_for_text(await ask(workspace), "isn't allowed to download from")
        assert card.buttons() == ["Deliver again (free)", "Change and retry"]
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)


UPLOAD_URL, SHARE = "files.getUploadURLExternal", "files.completeUploadExternal"
SHARE_FAULTS = [
    Fault(SHARE, status=500, times=2),
    Fault(SHARE, error="internal_error"),
    Fault(SHARE, drop="before"),
    Fault(SHARE, drop="after"),
]
BUSY = [
    Fault(UPLOAD_URL, status=500, times=2),
    Fault(UPLOAD_URL, status=429, retry_after=1),
    Fault(UPLOAD_URL, drop="after"),
    Fault("upload", status=503, times=2),
    Fault("upload", status=429, retry_after=1),
    Fault("upload", drop="after"),
    Fault(SHARE, status=429, retry_after=1),
    *SHARE_FAULTS,
    Fault("chat.update", status=500, times=6),
]


async def one_message_each(workspace: Workspace, bad_days: list[Fault]) -> None:
    for fault in bad_days:
        workspace.slack.faults.waiting.append(replace(fault))
        card = await ask(workspace)
        await delivered(card)
        assert len(videos(card)) == 1, fault
        assert last(workspace)["state"] == "delivered"
        workspace.slack.faults.clear()
    assert len(workspace.segmind.bill) == submissions(workspace) == len(bad_days)
    for card in workspace.marketing.messages():
        assert len(videos(card)) == 1, "nothing came later"


async def test_a_busy_slack_shows_exactly_one_message_with_the_files(workspace: Workspace) -> None:
    await one_message_each(workspace, BUSY)


async def test_files_that_appear_late_are_not_shared_twice(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    slack.installation.share_seconds = 0.03  # as 3 s on the real clock
    await one_message_each(await start_bot(clock=Clock(0.01)), SHARE_FAULTS)


async def test_captions_whose_download_broke_once_are_fetched_again(workspace: Workspace) -> None:
    workspace.segmind.faults.add("cdn", Answer(503, style="html"))  # the captions come first
    video = await delivered(await ask(workspace))
    assert [file.name[-3:] for file in video.files] == ["mp4", "srt"]


@pytest.mark.parametrize("captions", ["a 404", "no SRT"])
async def test_missing_captions_do_not_delay_the_video(workspace: Workspace, captions: str) -> None:
    workspace.segmind.pace = AfterSeconds(math.inf)
    card = await wait_for_text(await ask(workspace), "Rendering")
    film = workspace.segmind.bill[0].video_url
    address = film if captions == "no SRT" else f"{workspace.segmind.url}/cdn/uploads/none.srt"
    body = {"status": "COMPLETED", "output": {"video_url": film, "caption_url": address}}
    workspace.segmind.faults.add("result", Answer(200, body=body), times=math.inf)
    workspace.segmind.pace = AtOnce()
    video = await delivered(card)
    assert [file.name for file in video.files] == ["hello-team-take-1.mp4"]
    assert "The captions couldn't be read. Download them" in video.text()
    assert address in video.text()


async def test_a_video_is_delivered_after_a_long_slack_outage(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("upload", status=500, times=None)
    card = await wait_for_text(await ask(workspace), "Slack didn't respond.")
    assert card.buttons() == ["Deliver again (free)", "Change and retry"]
    slack.faults.clear()
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == 1


class OtherCaptions:
    """What Segmind's CDN sends from now on, whoever asks; "" is nothing."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if not request.path.endswith(".srt"):
            return await proceed()
        if not self._words:
            return web.Response(status=404)
        return web.Response(text=f"1\n00:00:00,000 --> 00:00:01,000\n{self._words}\n")


@pytest.mark.parametrize("had_some", [True, False], ids=["some", "none"])
async def test_captions_that_were_approved_stay_as_they_were(
    workspace: Workspace, slack: SlackStandIn, had_some: bool
) -> None:
    """A link was approved, which another attempt replaces by the files."""
    slack.faults.add("files.getUploadURLExternal", error="file_uploads_disabled")
    if not had_some:
        workspace.segmind.faults.add("cdn", OtherCaptions(""), times=math.inf)
    card = await ask(workspace)
    review = await review_of(card)
    await slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    workspace.segmind.faults.clear()
    workspace.segmind.faults.add("cdn", OtherCaptions("We are bankrupt."), times=math.inf)
    await workspace.ada.press("Deliver again (free)", card)
    video = await card.thread.wait_for(lambda m: m.files)
    assert "bankrupt" not in video.text()
    captions = [file.path.read_bytes() for file in video.files if file.name.endswith(".srt")]
    assert len(captions) == had_some
    assert b"bankrupt" not in b"".join(captions)
