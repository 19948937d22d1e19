"""Statuses in every spelling, under every HTTP status."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.errors import InDoubt, Refused, RenderFailed, SegmindUnavailable
from bot.segmind.client import Progress, Result
from tests.support.files.serve import Handler, answering
from tests.support.segmind import HELLO

MP4 = "https://cdn.example.com/r1.mp4"
FOUND = Result(MP4, "", None, "r1")
Answer = tuple[int, Mapping[str, Any]]
NOTHING: Answer = (404, {})


def api(*, status: Answer = NOTHING, result: Answer = NOTHING, row: Answer = NOTHING) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        is_row = "request-history" in request.path
        code, body = row if is_row else status if request.path.endswith("/status") else result
        return web.json_response(body, status=code)

    return answer


@pytest.mark.parametrize("word", ["SUCCESS", "success", "done", " Complete ", "succeeded"])
@pytest.mark.parametrize("code", [200, 400, 422, 500])
async def test_a_completed_request_is_recognized(word: str, code: int) -> None:
    body = {"request_id": "r1", "status": word}
    done = {**body, "output": {"video_url": MP4}}
    for server in (
        api(status=(code, body), result=(200, done)),
        api(status=(code, done)),
        api(status=(code, body), row=(200, {**body, "generation_url": MP4})),
    ):
        async with answering(server) as segmind:
            assert await segmind.poll("r1") == FOUND


@pytest.mark.parametrize("word", ["FAILED", "error", "Cancelled", "timed-out", "Time out."])
@pytest.mark.parametrize("code", [200, 400, 404, 409, 422, 500, 502])
async def test_a_failed_request_is_recognized(word: str, code: int) -> None:
    body = {"request_id": "r1", "status": word, "error": "Avatar is not available"}
    completed = {"request_id": "r1", "status": "COMPLETED"}
    for server in (
        api(status=(code, body)),
        api(status=(200, completed), result=(code, body)),
        api(status=(200, completed), row=(200, {**body, "model_status": word})),
    ):
        async with answering(server) as segmind:
            with pytest.raises(RenderFailed, match="Avatar is not available"):
                await segmind.poll("r1")


@pytest.mark.parametrize("code", [401, 403, 429, 500])
async def test_failed_needs_no_request_id(code: int) -> None:
    async with answering(api(status=(code, {"status": "FAILED", "error": "No face"}))) as segmind:
        with pytest.raises(RenderFailed, match="No face"):
            await segmind.poll("r1")


@pytest.mark.parametrize("code", [400, 422, 500, 502, 503])
@pytest.mark.parametrize(
    "body",
    [{"status": "error"}, {"status": "error", "request_id": "gateway-7"},
     {"status": "FAILED", "request_id": "gateway-7"}],
    ids=["no id", "its own id", "its own id and FAILED"],
)  # fmt: skip
async def test_the_error_of_a_gateway_is_not_a_failed_request(
    code: int, body: dict[str, str]
) -> None:
    gateway = (code, {**body, "message": "upstream"})
    row = {"request_id": "r1", "model_status": "PROCESSING"}
    async with answering(api(status=gateway, row=(200, row))) as segmind:
        assert await segmind.poll("r1") == Progress("PROCESSING")
    async with answering(api(status=gateway)) as segmind:
        with pytest.raises(SegmindUnavailable):
            await segmind.poll("r1")


@pytest.mark.parametrize(
    ("code", "error"), [(200, InDoubt), (400, Refused), (422, Refused), (500, InDoubt)]
)
async def test_the_status_of_a_refused_submission_is_not_a_failed_request(
    tmp_path: Path, code: int, error: type[Exception]
) -> None:
    body = {"status": "error", "message": "Invalid voice"}
    bodies = [body] if code == 200 else [body, {**body, "request_id": "gateway-7"}]
    for refused in bodies:
        async with answering(api(result=(code, refused))) as segmind:
            with pytest.raises(error):
                await segmind.submit(HELLO, tmp_path / "take")


async def test_a_new_word_is_logged_once_and_the_result_is_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    new = {"request_id": "r1", "status": "MUXING"}
    async with answering(api(status=(200, new))) as segmind:
        for _ in range(3):
            assert await segmind.poll("r1") == Progress("MUXING")
    assert [line for line in caplog.messages if "MUXING" in line] == [
        "Segmind's API has a new status: MUXING"
    ]
    result = (200, {"request_id": "r1", "status": "MUXING", "output": MP4})
    async with answering(api(status=(200, new), result=result)) as segmind:
        assert await segmind.poll("r1") == FOUND


async def test_before_giving_up_the_result_and_the_history_are_asked(tmp_path: Path) -> None:
    done = {"request_id": "r1", "model_status": "DONE", "generation_url": MP4}
    failed = {"request_id": "r1", "model_status": "ERROR", "error": "No face"}
    async with answering(api(result=(200, {"request_id": "r1", "output": MP4}))) as segmind:
        assert await segmind.final_result("r1", tmp_path / "take") == FOUND
    for broken in (404, 500, 429, 401):
        async with answering(api(result=(broken, {}), row=(200, done))) as segmind:
            assert await segmind.final_result("r1", tmp_path / "take") == FOUND
    async with answering(api(row=(200, failed))) as segmind:
        with pytest.raises(RenderFailed, match="No face"):
            await segmind.final_result("r1", tmp_path / "take")
    async with answering(api(row=(500, {}))) as segmind:
        assert await segmind.final_result("r1", tmp_path / "take") is None
