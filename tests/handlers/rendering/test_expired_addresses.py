"""The address of a finished video can expire: the bot asks Segmind once for a new one."""

import math

import pytest

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, Job
from bot.demo.slack import Message
from tests.support.conversations import ask, delivered, last, submissions
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def rendering(workspace: Workspace) -> tuple[Message, Job]:
    """The card of a video that Segmind holds back."""
    workspace.segmind.pace = AfterSeconds(math.inf)
    card = await wait_for_text(await ask(workspace), "Rendering")
    return card, workspace.segmind.bill[0]


def result_with(workspace: Workspace, job: Job, *gone: str) -> Answer:
    """The result, with addresses where nothing is for what is `gone`."""
    urls = {"video_url": job.video_url, "caption_url": str(job.caption_url)}
    urls |= {name: f"{workspace.segmind.url}/cdn/uploads/{name}" for name in gone}
    return Answer(200, body={"status": "COMPLETED", "output": urls})


def results_read(workspace: Workspace, job: Job) -> int:
    path = f"/v2/requests/{job.request_id}"
    return sum(call.path == path for call in workspace.segmind.journal)


@pytest.mark.parametrize("gone", [("video_url",), ("caption_url",), ("video_url", "caption_url")])
async def test_the_files_come_from_their_new_addresses(
    workspace: Workspace, gone: tuple[str, ...]
) -> None:
    card, job = await rendering(workspace)
    workspace.segmind.faults.add("result", result_with(workspace, job, *gone))
    workspace.segmind.pace = AtOnce()
    video = await delivered(card)
    assert [file.name[-3:] for file in video.files] == ["mp4", "srt"]
    take = last(workspace)
    assert (take["video_url"], take["caption_url"]) == (job.video_url, job.caption_url)
    assert results_read(workspace, job) == 2, "asked once, for both"
    assert (submissions(workspace), len(workspace.segmind.bill)) == (1, 1)


async def test_the_history_has_the_address_if_the_result_does_not(workspace: Workspace) -> None:
    card, job = await rendering(workspace)
    gone = result_with(workspace, job, "video_url")
    workspace.segmind.faults.add("result", gone, times=math.inf)
    workspace.segmind.pace = AtOnce()
    await delivered(card)
    assert last(workspace)["video_url"] == job.video_url


async def test_a_v1_video_gets_its_address_from_the_history(start_bot: StartBot) -> None:
    workspace = await start_bot(SEGMIND_API="v1")
    nowhere = {"video_url": f"{workspace.segmind.url}/cdn/uploads/gone.mp4"}
    workspace.segmind.faults.add("v1", Answer(200, body=nowhere, accepted=True))
    await delivered(await ask(workspace))
    assert last(workspace)["video_url"] == workspace.segmind.bill[0].video_url
    assert (submissions(workspace), len(workspace.segmind.bill)) == (1, 1)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_an_address_that_expires_for_good_says_what_to_do(
    workspace: Workspace, status: int
) -> None:
    workspace.segmind.faults.add("cdn", Answer(status), times=math.inf)
    card = await wait_for_text(await ask(workspace), "couldn't be downloaded")
    assert f"its link doesn't work (error {status}). Try again later" in card.text()
    assert "Your video is paid for. Delivering it again is free." in card.text()
    job = workspace.segmind.bill[0]
    assert results_read(workspace, job) == 3, "once for the captions, once for the video"
    workspace.segmind.faults.clear()
    # What is there by now is found at its new address, although another one is stored.
    await workspace.ada.press("Deliver again (free)", card)
    await delivered(card)
    assert (submissions(workspace), len(workspace.segmind.bill)) == (1, 1)
