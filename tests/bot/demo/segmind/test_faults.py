"""Bad days on demand: error answers, lost answers, slow answers."""

import math
from typing import Any

import httpx
import pytest

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, Cut, SegmindStandIn, Slow

HELLO = {"prompt": "Hello, team.", "resolution": "720p"}
V1, V2 = "/v1/heygen-avatar-v", "/v2/heygen-avatar-v"
PAST = "/inference-request/request-history"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 422, 429, 500, 502, 504])
async def test_each_error_code_comes_when_it_is_asked_for_and_only_then(
    segmind: SegmindStandIn, http: httpx.AsyncClient, status: int
) -> None:
    segmind.faults.add("submit", Answer(status, "Sorry"), times=2)
    for url in (V1, V2):
        answer = await http.post(url, json=HELLO)
        assert answer.status_code == status
        assert answer.json() == {"error": "Sorry"}
    assert segmind.bill == []
    assert (await http.post(V2, json=HELLO)).status_code == 200


@pytest.mark.parametrize(
    ("style", "body"),
    [
        ("error", {"error": "Sorry"}),
        ("message", {"message": "Sorry"}),
        ("detail", {"detail": "Sorry"}),
        ("list", [{"msg": "Sorry"}]),
    ],
)
async def test_error_bodies_come_in_every_form(
    segmind: SegmindStandIn, http: httpx.AsyncClient, style: Any, body: object
) -> None:
    segmind.faults.add("balance", Answer(500, "Sorry", style))
    assert (await http.get("/v1/get-user-credits")).json() == body


async def test_an_error_body_can_be_html_or_anything(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.faults.add("balance", Answer(502, style="html"))
    segmind.faults.add("balance", Answer(400, body={"errors": ["a", "b"]}))
    page = await http.get("/v1/get-user-credits")
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>502 Bad Gateway</h1>" in page.text
    assert (await http.get("/v1/get-user-credits")).json() == {"errors": ["a", "b"]}


async def test_a_429_comes_with_and_without_retry_after(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.faults.add("v2", Answer(429, retry_after=2))
    segmind.faults.add("v2", Answer(429))
    assert (await http.post(V2, json=HELLO)).headers["retry-after"] == "2"
    assert "retry-after" not in (await http.post(V2, json=HELLO)).headers


async def test_v2_alone_can_be_missing(segmind: SegmindStandIn, http: httpx.AsyncClient) -> None:
    segmind.faults.add("v2", Answer(404), times=math.inf)
    assert (await http.post(V2, json=HELLO)).status_code == 404
    assert (await http.post(V1, json=HELLO)).status_code == 200
    assert (await http.post(V2, json=HELLO)).status_code == 404
    segmind.faults.clear()
    assert (await http.post(V2, json=HELLO)).status_code == 200


async def test_a_job_can_be_accepted_behind_a_502(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.faults.add("submit", Answer(502, accepted=True))
    assert (await http.post(V2, json=HELLO)).status_code == 502
    assert [job.charged_usd for job in segmind.bill] == [0.1668]


@pytest.mark.parametrize("url", [V1, V2])
async def test_an_answer_can_be_lost_although_the_job_was_accepted_and_charged(
    segmind: SegmindStandIn, http: httpx.AsyncClient, url: str
) -> None:
    segmind.faults.add("submit", Cut(accepted=True))
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(url, json=HELLO)
    job = segmind.bill[0]
    assert job.body == HELLO
    assert segmind.charged == job.charged_usd > 0
    assert segmind.journal[0].status is None
    assert (await http.get(f"{PAST}/{job.request_id}")).json()["request_body"] == HELLO


@pytest.mark.parametrize("url", [V1, V2])
async def test_a_connection_can_be_cut_before_anything_was_accepted(
    segmind: SegmindStandIn, http: httpx.AsyncClient, url: str
) -> None:
    segmind.faults.add("submit", Cut())
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(url, json=HELLO)
    assert segmind.bill == []


async def test_every_read_can_fail_too(segmind: SegmindStandIn, http: httpx.AsyncClient) -> None:
    job = (await http.post(V2, json=HELLO)).json()
    reads: list[tuple[Any, str]] = [
        ("status", job["status_url"]),
        ("result", job["response_url"]),
        ("history", PAST),
        ("history", f"{PAST}/{job['request_id']}"),
        ("balance", "/v1/get-user-credits"),
    ]
    for place, url in reads:
        segmind.faults.add(place, Answer(504))
        segmind.faults.add(place, Cut())
        assert (await http.get(url)).status_code == 504
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(url)
        assert (await http.get(url)).status_code == 200


async def test_an_answer_can_be_slow(segmind: SegmindStandIn, http: httpx.AsyncClient) -> None:
    segmind.faults.add("balance", Slow(0.2))
    with pytest.raises(httpx.ReadTimeout):
        await http.get("/v1/get-user-credits", timeout=httpx.Timeout(20, read=0.05))
    segmind.faults.add("balance", Slow(0.2))
    assert (await http.get("/v1/get-user-credits")).status_code == 200
    assert (segmind.journal[-1].seconds or 0) >= 0.2


async def test_a_v1_job_goes_on_when_its_client_hangs_up(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.pace = AfterSeconds(math.inf)
    with pytest.raises(httpx.ReadTimeout):
        await http.post(V1, json=HELLO, timeout=httpx.Timeout(20, read=0.2))
    segmind.pace = AtOnce()
    (row,) = (await http.get(PAST)).json()["data"]
    assert row["model_status"] == "COMPLETED"
    assert row["credits_deduction"] == segmind.charged > 0
