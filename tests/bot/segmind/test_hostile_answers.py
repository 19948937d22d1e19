"""Answers of Segmind that are as long as one may be, and made to be slow to read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bot.errors import InDoubt, NoResult, SegmindUnavailable
from bot.segmind.client import (
    HISTORY_MAX_BYTES,
    HISTORY_MAX_PAGES,
    HISTORY_PAGE_SIZE,
    Progress,
)
from bot.segmind.history import MOST_ROWS, HistoryRow, history_rows, match_submission
from bot.segmind.responses import decode_json, error_text, result_of
from bot.segmind.twins import CreatedTwin
from tests.support.deadlines import filled, within
from tests.support.files.serve import answering

LONG = 8 * 1024 * 1024


@pytest.mark.parametrize(
    "text",
    ["[" * LONG, filled('{"a":', LONG), "1" * LONG, "1e400", "1" * 4000 + "e5"],
    ids=["lists", "objects", "digits", "infinity", "a large number"],
)
def test_no_answer_takes_long_to_read(text: str) -> None:
    with within(0.5):
        error_text(text)
        body = decode_json(text)
        result_of(body)
        history_rows(body)


@pytest.mark.parametrize("pattern", ["<a", "<script>", "<style><script>", "</", "<!"])
def test_tags_without_an_end_are_read_once(pattern: str) -> None:
    said = filled(pattern, 4000)
    with within(0.5):
        error_text(json.dumps({"error": [[said] * 10] * 10, "detail": said}))


def test_a_row_with_a_script_longer_than_any_is_not_compared() -> None:
    now = datetime.now(UTC)
    said = filled("\U0001f469\u200d", 2_000_000)
    rows = history_rows([{
        "request_id": "r1", "created_at": now.isoformat(), "request_body": {"prompt": said},
    }])  # fmt: skip
    with within(0.5):
        assert match_submission(rows, {"prompt": "Hello"}, now, ()) == []


def test_many_rows_with_scripts_of_emoji_are_not_all_compared() -> None:
    """Each takes milliseconds, and a history can have 20,000."""
    now, body = datetime.now(UTC), {"prompt": "Hello"}
    rows = [
        HistoryRow(f"r{number}", "PENDING", body={"prompt": "\U0001f469" * 3000}, created_at=now)
        for number in range(5000)
    ]
    with within(1.0):
        assert match_submission(rows, body, now, ()) == []
        assert match_submission([*rows, HistoryRow("r", "", body=body, created_at=now)],
                                body, now, ()) == ["r"]  # fmt: skip


def test_many_names_for_the_time_of_a_row_are_not_all_read() -> None:
    """Reading hundreds of thousands takes a second."""
    names: dict[str, Any] = {f"creat{number}": "x" for number in range(20)}
    [found] = history_rows([{"request_id": "r1", **names, "creation": "2026-11-22T12:00:00Z"}])
    assert found.created_at is None


def test_a_long_list_of_outputs_or_rows_is_not_read_to_its_end() -> None:
    outputs: dict[str, list[Any]] = {"output": [{}] * 2_700_000}
    nested: list[Any] = [[[[{}] * 100] * 100] * 100] * 100
    rows = [{"request_id": number} for number in range(400_000)]
    with within(0.5):
        assert (result_of(outputs), result_of(nested)) == (None, None)
        assert len(history_rows(rows)) == MOST_ROWS


@pytest.mark.parametrize(
    "inputs",
    [{"x": [{}] * 100_000}, {"x": {"y": "z" * 100_000}}, {"x": "y" * 1_000_000},
     {f"x{number}": "y" * 1000 for number in range(1000)}, {"x" * 1_000_000: 1}],
    ids=["a list", "an object", "a long one", "many", "a long name"],
)  # fmt: skip
def test_little_of_a_row_is_kept(inputs: dict[str, Any]) -> None:
    [row] = history_rows([{"request_id": "r1", "request_body": inputs}])
    assert len(json.dumps(row.body)) < 20_000
    assert any(row.body.values()), "an input that was given doesn't count as none"


async def test_a_history_of_too_many_requests_is_not_read_to_its_end() -> None:
    pages = 0

    async def answer(_request: web.Request) -> web.StreamResponse:
        nonlocal pages
        pages += 1
        return web.json_response([{"request_id": f"{pages}-{n}"} for n in range(MOST_ROWS)])

    async with answering(answer) as segmind:
        rows, is_complete = await segmind.available_history(datetime.now(UTC))
    assert (len(rows), is_complete) == (HISTORY_MAX_PAGES * HISTORY_PAGE_SIZE, False)


async def test_a_history_of_very_long_requests_is_not_read_to_its_end() -> None:
    """What is kept of 20,000 could be a gigabyte."""
    pages, prompt = 0, "\U0001f469" * 10_000

    async def answer(_request: web.Request) -> web.StreamResponse:
        nonlocal pages
        pages += 1
        rows = [{"request_id": f"{pages}-{n}", "request_body": {"prompt": prompt}}
                for n in range(90 if pages < 30 else 0)]  # fmt: skip
        return web.Response(
            text=json.dumps(rows, ensure_ascii=False), content_type="application/json"
        )

    async with answering(answer) as segmind:
        _, is_complete = await segmind.available_history(datetime.now(UTC))
    assert not is_complete
    assert pages * 3_600_000 < HISTORY_MAX_BYTES + 2 * 3_600_000


@pytest.mark.parametrize("credits", [1e308, -1e308, "1e300", 10**300])
async def test_a_balance_that_no_account_has_is_no_answer(credits: object) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"credits": credits, "free-credits": credits})

    async with answering(answer) as segmind:
        with pytest.raises(SegmindUnavailable):
            await segmind.account.balance()


@pytest.mark.parametrize("wrong", ["a b", "a|b", "<!channel>", "a\n", "\u0430", "a" * 148, 1])
async def test_what_can_not_be_the_id_of_a_twin_is_none(wrong: object) -> None:
    said: dict[str, object] = {}

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(said)

    async with answering(answer) as segmind:
        said = {"avatar_id": wrong}
        with pytest.raises(InDoubt):
            await segmind.twins.create({"name": "Bob"})
        said = {"avatar_id": "twin_1", "avatar_group_id": wrong}
        assert await segmind.twins.create({"name": "Bob"}) == CreatedTwin("twin_1")


@pytest.mark.parametrize("wrong", ["status", "result", "both"])
async def test_an_answer_about_another_request_is_none(wrong: str) -> None:
    """A proxy that mixed them up would post a video in the thread of somebody else."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if "request-history" in request.path:
            row = {"request_id": "mine", "model_status": "PENDING"}
            return web.json_response(row)
        part = "status" if request.path.endswith("/status") else "result"
        body = {"request_id": "theirs" if wrong in (part, "both") else "mine"}
        if part == "result" or wrong != "result":
            body |= {"output": "https://cdn.example.com/theirs.mp4", "avatar_id": "theirs"}
        return web.json_response(body | {"status": "COMPLETED"})

    async with answering(answer) as segmind:
        assert await segmind.poll("mine") == Progress("PENDING")
        if wrong != "status":
            assert await segmind.final_result("mine") is None
            with pytest.raises((SegmindUnavailable, NoResult)):
                await segmind.twins.poll("mine")
