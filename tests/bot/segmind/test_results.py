"""Results in every shape, over v2 and v1, and the fallback from one to the other."""

from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web

from bot.demo.segmind import (
    AfterPolls,
    Answer,
    Outcome,
    SegmindStandIn,
)
from bot.errors import (
    ModelNotFound,
    NoResult,
)
from bot.segmind.client import Progress, Result, Segmind, Submitted
from tests.support.files.downloads import box
from tests.support.files.serve import answering
from tests.support.segmind import HELLO, VERSIONS, segmind_client, submit


async def test_v2_returns_a_request_id_and_polls_return_the_progress(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.pace = AfterPolls(3)
    request_id = await submit(segmind, tmp_path)
    assert await segmind.poll(request_id) == Progress("QUEUED")
    assert await segmind.poll(request_id) == Progress("PROCESSING")
    result = await segmind.poll(request_id)
    (job,) = stand_in.bill
    assert result == Result(job.video_url, job.caption_url or "", job.charged_usd, request_id)
    assert job.body == HELLO.body()


async def test_v1_responds_with_the_result(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    result = await segmind_v1.submit(HELLO, tmp_path / "take")
    (job,) = stand_in.bill
    assert result == Result(job.video_url, job.caption_url or "")


@pytest.mark.parametrize("shape", ["page", "object", "object_url", "url", "list"])
async def test_every_shape_of_a_result_is_parsed(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, shape: Any
) -> None:
    stand_in.faults.next_job(Outcome(shape=shape))
    result = await segmind.poll(await submit(segmind, tmp_path))
    assert isinstance(result, Result)
    assert result.video_url == stand_in.bill[0].video_url


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_video_that_comes_as_bytes_is_saved(
    stand_in: SegmindStandIn, tmp_path: Path, version: Literal["v1", "v2"]
) -> None:
    stand_in.faults.next_job(Outcome(shape="bytes"))
    segmind = segmind_client(stand_in, api=version)
    saved = tmp_path / "take"
    result = await segmind.submit(HELLO, saved)
    if isinstance(result, Submitted):
        answer = await segmind.poll(result.request_id, saved)
        assert isinstance(answer, Result)
        result = answer
    assert result.video_url == saved.as_uri()
    assert b"ftyp" in saved.read_bytes()[:16]
    assert [path.name for path in tmp_path.iterdir()] == ["take"]
    await segmind.close()


async def test_bytes_that_are_not_saved_are_looked_up_in_the_history(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="bytes"))
    result = await segmind.poll(await submit(segmind, tmp_path))
    assert isinstance(result, Result)
    assert result.video_url == stand_in.bill[0].video_url


@pytest.mark.parametrize("content", [b"<html>Sign in</html>", box("ftyp") + box("mdat", b"x")])
async def test_bytes_that_are_no_whole_video_are_looked_up_in_the_history(
    tmp_path: Path, content: bytes
) -> None:
    url = "https://cdn.example.com/r1.mp4"
    done = {"request_id": "r1", "status": "COMPLETED", "generation_url": url}

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/status") or "request-history" in request.path:
            return web.json_response(done)
        return web.Response(body=content, content_type="video/mp4")

    async with answering(answer) as segmind:
        assert await segmind.poll("r1", tmp_path / "take") == Result(url, "", None, "r1")
    async with answering(answer, api="v1") as segmind:
        with pytest.raises(NoResult):  # the caller looks in the history
            await segmind.submit(HELLO, tmp_path / "take")
    assert list(tmp_path.iterdir()) == []


async def test_missing_captions_are_not_an_error(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(captions=False))
    result = await segmind.poll(await submit(segmind, tmp_path))
    assert isinstance(result, Result)
    assert result.caption_url == ""


@pytest.mark.parametrize("status", [404, 405])
async def test_v1_is_used_once_v2_does_not_have_the_model(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, status: int
) -> None:
    stand_in.faults.add("v2", Answer(status), times=2)
    for _ in range(2):
        assert isinstance(await segmind.submit(HELLO, tmp_path / "take"), Result)
    paths = [call.path for call in stand_in.journal]
    assert paths == [f"/{version}/heygen-avatar-v" for version in ("v2", "v1", "v1")]


async def test_without_the_model_on_either_version_v2_is_still_tried_first(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.add("submit", Answer(404), times=2)
    with pytest.raises(ModelNotFound):
        await segmind.submit(HELLO, tmp_path / "take")
    assert await submit(segmind, tmp_path)
    assert stand_in.charged == stand_in.bill[0].charged_usd
