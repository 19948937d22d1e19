"""Segmind's history: its rows, its pages, and the row that a lost submission may have."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.demo.segmind import (
    AfterSeconds,
    Answer,
    Cut,
    Outcome,
    SegmindStandIn,
)
from bot.domain.parameters import Parameters
from bot.errors import (
    InDoubt,
    SegmindUnavailable,
)
from bot.segmind.client import (
    HISTORY_MAX_PAGES,
    HISTORY_PAGE_SIZE,
    Result,
    Segmind,
    match_submission,
)
from tests.support.files.serve import Handler, answering
from tests.support.segmind import HELLO, submit


async def test_the_history_has_the_actual_cost(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    request_id = await submit(segmind, tmp_path)
    await segmind.poll(request_id)
    row = await segmind.history_row(request_id)
    (job,) = stand_in.bill
    assert row is not None
    assert (row.cost_usd, row.body, row.status) == (job.charged_usd, HELLO.body(), "COMPLETED")
    assert await segmind.history_row("never-heard-of") is None


async def test_a_lost_submission_is_found_by_its_request_body(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    other = await submit(segmind, tmp_path, Parameters(prompt="Something else"))
    stand_in.faults.add("submit", Cut(accepted=True))
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")
    rows = await segmind.complete_history(began)
    assert len(rows) == 2
    (found,) = match_submission(rows, HELLO.body(), began, {other})
    assert found == stand_in.bill[1].request_id
    assert isinstance(await segmind.poll(found), Result)


async def test_the_history_is_read_to_its_last_page_but_not_past_the_start(
    stand_in: SegmindStandIn, segmind: Segmind, tmp_path: Path
) -> None:
    stand_in.pace = AfterSeconds(math.inf)
    stand_in.balance = math.inf
    stand_in.faults.next_job(Outcome(row_per_output=True), times=math.inf)
    for _ in range(101):
        await submit(segmind, tmp_path)
    seen = len(stand_in.journal)
    assert len(await segmind.complete_history(datetime.now(UTC) - timedelta(days=90))) == 101
    assert len(stand_in.journal) - seen == 3
    assert len(await segmind.complete_history(datetime.now(UTC) + timedelta(hours=1))) == 100


async def test_an_unreadable_history_is_unavailable(
    stand_in: SegmindStandIn, segmind: Segmind
) -> None:
    for fault in (Answer(500), Answer(200, style="html"), Cut()):
        stand_in.faults.add("history", fault, times=4 if isinstance(fault, Cut) else 2)
        with pytest.raises(SegmindUnavailable):
            await segmind.complete_history(datetime.now(UTC))
        with pytest.raises(SegmindUnavailable):
            await segmind.history_row("r1")


async def test_the_balance_includes_free_credits(
    stand_in: SegmindStandIn, segmind: Segmind
) -> None:
    assert await segmind.account.balance() == pytest.approx(stand_in.balance)
    stand_in.faults.add("balance", Answer(200, body={"credits": 1, "free-credits": "0.5"}))
    assert await segmind.account.balance() == 1.5
    bodies: list[Any] = [[], {"credits": "many"}]
    for body in bodies:
        stand_in.faults.add("balance", Answer(200, body=body))
        with pytest.raises(SegmindUnavailable):
            await segmind.account.balance()


Row = dict[str, Any]
NOW = datetime.now(UTC)


def row(number: int, url: str = "https://cdn.example/a.mp4") -> Row:
    """Rows are a second apart; higher numbers are newer."""
    return {
        "request_id": f"r{number}",
        "model_status": "COMPLETED",
        "credits_deduction": 0.31,
        "generation_url": url,
        "model_created": (NOW - timedelta(days=20) + timedelta(seconds=number)).isoformat(),
    }


def history(rows: list[Row], on_page: Callable[[int], None] = lambda _page: None) -> Handler:
    """Pages of these rows, newest first. Calls `on_page` before each page."""

    async def answer(request: web.Request) -> web.StreamResponse:
        page, per_page = int(request.query["page"]), int(request.query["per_page"])
        on_page(page)
        newest_first = sorted(rows, key=lambda row: str(row["model_created"]), reverse=True)
        return web.json_response({"data": newest_first[(page - 1) * per_page :][:per_page]})

    return answer


async def test_more_than_a_thousand_requests_are_all_found() -> None:
    async with answering(history([row(number) for number in range(2345)])) as segmind:
        found = await segmind.complete_history(NOW - timedelta(days=29))
    assert [each.request_id for each in found] == [f"r{n}" for n in reversed(range(2345))]


@pytest.mark.parametrize("new_ones", [1, HISTORY_PAGE_SIZE])
async def test_pages_that_shift_while_they_are_read_hide_no_request(new_ones: int) -> None:
    rows = [row(number) for number in range(350)]

    def render_more(page: int) -> None:
        if page in (2, 4):
            rows.extend(row(1000 * page + number) for number in range(new_ones))

    async with answering(history(rows, render_more)) as segmind:
        found = [
            each.request_id for each in await segmind.complete_history(NOW - timedelta(days=29))
        ]
    assert len(found) == len(set(found))
    assert {f"r{number}" for number in range(350)} <= set(found)


async def test_two_rows_of_one_request_on_two_pages_are_one_request() -> None:
    rows = [row(number) for number in range(199)]
    captions = row(99, "https://cdn.example/a.srt")  # the 100th and the 101st
    async with answering(history([*rows, captions])) as segmind:
        found = {
            each.request_id: each
            for each in await segmind.complete_history(NOW - timedelta(days=29))
        }
    assert len(found) == 199
    assert found["r99"].video_url == "https://cdn.example/a.mp4"
    assert found["r99"].caption_url == "https://cdn.example/a.srt"


async def test_reading_ends_when_the_last_page_repeats() -> None:
    asked: list[int] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(int(request.query["page"]))
        return web.json_response({"data": [row(min(asked[-1], 3))]})

    async with answering(answer) as segmind:
        assert len(await segmind.complete_history(NOW - timedelta(days=29))) == 3
    assert asked == [1, 2, 3, 4, 5]


async def test_a_history_over_the_page_limit_is_reported_as_incomplete() -> None:
    asked: list[int] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(int(request.query["page"]))
        return web.json_response({"data": [row(1_000_000 - asked[-1])]})

    async with answering(answer) as segmind:
        with pytest.raises(SegmindUnavailable) as raised:
            await segmind.complete_history(NOW - timedelta(days=29))
        assert raised.value.said == "the history has more than 200 pages"
        assert len(asked) == HISTORY_MAX_PAGES
        rows, is_complete = await segmind.available_history(NOW - timedelta(days=29))
    assert (len(rows), is_complete) == (HISTORY_MAX_PAGES, False)
