"""What heygen-avatar-v accepts, and what it charges."""

from typing import Any

import httpx
import pytest

from bot.demo.segmind import SegmindStandIn

HELLO = {"prompt": "Hello, team.", "resolution": "720p", "caption": True}
V2 = "/v2/heygen-avatar-v"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"promt": "x"}, "Unknown parameter: promt."),
        ({"prompt": ""}, "Exactly one of prompt and audio_url"),
        ({"audio_url": "https://example.com/a.mp3"}, "mutually exclusive"),
        ({"prompt": None}, "Invalid value for prompt"),
        ({"resolution": "480p"}, "'480p' is not one of 720p, 1080p, 4k"),
        ({"aspect_ratio": "3:2"}, "Invalid value for aspect_ratio"),
        ({"fit": "stretch"}, "Invalid value for fit"),
        ({"output_format": "mov"}, "Invalid value for output_format"),
        ({"caption": "true"}, "must be a boolean"),
        ({"background": "blue"}, "must be a hex color"),
        ({"video_url": "footage.mp4"}, "must be a public URL"),
        ({"avatar": "Nobody"}, "'Nobody' is not one of Abigail Sofa Front"),
        ({"voice": "Nobody"}, "'Nobody' is not one of Aaron"),
        ({"avatar_id": "bad_id"}, "'bad_id' was not found"),
        ({"voice_id": "bad_id"}, "'bad_id' was not found"),
    ],
)
async def test_a_wrong_parameter_is_refused_with_a_sentence(
    segmind: SegmindStandIn, http: httpx.AsyncClient, changes: dict[str, Any], sentence: str
) -> None:
    answer = await http.post(V2, json={**HELLO, **changes})
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert segmind.charged == 0


async def test_all_fourteen_parameters_are_taken_and_raw_ids_override_names(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    footage = "https://example.com/footage.mp4"
    body = {
        "audio_url": "https://example.com/a.mp3",
        "avatar": "Nobody",
        "avatar_id": "abc",
        "voice": "Nobody",
        "voice_id": "def",
        "resolution": "720p",
        "aspect_ratio": "1:1",
        "fit": "contain",
        "output_format": "webm",
        "remove_background": True,
        "background": "#FFFFFF",
        "caption": True,
        "video_url": footage,
    }
    assert (await http.post(V2, json=body)).status_code == 200
    job = segmind.bill[0]
    assert job.body == body
    assert job.charged_usd == pytest.approx(1.25 + job.seconds * 0.0834)
    assert (await http.post(V2, json={**body, "prompt": ""})).status_code == 200


async def test_names_beyond_the_published_ones_can_be_made_known(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "segmind"
    async with (
        SegmindStandIn(folder, avatars=["Zoe"], voices=["Zed"]) as segmind,
        httpx.AsyncClient(base_url=segmind.url, headers={"x-api-key": segmind.api_key}) as http,
    ):
        answer = await http.post(V2, json={**HELLO, "avatar": "Zoe", "voice": "Zed"})
    assert answer.status_code == 200


async def test_the_bill_says_what_each_job_costs_and_the_balance_runs_down_to_a_406(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.balance = 0.3
    await http.post(V2, json=HELLO)
    await http.post(V2, json={**HELLO, "prompt": "Hello. " * 15, "resolution": "4k"})
    assert [job.seconds for job in segmind.bill] == [2.0, 6.9]
    assert [job.charged_usd for job in segmind.bill] == [0.1668, 0.71898]
    assert segmind.charged == pytest.approx(0.88578)
    credits = await http.get("/v1/get-user-credits")
    assert credits.json() == {"credits": 0.0, "free-credits": 0.0}
    refused = await http.post(V2, json=HELLO)
    assert refused.status_code == 406
    assert "credits" in refused.json()["error"]
    segmind.balance = 5.0
    assert (await http.get("/v1/get-user-credits")).json()["credits"] == 5.0
    assert (await http.post(V2, json=HELLO)).status_code == 200
