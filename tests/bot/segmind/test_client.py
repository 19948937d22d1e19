"""The client against the stand-in, over the wire: every way, every error code, every shape."""

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bot.demo.segmind import (
    AfterPolls,
    AfterSeconds,
    Answer,
    Clock,
    Cut,
    Outcome,
    SegmindStandIn,
    Slow,
)
from bot.domain.parameters import Parameters
from bot.errors import (
    InDoubt,
    KeyRefused,
    ModelNotFound,
    NoResult,
    NotSent,
    OutOfCredits,
    RateLimited,
    Refused,
    RenderFailed,
    ResultExpired,
    SegmindError,
    SegmindUnavailable,
)
from bot.segmind.client import Progress, Result, Segmind, Submitted, match_submission
from tests.support.serve import answering

HELLO = Parameters(prompt="Hello, team.", resolution="720p")
VERSIONS: list[Literal["v1", "v2"]] = ["v1", "v2"]


@pytest.fixture
async def stand_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SegmindStandIn]:
    # One folder for the whole run: a scene that another test filmed is not filmed again.
    async with SegmindStandIn(tmp_path_factory.getbasetemp() / "segmind") as segmind:
        yield segmind


def client(stand_in: SegmindStandIn, **settings: Any) -> Segmind:
    defaults = {
        "api_key": stand_in.api_key,
        "api_url": stand_in.url,
        "history_url": stand_in.history_url,
        "requests_per_minute": 60_000,
    }
    return Segmind(**{**defaults, **settings})


@pytest.fixture
async def segmind(stand_in: SegmindStandIn) -> AsyncIterator[Segmind]:
    segmind = client(stand_in)
    yield segmind
    await segmind.close()


@pytest.fixture
async def segmind_v1(stand_in: SegmindStandIn) -> AsyncIterator[Segmind]:
    segmind = client(stand_in, api="v1", v1_timeout=5)
    yield segmind
    await segmind.close()


async def submitted(segmind: Segmind, tmp_path: Path, parameters: Parameters = HELLO) -> str:
    answer = await segmind.submit(parameters, tmp_path / "take")
    assert isinstance(answer, Submitted)
    return answer.request_id


# --- the two ways to a video ----------------------------------------------------------------------


async def test_v2_hands_over_an_id_and_polls_tell_how_it_goes(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.pace = AfterPolls(3)
    request_id = await submitted(segmind, tmp_path)
    assert await segmind.poll(request_id) == Progress("QUEUED")
    assert await segmind.poll(request_id) == Progress("PROCESSING")
    result = await segmind.poll(request_id)
    (job,) = stand_in.bill
    assert result == Result(job.video_url, job.caption_url or "", job.charged_usd, request_id)
    assert job.body == HELLO.body()


async def test_v1_holds_the_submission_open_and_answers_with_the_result(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    result = await segmind_v1.submit(HELLO, tmp_path / "take")
    (job,) = stand_in.bill
    assert result == Result(job.video_url, job.caption_url or "")


@pytest.mark.parametrize("shape", ["page", "object", "object_url", "url", "list"])
async def test_each_shape_of_a_result_is_understood(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, shape: Any
) -> None:
    stand_in.faults.next_job(Outcome(shape=shape))
    result = await segmind.poll(await submitted(segmind, tmp_path))
    assert isinstance(result, Result)
    assert result.video_url == stand_in.bill[0].video_url


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_video_that_comes_as_bytes_is_kept_in_the_spool(
    stand_in: SegmindStandIn, tmp_path: Path, version: Literal["v1", "v2"]
) -> None:
    stand_in.faults.next_job(Outcome(shape="bytes"))
    segmind = client(stand_in, api=version)
    spool = tmp_path / "take"
    result = await segmind.submit(HELLO, spool)
    if isinstance(result, Submitted):
        answer = await segmind.poll(result.request_id, spool)
        assert isinstance(answer, Result)
        result = answer
    assert result.video_url == spool.as_uri()
    assert b"ftyp" in spool.read_bytes()[:16]
    assert [path.name for path in tmp_path.iterdir()] == ["take"]
    await segmind.close()


async def test_bytes_that_there_is_no_spool_for_are_looked_up_in_the_history(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="bytes"))
    result = await segmind.poll(await submitted(segmind, tmp_path))
    assert isinstance(result, Result)
    assert result.video_url == stand_in.bill[0].video_url


async def test_missing_captions_are_no_failure(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(captions=False))
    result = await segmind.poll(await submitted(segmind, tmp_path))
    assert isinstance(result, Result)
    assert result.caption_url == ""


@pytest.mark.parametrize("status", [404, 405])
async def test_a_model_that_v2_does_not_know_goes_through_v1_from_then_on(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, status: int
) -> None:
    stand_in.faults.add("v2", Answer(status), times=2)
    for _ in range(2):
        assert isinstance(await segmind.submit(HELLO, tmp_path / "take"), Result)
    paths = [call.path for call in stand_in.journal]
    assert paths == [f"/{version}/heygen-avatar-v" for version in ("v2", "v1", "v1")]


async def test_a_model_that_neither_knows_is_not_found_and_v2_is_asked_first_again(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.add("submit", Answer(404), times=2)
    with pytest.raises(ModelNotFound):
        await segmind.submit(HELLO, tmp_path / "take")
    assert await submitted(segmind, tmp_path)
    assert stand_in.charged == stand_in.bill[0].charged_usd


# --- submissions that fail ------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("style", ["error", "message", "detail", "list", "html"])
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, KeyRefused),
        (403, KeyRefused),
        (406, OutOfCredits),
        (413, Refused),
        (422, Refused),
        (408, InDoubt),
        (500, InDoubt),
        (502, InDoubt),
        (503, InDoubt),
        (504, InDoubt),
    ],
)
async def test_each_error_code_of_a_submission_has_its_meaning(
    stand_in: SegmindStandIn,
    tmp_path: Path,
    version: Literal["v1", "v2"],
    style: Any,
    status: int,
    error: type[SegmindError],
) -> None:
    stand_in.faults.add("submit", Answer(status, "Not today", style))
    segmind = client(stand_in, api=version)
    with pytest.raises(error) as raised:
        await segmind.submit(HELLO, tmp_path / "take")
    assert type(raised.value) is error
    assert "Not today" in raised.value.said
    assert len(stand_in.journal) == 1
    await segmind.close()


async def test_a_rate_limit_says_how_long_to_wait(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    for retry_after, seconds in ((2, 2), (None, 30)):
        stand_in.faults.add("submit", Answer(429, retry_after=retry_after))
        with pytest.raises(RateLimited) as raised:
            await segmind.submit(HELLO, tmp_path / "take")
        assert raised.value.retry_after == seconds
    stand_in.faults.add("status", Answer(429, retry_after=4))
    with pytest.raises(RateLimited) as raised:
        await segmind.poll("r1")
    assert raised.value.retry_after == 4


async def test_wrong_parameters_are_refused_in_the_words_of_the_api(
    segmind: Segmind, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as raised:
        await segmind.submit(Parameters(prompt="Hi", avatar="Nobody"), tmp_path / "take")
    assert "Nobody" in raised.value.said


async def test_an_empty_account_is_out_of_credits(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.balance = 0
    with pytest.raises(OutOfCredits):
        await segmind.submit(HELLO, tmp_path / "take")


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_connection_means_not_sent(tmp_path: Path, version: Literal["v1", "v2"]) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    segmind = Segmind(api_key="k", api_url=nowhere, history_url=nowhere, api=version)
    with pytest.raises(NotSent):
        await segmind.submit(HELLO, tmp_path / "take")
    with pytest.raises(SegmindUnavailable):
        await segmind.poll("r1")
    await segmind.close()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_broken_connection_leaves_a_submission_in_doubt(
    stand_in: SegmindStandIn, tmp_path: Path, version: Literal["v1", "v2"], accepted: bool
) -> None:
    stand_in.faults.add("submit", Cut(accepted=accepted))
    segmind = client(stand_in, api=version)
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    assert len(stand_in.journal) == 1
    assert len(stand_in.bill) == accepted
    await segmind.close()


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_answer_that_takes_too_long_leaves_a_submission_in_doubt(
    stand_in: SegmindStandIn, tmp_path: Path, version: Literal["v1", "v2"]
) -> None:
    stand_in.faults.add("submit", Slow(5))
    segmind = client(stand_in, api=version, timeout=1.0, v1_timeout=1.0)
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    await segmind.close()


@pytest.mark.parametrize("body", [{}, {"status": "QUEUED"}, [], "ok"])
async def test_a_2xx_without_an_id_leaves_a_v2_submission_in_doubt(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, body: Any
) -> None:
    stand_in.faults.add("v2", Answer(200, body=body))
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")


async def test_an_empty_answer_of_v1_is_no_result(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="empty"))
    with pytest.raises(NoResult):
        await segmind_v1.submit(HELLO, tmp_path / "take")
    stand_in.faults.add("v1", Answer(200, "Welcome", "html"))
    with pytest.raises(InDoubt):
        await segmind_v1.submit(HELLO, tmp_path / "take")


async def test_a_render_that_fails_within_a_v1_submission_has_failed(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    body = {"status": "FAILED", "error": "No face"}
    stand_in.faults.add("v1", Answer(422, body=body))
    with pytest.raises(RenderFailed) as raised:
        await segmind_v1.submit(HELLO, tmp_path / "take")
    assert raised.value.said == "No face"


async def test_bytes_that_break_off_are_in_doubt_and_leave_nothing_behind(tmp_path: Path) -> None:
    async def half_a_video(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "video/mp4"})
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b"x" * 500)
        assert request.transport
        request.transport.close()
        return response

    app = web.Application()
    app.router.add_post("/v1/heygen-avatar-v", half_a_video)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    segmind = Segmind(api_key="k", api="v1", api_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    assert list(tmp_path.iterdir()) == []
    await segmind.close()
    await runner.cleanup()


async def test_bytes_that_cannot_be_kept_are_in_doubt(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="bytes"))
    with pytest.raises(InDoubt):
        await segmind_v1.submit(HELLO, tmp_path / "no such folder" / "take")


# --- polls that fail ------------------------------------------------------------------------------


async def test_a_failed_render_is_told_under_422(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(error="The avatar could not be rendered"))
    with pytest.raises(RenderFailed) as raised:
        await segmind.poll(await submitted(segmind, tmp_path))
    assert raised.value.said == "The avatar could not be rendered"
    assert stand_in.charged == 0


async def test_a_failed_render_is_told_under_200_and_in_the_result_too(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    failed = Answer(200, body={"status": "failed", "error": "No face"})
    for place in ("status", "result"):
        stand_in.faults.add(place, failed)
        with pytest.raises(RenderFailed, match="No face"):
            await segmind.poll(await submitted(segmind, tmp_path))


@pytest.mark.parametrize("place", ["status", "result"])
@pytest.mark.parametrize("fault", [Answer(500), Answer(503), Answer(422), Cut(), Slow(5)])
async def test_a_look_that_does_not_go_through_can_be_repeated(
    stand_in: SegmindStandIn, tmp_path: Path, place: Any, fault: Any
) -> None:
    segmind = client(stand_in, timeout=1.0)
    request_id = await submitted(segmind, tmp_path)
    stand_in.faults.add(place, fault, times=2 if isinstance(fault, Cut) else 1)  # aiohttp asks anew
    with pytest.raises(SegmindUnavailable):
        await segmind.poll(request_id)
    while not isinstance(await segmind.poll(request_id), Result):
        pass
    assert len(stand_in.bill) == 1
    await segmind.close()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_is_told_of_reads_too(
    stand_in: SegmindStandIn, segmind: Segmind, status: int
) -> None:
    stand_in.faults.add("status", Answer(status))
    with pytest.raises(KeyRefused):
        await segmind.poll("r1")
    stand_in.faults.add("balance", Answer(status))
    with pytest.raises(KeyRefused):
        await segmind.balance()


async def test_the_key_is_in_no_error_even_when_the_api_repeats_it(
    stand_in: SegmindStandIn, tmp_path: Path
) -> None:
    key = stand_in.api_key
    stand_in.faults.add("submit", Answer(401, f"Bad key {key}!"))
    segmind = client(stand_in)
    with pytest.raises(KeyRefused) as raised:
        await segmind.submit(HELLO, tmp_path / "take")
    assert raised.value.said == "Bad key …!"
    illegal = client(stand_in, api_key=key + "\n")
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
        segmind = client(stand_in)
        request_id = await submitted(segmind, tmp_path)
        assert isinstance(await segmind.poll(request_id), Result)
        clock.advance(2 * 3600)
        result = await segmind.poll(request_id)
        (job,) = stand_in.bill
        assert result == Result(job.video_url, "", job.charged_usd, request_id)
        await segmind.close()


async def test_what_v2_no_longer_knows_is_told_as_the_history_knows_it(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.add("status", Answer(404), times=math.inf)
    stand_in.pace = AfterSeconds(math.inf)
    request_id = await submitted(segmind, tmp_path)
    assert await segmind.poll(request_id) == Progress("PENDING")
    stand_in.faults.next_job(Outcome(error="No face"))
    stand_in.pace = AfterSeconds(0)
    failed = await submitted(segmind, tmp_path)
    with pytest.raises(RenderFailed, match="No face"):
        await segmind.poll(failed)


NOTHING = [Answer(404), Answer(405), Answer(410), Answer(200, style="html"), Answer(200, body={})]


def named(fault: Answer) -> str:
    return f"{fault.status} {fault.style if fault.body is None else fault.body}"


@pytest.mark.parametrize("place", ["status", "result"])
@pytest.mark.parametrize("fault", NOTHING, ids=named)
async def test_what_neither_knows_yet_is_looked_at_again(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, place: Any, fault: Answer
) -> None:
    stand_in.faults.add(place, fault, times=3)
    stand_in.faults.next_job(Outcome(history_late_lookups=2))
    request_id = await submitted(segmind, tmp_path)
    for _ in range(2):
        with pytest.raises(SegmindUnavailable):
            await segmind.poll(request_id)
    result = await segmind.poll(request_id)
    assert isinstance(result, Result)
    assert result.video_url == stand_in.bill[0].video_url


@pytest.mark.parametrize(
    ("fault", "error"), [(Answer(404), ResultExpired), (Answer(200, body={}), NoResult)]
)
async def test_what_is_over_in_the_history_too_and_has_no_video_has_none(
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
    result = await segmind.poll(await submitted(segmind, tmp_path))
    assert isinstance(result, Result)


async def test_no_url_of_an_answer_is_followed_and_ids_are_quoted(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    evil = {"request_id": "../v1/x?y", "status_url": "http://evil.example/"}
    stand_in.faults.add("v2", Answer(200, body=evil))
    request_id = await submitted(segmind, tmp_path)
    with pytest.raises(SegmindUnavailable):
        await segmind.poll(request_id)
    assert stand_in.journal[1].path == "/v2/requests/..%2Fv1%2Fx%3Fy/status"


# --- history and balance --------------------------------------------------------------------------


async def test_the_history_knows_what_a_request_really_cost(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    request_id = await submitted(segmind, tmp_path)
    await segmind.poll(request_id)
    row = await segmind.history_row(request_id)
    (job,) = stand_in.bill
    assert row is not None
    assert (row.cost_usd, row.body, row.status) == (job.charged_usd, HELLO.body(), "COMPLETED")
    assert await segmind.history_row("never-heard-of") is None


async def test_a_lost_submission_is_found_by_its_body(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    other = await submitted(segmind, tmp_path, Parameters(prompt="Something else"))
    stand_in.faults.add("submit", Cut(accepted=True))
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    rows = await segmind.complete_history(began)
    assert len(rows) == 2
    (found,) = match_submission(rows, HELLO.body(), began, {other})
    assert found == stand_in.bill[1].request_id
    assert isinstance(await segmind.poll(found), Result)


async def test_the_history_is_read_to_its_last_page_and_not_past_the_time_asked_for(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.pace = AfterSeconds(math.inf)
    stand_in.balance = math.inf
    stand_in.faults.next_job(Outcome(row_per_output=True), times=math.inf)
    for _ in range(101):
        await submitted(segmind, tmp_path)
    seen = len(stand_in.journal)
    assert len(await segmind.complete_history(datetime.now(UTC) - timedelta(days=90))) == 101
    assert len(stand_in.journal) - seen == 3
    assert len(await segmind.complete_history(datetime.now(UTC) + timedelta(hours=1))) == 100


async def test_a_history_that_cannot_be_read_is_unavailable(
    stand_in: SegmindStandIn, segmind: Segmind
) -> None:
    for fault in (Answer(500), Answer(200, style="html"), Cut()):
        stand_in.faults.add("history", fault, times=4 if isinstance(fault, Cut) else 2)
        with pytest.raises(SegmindUnavailable):
            await segmind.complete_history(datetime.now(UTC))
        with pytest.raises(SegmindUnavailable):
            await segmind.history_row("r1")


async def test_the_balance_is_both_kinds_of_credits(
    stand_in: SegmindStandIn, segmind: Segmind
) -> None:
    assert await segmind.balance() == pytest.approx(stand_in.balance)
    stand_in.faults.add("balance", Answer(200, body={"credits": 1, "free-credits": "0.5"}))
    assert await segmind.balance() == 1.5
    bodies: list[Any] = [[], {"credits": "many"}]
    for body in bodies:
        stand_in.faults.add("balance", Answer(200, body=body))
        with pytest.raises(SegmindUnavailable):
            await segmind.balance()


# --- the pool ----------------------------------------------------------------------------------


async def test_many_polls_at_once_do_not_open_many_connections(tmp_path: Path) -> None:
    at_once = most = 0

    async def status(_request: web.Request) -> web.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return web.json_response({"status": "PROCESSING"})

    async with answering(status) as segmind:
        await asyncio.gather(*(segmind.poll(f"r{n}") for n in range(100)))
    assert most <= 10
