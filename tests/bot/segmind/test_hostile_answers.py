"""Answers of Segmind that are as long as one may be, and made to be slow to read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.segmind.history import MOST_ROWS, history_rows, match_submission
from bot.segmind.responses import decode_json, error_text, result_of
from tests.support.deadlines import filled, within

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


def test_a_long_list_of_outputs_or_rows_is_not_read_to_its_end() -> None:
    outputs: dict[str, list[Any]] = {"output": [{}] * 2_700_000}
    nested: list[Any] = [[[[{}] * 100] * 100] * 100] * 100
    rows = [{"request_id": number} for number in range(400_000)]
    with within(0.5):
        assert (result_of(outputs), result_of(nested)) == (None, None)
        assert len(history_rows(rows)) == MOST_ROWS
