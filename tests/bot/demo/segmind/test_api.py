"""Segmind's API as the stand-in speaks it: submit, poll, results, the key, the journal."""

import math
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.segmind import AfterPolls, AfterSeconds, AtOnce, Outcome, SegmindStandIn

HELLO = {"prompt": "Hello, team.", "resolution": "720p", "caption": True}
V1, V2 = "/v1/heygen-avatar-v", "/v2/heygen-avatar-v"


async def submitted(http: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await http.post(V2, json={**HELLO, **changes})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_v2_hands_over_the_id_and_its_urls_at_once(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    job = await submitted(http)
    base = f"{segmind.url}/v2/requests/{job['request_id']}"
    assert job["status"] == "QUEUED"
    assert job["response_url"] == base
    assert job["status_url"] == job["poll_url"] == f"{base}/status"


async def test_v2_goes_from_queued_through_processing_to_completed(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.pace = AfterPolls(4)
    job = await submitted(http)
    assert (await http.get(job["response_url"])).json()["status"] == "QUEUED"
    states = [(await http.get(job["status_url"])).json()["status"] for _ in range(5)]
    assert states == ["QUEUED", "PROCESSING", "PROCESSING", "COMPLETED", "COMPLETED"]
    result = (await http.get(job["response_url"])).json()
    assert result["status"] == "COMPLETED"
    assert result["metrics"].keys() == {"inference_time", "cost"}
    assert result["output"]["video_url"].endswith(f"/cdn/{job['request_id']}.mp4")
    assert result["output"]["caption_url"].endswith(f"/cdn/{job['request_id']}.srt")


async def test_jobs_can_finish_after_seconds_of_the_clock(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.pace = AfterSeconds(140)
    job = await submitted(http)
    states = []
    for seconds in (0, 60, 80):
        segmind.clock.advance(seconds)
        states.append((await http.get(job["status_url"])).json()["status"])
    assert states == ["QUEUED", "PROCESSING", "COMPLETED"]


async def test_held_jobs_finish_when_the_pace_is_changed(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.pace = AfterSeconds(math.inf)
    job = await submitted(http)
    assert (await http.get(job["status_url"])).json()["status"] == "QUEUED"
    segmind.pace = AtOnce()
    assert (await http.get(job["status_url"])).json()["status"] == "COMPLETED"


async def test_v1_answers_with_the_page_s_shape_when_it_is_done(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.pace = AfterPolls(3)
    result = (await http.post(V1, json=HELLO)).json()
    assert result.keys() == {"video_url", "caption_url"}
    captions = await http.get(result["caption_url"])
    assert captions.text == "1\n00:00:00,000 --> 00:00:02,000\nHello, team.\n\n"


@pytest.mark.parametrize(
    ("shape", "output"),
    [
        ("object", {"video_url": ".mp4", "caption_url": ".srt"}),
        ("object_url", {"url": ".mp4"}),
        ("url", ".mp4"),
        ("list", [".mp4", ".srt"]),
    ],
)
async def test_a_result_comes_in_every_shape_that_was_seen(
    segmind: SegmindStandIn, http: httpx.AsyncClient, shape: Any, output: object
) -> None:
    segmind.faults.next_job(Outcome(shape=shape))
    job = await submitted(http)
    assert (await http.get(job["status_url"])).json()["status"] == "COMPLETED"
    result = (await http.get(job["response_url"])).text
    file = f"{segmind.url}/cdn/{job['request_id']}"
    assert httpx.Response(200, text=result.replace(file, "")).json()["output"] == output


@pytest.mark.parametrize("version", [V1, V2])
async def test_a_result_can_be_the_video_itself_or_nothing_at_all(
    segmind: SegmindStandIn, http: httpx.AsyncClient, version: str
) -> None:
    async def result() -> httpx.Response:
        answer = await http.post(version, json=HELLO)
        if version == V1:
            return answer
        await http.get(answer.json()["status_url"])
        return await http.get(answer.json()["response_url"])

    segmind.faults.next_job(Outcome(shape="bytes"))
    video = await result()
    assert video.headers["content-type"] == "video/mp4"
    assert video.content[4:8] == b"ftyp"
    segmind.faults.next_job(Outcome(shape="empty"))
    nothing = await result()
    assert (nothing.status_code, nothing.content) == (200, b"")


async def test_captions_come_only_when_asked_for_and_can_be_missing(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    assert (await http.post(V1, json={**HELLO, "caption": False})).json().keys() == {"video_url"}
    segmind.faults.next_job(Outcome(captions=False))
    assert (await http.post(V1, json=HELLO)).json().keys() == {"video_url"}


async def test_a_failed_job_is_a_422_with_its_state_on_both_urls_and_costs_nothing(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.faults.next_job(Outcome(error="Avatar could not be rendered"), times=2)
    job = await submitted(http)
    for url in (job["status_url"], job["response_url"]):
        answer = await http.get(url)
        assert answer.status_code == 422
        assert answer.json()["status"] == "FAILED"
        assert answer.json()["error"] == "Avatar could not be rendered"
    assert (await http.post(V1, json=HELLO)).status_code == 422
    assert segmind.charged == 0
    assert segmind.balance == pytest.approx(100)


async def test_a_result_is_kept_for_one_hour_after_the_submission(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    job = await submitted(http)
    segmind.clock.advance(3590)
    assert (await http.get(job["status_url"])).status_code == 200
    segmind.clock.advance(20)
    assert (await http.get(job["status_url"])).status_code == 404
    assert (await http.get(job["response_url"])).status_code == 404


@pytest.mark.parametrize("key", [None, "", "SG_wrong"])
async def test_every_url_of_the_api_wants_the_key(segmind: SegmindStandIn, key: str | None) -> None:
    past = "/inference-request/request-history"
    headers = {} if key is None else {"x-api-key": key}
    async with httpx.AsyncClient(base_url=segmind.url, headers=headers) as stranger:
        for url in (V1, V2, "/upload-asset"):
            assert (await stranger.post(url, json=HELLO)).status_code == 401
        for url in ("/v2/requests/1", "/v2/requests/1/status", "/v1/get-user-credits", past):
            answer = await stranger.get(url)
            assert answer.status_code == 401
            assert answer.json() == {"error": "Invalid or missing API key."}
    assert segmind.bill == []


async def test_unknown_models_methods_and_broken_json_are_errors_in_json(
    http: httpx.AsyncClient,
) -> None:
    answers = [
        await http.post("/v2/another-model", json=HELLO),
        await http.get(V2),
        await http.get("/v2/requests/unknown/status"),
        await http.post(V2, content=b"{"),
        await http.post(V2, json=[]),
    ]
    assert [answer.status_code for answer in answers] == [404, 405, 404, 400, 400]
    assert all(answer.json()["error"] for answer in answers)


async def test_the_journal_keeps_every_call(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    await submitted(http)
    await http.get("/v1/get-user-credits?x=1")
    calls = [(call.method, call.path, call.status) for call in segmind.journal]
    assert calls == [("POST", V2, 200), ("GET", "/v1/get-user-credits?x=1", 200)]
    assert all(call.seconds is not None and call.seconds < 5 for call in segmind.journal)


async def test_stopping_cancels_renders_and_deletes_the_temporary_folder() -> None:
    segmind = SegmindStandIn()
    with pytest.raises(RuntimeError, match="not running"):
        _ = segmind.url
    await segmind.start()
    async with httpx.AsyncClient(headers={"x-api-key": segmind.api_key}) as http:
        answer = await http.post(segmind.url + V2, json={**HELLO, "resolution": "4k"})
    assert answer.status_code == 200
    await segmind.stop()
    rendering = segmind.bill[0].rendering
    assert rendering is not None
    assert rendering.cancelled()


async def test_a_second_stand_in_reuses_the_videos_of_the_first(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        async with (
            SegmindStandIn(tmp_path, api_key="SG_mine") as segmind,
            httpx.AsyncClient(base_url=segmind.url, headers={"x-api-key": "SG_mine"}) as http,
        ):
            await http.post(V1, json=HELLO)
            made.append(
                sorted((file.name, file.stat().st_mtime_ns) for file in os.scandir(tmp_path))
            )
    assert made[0] == made[1] != []
