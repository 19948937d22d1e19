"""Every form in which Segmind hands a result over ends as a video in the thread, paid for once."""

import math
from pathlib import Path
from typing import get_args

import pytest
from aiohttp import web

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, Cut, Outcome
from bot.demo.segmind.faults import Shape
from bot.domain.money.amounts import estimated
from bot.domain.text import clock
from handlers.rendering.results import Results
from tests.support.conversations import ask, delivered, fresh_modal, last, logged, submissions
from tests.support.files.serve import served
from tests.support.workspace import StartBot, Workspace, wait_for_text

WITH_CAPTIONS = ("page", "object", "list")
NO_CAPTIONS = "Segmind returned no captions for this video."


def ends(video_message_files: list[str]) -> list[str]:
    return [name.rpartition(".")[2] for name in video_message_files]


async def shaped(workspace: Workspace, shape: Shape) -> None:
    """Ada asks for a video whose result comes in this form."""
    known = len(workspace.segmind.bill)
    workspace.segmind.faults.next_job(Outcome(shape=shape))
    card = await ask(workspace)
    video = await delivered(card)
    kinds = ends([file.name for file in video.files])
    if shape in WITH_CAPTIONS:
        assert kinds == ["mp4", "srt"], shape
    else:
        assert kinds == ["mp4"], shape
        assert NO_CAPTIONS in video.text()
    assert b"ftyp" in video.files[0].path.read_bytes()[:16], shape
    assert "Hello team." in video.text()
    job = workspace.segmind.bill[-1]
    await wait_for_text(card, f"cost ${job.charged_usd:.2f}")
    take = last(workspace)
    assert (take["state"], take["cost_usd"]) == ("delivered", job.charged_usd)
    assert take["segmind_request_id"] == job.request_id
    assert len(workspace.segmind.bill) == known + 1


async def test_a_v2_result_is_delivered_in_whatever_form_it_comes(workspace: Workspace) -> None:
    for shape in get_args(Shape):
        await shaped(workspace, shape)


async def test_a_v1_result_is_delivered_in_whatever_form_it_comes(start_bot: StartBot) -> None:
    workspace = await start_bot(SEGMIND_API="v1")
    for shape in get_args(Shape):
        await shaped(workspace, shape)
    paths = {call.path for call in workspace.segmind.journal if call.method == "POST"}
    assert paths == {"/v1/heygen-avatar-v"}


async def test_a_v1_answer_that_was_lost_is_found_again_and_charged_once(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(SEGMIND_API="v1")
    for fault in (Cut(accepted=True), Answer(504, style="html", accepted=True)):
        workspace.segmind.faults.add("v1", fault)
        await delivered(await ask(workspace))
    assert len(workspace.segmind.bill) == submissions(workspace) == 2
    workspace.segmind.faults.add("v1", Cut())
    await wait_for_text(await ask(workspace), "lost contact with Segmind")
    assert (len(workspace.segmind.bill), submissions(workspace)) == (2, 3)


async def test_a_v1_video_whose_file_is_gone_comes_from_the_history(start_bot: StartBot) -> None:
    workspace = await start_bot(SEGMIND_API="v1")
    workspace.segmind.faults.next_job(Outcome(shape="bytes"))
    workspace.slack.faults.add("files.getUploadURLExternal", error="file_uploads_disabled")
    card = await wait_for_text(await ask(workspace), "Deliver again")
    [kept] = [f for f in (workspace.settings.data_dir / "results").iterdir() if f.is_file()]
    kept.unlink()  # the host that has it is gone
    await workspace.ada.press("Deliver again (free)", card)
    video = await delivered(card)
    assert b"ftyp" in video.files[0].path.read_bytes()[:16]
    assert len(workspace.segmind.bill) == submissions(workspace) == 1


async def test_a_v1_render_that_fails_says_why(start_bot: StartBot) -> None:
    workspace = await start_bot(SEGMIND_API="v1")
    workspace.segmind.faults.next_job(Outcome(error="No such avatar"))
    card = await wait_for_text(await ask(workspace), "couldn't render this video: “No such avatar”")
    assert (card.buttons(), workspace.segmind.charged) == (["Try again", "Change and retry"], 0)
    await wait_for_text(card, "“No such avatar”. Nothing was charged.")
    assert last(workspace)["submitted_at"], "it was accepted, so its cost is looked up"
    workspace.segmind.faults.add("v1", Answer(422, "Not a voice"))
    await wait_for_text(await ask(workspace), "didn't accept these settings")


async def test_a_video_without_the_captions_asked_for_is_delivered_and_says_so(
    workspace: Workspace,
) -> None:
    workspace.segmind.faults.next_job(Outcome(captions=False))
    card = await ask(workspace)
    video = await delivered(card)
    assert ends([file.name for file in video.files]) == ["mp4"]
    assert NO_CAPTIONS in video.text()
    assert "> Hello team." in card.text(), "the script is there anyway"

    modal = await fresh_modal(workspace, "Hello team.")
    await modal.uncheck("Captions")
    assert await modal.submit() == {}
    quiet = await workspace.marketing.wait_for(lambda m: "· no captions" in m.text())
    video = await delivered(quiet)
    assert ends([file.name for file in video.files]) == ["mp4"]
    assert NO_CAPTIONS not in video.text(), "nobody asked for them"


async def test_the_true_cost_comes_when_the_history_has_it(workspace: Workspace) -> None:
    """The price of a second is an estimate; what was charged is not."""
    workspace.segmind.faults.next_job(
        Outcome(shape="page", history_late_lookups=3, row_per_output=True)
    )
    workspace.segmind.faults.add("history", Answer(502, style="html"))
    workspace.segmind.faults.add("history", Answer(429, retry_after=1))
    card = await ask(workspace, "Hello team. " * 10)
    video = await delivered(card)
    estimate = last(workspace)["estimated_usd"]
    assert f"cost about {estimated(estimate)}" in video.text(), "not known yet"
    assert estimated(estimate) != f"${workspace.segmind.charged:.2f}"
    await wait_for_text(card, f"cost ${workspace.segmind.charged:.2f}")
    take = last(workspace)
    assert take["cost_usd"] == workspace.segmind.charged
    assert take["settled_at"] > take["delivered_at"]


async def test_the_length_is_that_of_the_file_whatever_the_captions_say(
    workspace: Workspace,
) -> None:
    async def long_captions(_: web.Request) -> web.Response:
        return web.Response(text="1\n00:00:00,000 --> 01:00:02,000\nHello team.\n")

    workspace.segmind.pace = AfterSeconds(math.inf)
    card = await wait_for_text(await ask(workspace), "Rendering")
    film = workspace.segmind.bill[0]
    async with served(long_captions) as url:
        output = {"video_url": film.video_url, "caption_url": f"{url}/long.srt"}
        body = {"status": "COMPLETED", "output": output}
        workspace.segmind.faults.add("result", Answer(200, body=body))
        workspace.segmind.pace = AtOnce()
        video = await delivered(card)
    assert last(workspace)["video_seconds"] == film.seconds
    assert f" · {clock(film.seconds)} · " in video.text()
    assert [file.name[-3:] for file in video.files] == ["mp4", "srt"]


async def test_a_failed_render_that_was_charged_is_in_the_log(
    workspace: Workspace,
) -> None:
    """What the answer says is not what the history says: the history is right."""
    workspace.segmind.pace = AfterSeconds(math.inf)
    card = await wait_for_text(await ask(workspace), "Rendering")
    row = {"request_id": workspace.segmind.bill[0].request_id, "model_status": "COMPLETED"}
    workspace.segmind.faults.add("result", Answer(200, body={}), times=math.inf)
    workspace.segmind.faults.add("history", Answer(200, body=row))  # once: no video, no cost yet
    workspace.segmind.pace = AtOnce()
    await wait_for_text(card, "didn't send it. Segmind may still charge for it.")
    await wait_for_text(card, f"cost ${workspace.segmind.charged:.2f}")
    assert "may still charge" not in card.text()
    assert [take["cost_usd"] for take in logged(workspace)] == [workspace.segmind.charged]
    assert workspace.segmind.charged > 0


async def test_a_cut_out_webm_is_a_webm_with_transparency(workspace: Workspace) -> None:
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.press("More options")
    await modal.wait_for(lambda m: "Resolution" in m.labels())
    await modal.choose("Resolution", "720p")
    await modal.choose("Aspect ratio", "1:1")
    await modal.choose("Output format", "webm")
    await modal.check("Remove background")
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "720p 1:1 webm" in m.text())
    video = await delivered(card)
    assert [file.name for file in video.files] == ["hello-team-take-1.webm",
                                                   "hello-team-take-1.srt"]  # fmt: skip
    film = video.files[0]
    assert film.mimetype == "video/webm"
    # An EBML header, and the mark of a track with an alpha plane: matroska.org/technical/elements.
    content = film.path.read_bytes()
    assert content.startswith(b"\x1a\x45\xdf\xa3")
    assert b"\x53\xc0\x81\x01" in content, "AlphaMode is 1"
    assert workspace.segmind.bill[0].body["remove_background"] is True


@pytest.mark.parametrize("take_id", ["../../x", "/x", "a/../../x"])
def test_a_result_stays_in_its_folder_whatever_the_id_of_the_take(
    tmp_path: Path, take_id: str
) -> None:
    results = Results(request_log=None, cards=None, folder=tmp_path)  # type: ignore[arg-type]
    assert results.path(take_id).resolve().parent == tmp_path.resolve()
