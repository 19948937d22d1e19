"""What a render cost, and values that cannot be an amount."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.errors import SegmindUnavailable
from bot.segmind.history import history_rows
from bot.segmind.responses import result_of
from tests.support.files.serve import answering

MP4 = "https://cdn.example/a.mp4"
NO_AMOUNTS = [True, False, -0.5, "-1", 1e308, 10_001, "NaN", float("inf"), "inf", None, "", [], {}]


def row(cost: Any, status: str = "COMPLETED", age: timedelta = timedelta(minutes=3)) -> Any:
    return {
        "request_id": "r1",
        "model_status": status,
        "credits_deduction": cost,
        "created_at": (datetime.now(UTC) - age).isoformat(),
    }


@pytest.mark.parametrize("cost", NO_AMOUNTS)
def test_a_value_that_cannot_be_an_amount_is_no_cost(cost: Any) -> None:
    (found,) = history_rows(row(cost, age=timedelta(days=2)))
    assert found.cost_usd is None
    result = result_of({"output": MP4, "metrics": {"cost": cost}})
    assert result is not None
    assert result.cost_usd is None


def test_a_cost_of_0_is_not_known_until_the_row_is_settled() -> None:
    costs = [
        history_rows(each)[0].cost_usd
        for each in (
            row(0),
            row("0.0"),
            {**row(0), "created_at": None},
            row(0, status="SUCCESS"),
            row(0, age=timedelta(hours=2)),
            row(0, status="FAILED"),
            row(0.31),
        )
    ]
    assert costs == [None, None, None, None, 0, 0, 0.31]
    result = result_of({"output": MP4, "metrics": {"cost": 0}})
    assert result is not None
    assert result.cost_usd is None


def test_the_cost_may_be_in_the_second_row_of_a_request() -> None:
    (found,) = history_rows([row(None), row(0.31)])
    assert found.cost_usd == 0.31


@pytest.mark.parametrize("credits", ["NaN", "inf", "many", [1], {}])
async def test_a_balance_that_is_not_a_number_is_not_shown(credits: Any) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"credits": credits or "x", "free-credits": 1})

    async with answering(answer) as segmind:
        with pytest.raises(SegmindUnavailable):
            await segmind.account.balance()
