"""The request history, where lost submissions and true costs are found."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.demo.segmind import AfterPolls, Outcome, SegmindStandIn

HELLO = {"prompt": "Hello, team.", "resolution": "720p", "caption": True}
V2 = "/v2/heygen-avatar-v"
PAST = "/inference-request/request-history"
DAY = 24 * 3600


async def rows(http: httpx.AsyncClient, **query: str | int) -> list[dict[str, Any]]:
    answer = await http.get(PAST, params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def test_a_row_says_what_was_asked_what_became_of_it_and_what_it_cost(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    job = (await http.post(V2, json=HELLO)).json()
    (row,) = await rows(http)
    assert row["request_id"] == job["request_id"]
    assert row["model_name"] == "heygen-avatar-v"
    assert row["model_status"] == "COMPLETED"
    assert row["credits_deduction"] == 0.1668
    assert row["request_body"] == HELLO
    assert row["generation_url"] == f"{segmind.url}/cdn/{job['request_id']}.mp4"
    assert row["latency_ms"] >= 0
    assert row["error"] is None
    assert (await http.get(f"{PAST}/{job['request_id']}")).json() == row


async def test_jobs_under_way_are_pending_and_failed_ones_say_why(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.pace = AfterPolls(1)
    segmind.faults.next_job(Outcome(error="No such footage"))
    failing = (await http.post(V2, json=HELLO)).json()
    await http.post(V2, json=HELLO)
    assert {row["model_status"] for row in await rows(http)} == {"PENDING"}
    await http.get(failing["status_url"])
    (failed,) = await rows(http, status="FAILED")
    assert (failed["error"], failed["credits_deduction"]) == ("No such footage", 0.0)
    (pending,) = await rows(http, status="PENDING")
    assert pending["generation_url"] is None


async def test_a_row_can_land_late_by_look_ups_or_seconds(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.faults.next_job(Outcome(history_late_lookups=2))
    job = (await http.post(V2, json=HELLO)).json()
    assert await rows(http) == []
    assert (await http.get(f"{PAST}/{job['request_id']}")).status_code == 404
    assert len(await rows(http)) == 1
    segmind.faults.next_job(Outcome(history_late_seconds=60))
    await http.post(V2, json=HELLO)
    assert len(await rows(http)) == 1
    segmind.clock.advance(61)
    assert len(await rows(http)) == 2


async def test_a_request_can_have_a_row_per_output(
    segmind: SegmindStandIn, http: httpx.AsyncClient
) -> None:
    segmind.faults.next_job(Outcome(row_per_output=True))
    await http.post(V2, json=HELLO)
    first, second = await rows(http)
    assert first["request_id"] == second["request_id"]
    assert first["credits_deduction"] == second["credits_deduction"]
    assert {row["generation_url"][-4:] for row in (first, second)} == {".mp4", ".srt"}


async def test_pages_are_sorted_and_cut(segmind: SegmindStandIn, http: httpx.AsyncClient) -> None:
    for seconds in (1, 60, 30):
        await http.post(V2, json={"prompt": "word " * seconds, "resolution": "720p"})
    newest = [row["request_id"] for row in await rows(http)]
    assert newest == [job.request_id for job in reversed(segmind.bill)]
    assert [row["request_id"] for row in await rows(http, sort_order="asc")] == newest[::-1]
    costs = [row["credits_deduction"] for row in await rows(http, sort_by="credits_deduction")]
    assert costs == sorted(costs, reverse=True)
    answer = (await http.get(PAST, params={"page": 2, "per_page": 2})).json()
    assert [row["request_id"] for row in answer["data"]] == newest[2:]
    assert (answer["page"], answer["per_page"], answer["total"]) == (2, 2, 3)


async def test_dates_and_models_filter(segmind: SegmindStandIn, http: httpx.AsyncClient) -> None:
    await http.post(V2, json=HELLO)
    made = segmind.clock.now().date()
    segmind.clock.advance(20 * DAY)
    assert await rows(http) == []  # seven days by default
    assert len(await rows(http, from_date=made.isoformat())) == 1
    days_later = (made + timedelta(days=1)).isoformat()
    assert await rows(http, from_date=days_later) == []
    assert len(await rows(http, to_date=made.isoformat())) == 1
    assert len(await rows(http, from_date=made.isoformat(), model_name="avatar")) == 1
    assert await rows(http, from_date=made.isoformat(), model_name="other") == []
    segmind.clock.advance(300 * DAY)
    request_id = segmind.bill[0].request_id
    assert (await http.get(f"{PAST}/{request_id}")).status_code == 200  # any age


@pytest.mark.parametrize(
    "query",
    [
        {"per_page": "101"},
        {"per_page": "0"},
        {"page": "x"},
        {"status": "DONE"},
        {"sort_by": "prompt"},
        {"sort_order": "up"},
        {"from_date": "yesterday"},
        {"from_date": "2026-01-01", "to_date": "2026-02-02"},
        {"from_date": "2026-02-02", "to_date": "2026-01-01"},
        {"limit": "10"},
    ],
)
async def test_a_wrong_filter_is_refused(http: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await http.get(PAST, params=query)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


async def test_a_window_of_thirty_one_days_is_fine(http: httpx.AsyncClient) -> None:
    assert await rows(http, from_date="2026-01-01", to_date="2026-02-01") == []
