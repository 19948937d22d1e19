"""heygen-avatar-v-create as Segmind's page describes it."""

from typing import Any

import httpx
import pytest

from bot.demo.media.avatar import look_of
from bot.demo.segmind import Outcome, SegmindStandIn
from bot.demo.segmind.parameters import AVATARS

URL = "https://cdn.example.com/bob.mp4"


@pytest.fixture
async def api(segmind: SegmindStandIn) -> Any:
    headers = {"x-api-key": segmind.api_key}
    async with httpx.AsyncClient(base_url=segmind.url, headers=headers) as client:
        yield client


async def test_the_answer_has_the_published_fields_and_costs_what_the_page_says(
    api: httpx.AsyncClient, segmind: SegmindStandIn
) -> None:
    answer = await api.post("/v1/heygen-avatar-v-create", json={"name": "Bob", "video_url": URL})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"avatar_id", "avatar_group_id", "consent_status"}
    assert body["consent_status"] == "skipped"
    assert segmind.charged == 1.25
    second = {"name": "Bob 2", "video_url": URL, "avatar_group_id": body["avatar_group_id"]}
    again = (await api.post("/v1/heygen-avatar-v-create", json=second)).json()
    assert again["avatar_group_id"] == body["avatar_group_id"]
    assert again["avatar_id"] != body["avatar_id"]


async def test_v2_answers_with_an_id_that_is_polled_and_stands_in_the_history(
    api: httpx.AsyncClient,
) -> None:
    sent = {"name": "Bob", "video_url": URL}
    job = (await api.post("/v2/heygen-avatar-v-create", json=sent)).json()
    assert job["status"] == "QUEUED"
    assert (await api.get(job["status_url"])).json()["status"] == "COMPLETED"
    result = (await api.get(job["response_url"])).json()
    assert result["output"]["avatar_id"]
    rows = (
        await api.get(
            "/inference-request/request-history", params={"model_name": "heygen-avatar-v-create"}
        )
    ).json()["data"]
    assert [(row["request_body"], row["credits_deduction"]) for row in rows] == [(sent, 1.25)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": "Bob"}, "video_url is required."),
        ({"video_url": URL}, "name is required."),
        ({"name": "Bob", "video_url": "no"}, "must be a public URL"),
        ({"name": "Bob", "video_url": "https://a.example/b.mov"}, "served as video/mp4"),
        ({"name": "Bob", "video_url": URL, "avatar_group_id": "g"}, "was not found"),
        ({"name": "Bob", "video_url": URL, "script": "x"}, "Unknown parameter"),
    ],
)
async def test_what_it_does_not_accept_is_not_charged(
    api: httpx.AsyncClient, segmind: SegmindStandIn, body: dict[str, str], error: str
) -> None:
    answer = await api.post("/v2/heygen-avatar-v-create", json=body)
    assert answer.status_code == 400
    assert error in answer.json()["error"]
    assert segmind.charged == 0


async def test_too_short_footage_fails_after_it_was_accepted(
    api: httpx.AsyncClient, segmind: SegmindStandIn
) -> None:
    segmind.faults.next_job(Outcome(error="Footage is too short or too long"))
    job = (
        await api.post("/v2/heygen-avatar-v-create", json={"name": "B", "video_url": URL})
    ).json()
    status = await api.get(job["status_url"])
    assert (status.status_code, status.json()["status"]) == (422, "FAILED")
    assert segmind.charged == 0


async def test_a_twin_in_training_cannot_be_rendered_yet(
    api: httpx.AsyncClient, segmind: SegmindStandIn
) -> None:
    segmind.training_seconds = 300
    twin = (
        await api.post("/v1/heygen-avatar-v-create", json={"name": "B", "video_url": URL})
    ).json()
    body = {"prompt": "Hi", "avatar_id": twin["avatar_id"]}
    early = await api.post("/v2/heygen-avatar-v", json=body)
    assert (early.status_code, "not ready yet" in early.text) == (400, True)
    segmind.clock.advance(301)
    assert (await api.post("/v2/heygen-avatar-v", json=body)).status_code == 200


def test_a_twin_looks_like_nobody_else() -> None:
    faces = [look_of(name) for name in (*AVATARS, "twin_1", "twin_2")]
    assert len({str(face) for face in faces}) == len(faces)
