"""The request history and the balance, against the stand-in."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

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
from bot.segmind.client import Result, Segmind, match_submission
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
    assert await segmind.balance() == pytest.approx(stand_in.balance)
    stand_in.faults.add("balance", Answer(200, body={"credits": 1, "free-credits": "0.5"}))
    assert await segmind.balance() == 1.5
    bodies: list[Any] = [[], {"credits": "many"}]
    for body in bodies:
        stand_in.faults.add("balance", Answer(200, body=body))
        with pytest.raises(SegmindUnavailable):
            await segmind.balance()
