"""Polls that fail, and results that have to be looked up in the history."""

import math
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.demo.segmind import (
    AfterSeconds,
    Answer,
    Clock,
    Cut,
    Outcome,
    SegmindStandIn,
    Slow,
)
from bot.errors import (
    InDoubt,
    KeyRefused,
    NoResult,
    RenderFailed,
    ResultExpired,
    SegmindError,
    SegmindUnavailable,
)
from bot.segmind.client import Progress, Result, Segmind
from bot.segmind.history import history_rows
from bot.segmind.responses import result_of
from tests.support.files.serve import answering
from tests.support.segmind import HELLO, segmind_client, submit


async def test_a_failed_render_can_come_with_422(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(error="The avatar could not be rendered"))
    with pytest.raises(RenderFailed) as raised:
        await segmind.poll(await submit(segmind, tmp_path))
    assert raised.value.said == "The avatar could not be rendered"
    assert stand_in.charged == 0


async def test_a_failed_render_can_come_with_200_from_both_urls(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    failed = Answer(200, body={"status": "failed", "error": "No face"})
    for place in ("status", "result"):
        stand_in.faults.add(place, failed)
        with pytest.raises(RenderFailed, match="No face"):
            await segmind.poll(await submit(segmind, tmp_path))


@pytest.mark.parametrize("place", ["status", "result"])
@pytest.mark.parametrize("fault", [Answer(500), Answer(503), Answer(422), Cut(), Slow(5)])
async def test_a_failed_poll_can_be_repeated(
    stand_in: SegmindStandIn, tmp_path: Path, place: Any, fault: Any
) -> None:
    segmind = segmind_client(stand_in, timeout=1.0)
    request_id = await submit(segmind, tmp_path)
    stand_in.faults.add(place, fault, times=2 if isinstance(fault, Cut) else 1)  # aiohttp retries
    with pytest.raises(SegmindUnavailable):
        await segmind.poll(request_id)
    while not isinstance(await segmind.poll(request_id), Result):
        pass
    assert len(stand_in.bill) == 1
    await segmind.close()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_get_can_find_that_the_key_is_refused(
    stand_in: SegmindStandIn, segmind: Segmind, status: int
) -> None:
    stand_in.faults.add("status", Answer(status))
    with pytest.raises(KeyRefused):
        await segmind.poll("r1")
    stand_in.faults.add("balance", Answer(status))
    with pytest.raises(KeyRefused):
        await segmind.account.balance()


async def test_no_error_contains_the_key_even_if_the_api_quotes_it(
    stand_in: SegmindStandIn, tmp_path: Path
) -> None:
    key = stand_in.api_key
    for place in ("submit", "balance"):
        stand_in.faults.add(place, Answer(401, f"Bad key {key}!"))
    segmind = segmind_client(stand_in)
    with pytest.raises(KeyRefused) as raised:
        await segmind.submit(HELLO, tmp_path / "take")
    assert raised.value.said == "Bad key …!"
    illegal = segmind_client(stand_in, api_key=key + "\n")
    with pytest.raises(SegmindError) as unsent:
        await illegal.submit(HELLO, tmp_path / "take")
    assert key not in repr(unsent.value)
    assert unsent.value.__suppress_context__
    await segmind.close()
    await illegal.close()


async def test_a_result_older_than_an_hour_comes_from_the_history(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    clock = Clock()
    folder = tmp_path_factory.getbasetemp() / "segmind"
    async with SegmindStandIn(folder, clock=clock) as stand_in:
        segmind = segmind_client(stand_in)
        request_id = await submit(segmind, tmp_path)
        assert isinstance(await segmind.poll(request_id), Result)
        clock.advance(2 * 3600)
        result = await segmind.poll(request_id)
        (job,) = stand_in.bill
        assert result == Result(job.video_url, "", job.charged_usd, request_id)
        await segmind.close()


async def test_a_request_that_v2_no_longer_has_is_looked_up_in_the_history(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.add("status", Answer(404), times=math.inf)
    stand_in.pace = AfterSeconds(math.inf)
    request_id = await submit(segmind, tmp_path)
    assert await segmind.poll(request_id) == Progress("PENDING")
    stand_in.faults.next_job(Outcome(error="No face"))
    stand_in.pace = AfterSeconds(0)
    failed = await submit(segmind, tmp_path)
    with pytest.raises(RenderFailed, match="No face"):
        await segmind.poll(failed)


NOTHING = [Answer(404), Answer(405), Answer(410), Answer(200, style="html"), Answer(200, body={})]


def named(fault: Answer) -> str:
    return f"{fault.status} {fault.style if fault.body is None else fault.body}"


@pytest.mark.parametrize("place", ["status", "result"])
@pytest.mark.parametrize("fault", NOTHING, ids=named)
async def test_a_request_without_a_history_row_yet_can_be_polled_again(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, place: Any, fault: Answer
) -> None:
    stand_in.faults.add(place, fault, times=3)
    stand_in.faults.next_job(Outcome(history_late_lookups=2))
    request_id = await submit(segmind, tmp_path)
    for _ in range(2):
        with pytest.raises(SegmindUnavailable):
            await segmind.poll(request_id)
    result = await segmind.poll(request_id)
    assert isinstance(result, Result)
    assert result.video_url == stand_in.bill[0].video_url


@pytest.mark.parametrize(
    ("fault", "error"), [(Answer(404), ResultExpired), (Answer(200, body={}), NoResult)]
)
async def test_a_request_that_ended_without_a_video_in_the_history_too_has_none(
    fault: Answer, error: type[SegmindError]
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/status"):
            return web.json_response({"status": "COMPLETED"})
        if "history" in request.path:
            return web.json_response({"request_id": "r1", "model_status": "COMPLETED"})
        return web.json_response(fault.body, status=fault.status)

    async with answering(answer) as segmind:
        with pytest.raises(error):
            await segmind.poll("r1")


async def test_a_finished_render_without_a_video_is_looked_up_in_the_history(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="empty"))
    result = await segmind.poll(await submit(segmind, tmp_path))
    assert isinstance(result, Result)


async def test_urls_in_a_response_are_not_followed(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    evil = {"request_id": "r-1.2:3_4", "status_url": "http://evil.example/"}
    stand_in.faults.add("v2", Answer(200, body=evil))
    request_id = await submit(segmind, tmp_path)
    with pytest.raises(SegmindUnavailable):
        await segmind.poll(request_id)
    assert stand_in.journal[1].path == "/v2/requests/r-1.2:3_4/status"


@pytest.mark.parametrize("request_id", ["../v1/x?y", "a" * 201, "r\x1b[2J", "r\n1", "r 1", "é"])
async def test_what_is_no_id_leaves_a_submission_in_doubt(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, request_id: str
) -> None:
    """It may be charged, so that it isn't sent again; and it isn't in the log."""
    stand_in.faults.add("v2", Answer(200, body={"request_id": request_id}))
    with pytest.raises(InDoubt):
        await submit(segmind, tmp_path)
    assert history_rows([{"request_id": request_id, "model_status": "COMPLETED"}]) == []


@pytest.mark.parametrize("end", ["a" * 4000, "a|Free credits", "a>", "a\x1b[2J", "a b"])
def test_what_is_no_address_is_no_video(end: str) -> None:
    assert result_of({"output": "https://cdn.example/a.mp4?b=c"})
    assert result_of({"output": f"https://cdn.example/{end}"}) is None
