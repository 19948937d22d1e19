"""Submitting a render over v2 and v1, and every error a submission can end with."""

from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bot.demo.segmind import (
    Answer,
    Cut,
    Outcome,
    SegmindStandIn,
    Slow,
)
from bot.domain.parameters import Parameters
from bot.errors import (
    InDoubt,
    KeyRefused,
    NoResult,
    NotSent,
    OutOfCredits,
    RateLimited,
    Refused,
    RenderFailed,
    SegmindError,
    SegmindUnavailable,
)
from bot.segmind.client import Segmind
from tests.support.files.downloads import mp4
from tests.support.segmind import HELLO, VERSIONS, segmind_client


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
async def test_each_status_of_a_submission_raises_its_error(
    stand_in: SegmindStandIn,
    tmp_path: Path,
    version: Literal["v1", "v2"],
    style: Any,
    status: int,
    error: type[SegmindError],
) -> None:
    stand_in.faults.add("submit", Answer(status, "Not today", style))
    segmind = segmind_client(stand_in, api=version)
    with pytest.raises(error) as raised:
        await segmind.submit(HELLO, tmp_path / "take")
    assert type(raised.value) is error
    assert "Not today" in raised.value.said
    assert [call.method for call in stand_in.journal].count("POST") == 1
    await segmind.close()


async def test_a_rate_limit_carries_retry_after(
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


async def test_refused_parameters_carry_the_message_of_the_api(
    segmind: Segmind, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as raised:
        await segmind.submit(Parameters(prompt="Hi", avatar="Nobody"), tmp_path / "take")
    assert "Nobody" in raised.value.said


async def test_an_account_without_credits_raises_out_of_credits(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.balance = 0
    with pytest.raises(OutOfCredits):
        await segmind.submit(HELLO, tmp_path / "take")


@pytest.mark.parametrize("version", VERSIONS)
async def test_without_a_connection_nothing_was_sent(
    tmp_path: Path, version: Literal["v1", "v2"]
) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    segmind = Segmind(api_key="k", api_url=nowhere, history_url=nowhere, api=version)
    with pytest.raises(NotSent):
        await segmind.submit(HELLO, tmp_path / "take")
    with pytest.raises(SegmindUnavailable):
        await segmind.poll("r1")
    await segmind.close()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_lost_connection_leaves_a_submission_in_doubt(
    stand_in: SegmindStandIn, tmp_path: Path, version: Literal["v1", "v2"], accepted: bool
) -> None:
    stand_in.faults.add("submit", Cut(accepted=accepted))
    segmind = segmind_client(stand_in, api=version)
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    assert len(stand_in.journal) == 1
    assert len(stand_in.bill) == accepted
    await segmind.close()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_timeout_leaves_a_submission_in_doubt(
    stand_in: SegmindStandIn, tmp_path: Path, version: Literal["v1", "v2"]
) -> None:
    stand_in.faults.add("submit", Slow(5))
    segmind = segmind_client(stand_in, api=version, timeout=1.0, v1_timeout=1.0)
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    await segmind.close()


@pytest.mark.parametrize("body", [{}, {"status": "QUEUED"}, [], "ok"])
async def test_a_2xx_without_a_request_id_leaves_a_v2_submission_in_doubt(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, body: Any
) -> None:
    stand_in.faults.add("v2", Answer(200, body=body))
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")


@pytest.mark.parametrize("status", ["QUEUED", "processing", "COMPLETED", "done"])
@pytest.mark.parametrize("code", [400, 401, 402, 404, 406, 429])
async def test_a_refusal_that_says_it_was_accepted_is_in_doubt(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path, code: int, status: str
) -> None:
    """Sent again, it might be charged twice."""
    stand_in.faults.add("v2", Answer(code, body={"request_id": "r1", "status": status}))
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    assert len(stand_in.journal) == 1


@pytest.mark.parametrize("name", ["video_url", "output"])
@pytest.mark.parametrize("code", [400, 401, 402, 404, 406, 429])
async def test_a_refusal_with_a_video_is_in_doubt(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path, code: int, name: str
) -> None:
    stand_in.faults.add("v1", Answer(code, body={name: "https://cdn.example/a.mp4"}))
    with pytest.raises(InDoubt):
        await segmind_v1.submit(HELLO, tmp_path / "take")
    assert len(stand_in.journal) == 1


@pytest.mark.parametrize("code", [400, 402, 404, 429])
async def test_a_refusal_with_a_twin_is_in_doubt(
    stand_in: SegmindStandIn, segmind: Segmind, code: int
) -> None:
    stand_in.faults.add("twin", Answer(code, body={"output": {"avatar_id": "twin_1"}}))
    with pytest.raises(InDoubt):
        await segmind.twins.create({"name": "Bob"})
    assert len(stand_in.journal) == 1


async def test_a_refusal_that_names_its_documentation_is_one(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    body = {"error": "Invalid value for voice", "url": "https://docs.segmind.com/errors"}
    stand_in.faults.add("v2", Answer(400, body=body))
    with pytest.raises(Refused):
        await segmind.submit(HELLO, tmp_path / "take")


async def test_an_empty_v1_response_is_no_result(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="empty"))
    with pytest.raises(NoResult):
        await segmind_v1.submit(HELLO, tmp_path / "take")
    stand_in.faults.add("v1", Answer(200, "Welcome", "html"))
    with pytest.raises(InDoubt):
        await segmind_v1.submit(HELLO, tmp_path / "take")


async def test_a_v1_submission_can_return_a_failed_render(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    body = {"status": "FAILED", "error": "No face"}
    stand_in.faults.add("v1", Answer(422, body=body))
    with pytest.raises(RenderFailed) as raised:
        await segmind_v1.submit(HELLO, tmp_path / "take")
    assert raised.value.said == "No face"


async def test_a_truncated_video_leaves_a_submission_in_doubt_and_no_file(tmp_path: Path) -> None:
    async def half_a_video(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "video/mp4"})
        response.content_length = 1000
        await response.prepare(request)
        await response.write(mp4(bytes(900))[:500])
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


async def test_a_video_that_cannot_be_saved_leaves_a_submission_in_doubt(
    stand_in: SegmindStandIn, segmind_v1: Segmind, tmp_path: Path
) -> None:
    stand_in.faults.next_job(Outcome(shape="bytes"))
    with pytest.raises(InDoubt):
        await segmind_v1.submit(HELLO, tmp_path / "no such folder" / "take")
