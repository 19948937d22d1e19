"""Answers of Segmind that are as long as one may be, and made to be slow to read."""

import json
from typing import Any

import pytest

from bot.segmind.history import MOST_ROWS, history_rows
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


def test_a_long_list_of_outputs_or_rows_is_not_read_to_its_end() -> None:
    outputs: dict[str, list[Any]] = {"output": [{}] * 2_700_000}
    nested: list[Any] = [[[[{}] * 100] * 100] * 100] * 100
    rows = [{"request_id": number} for number in range(400_000)]
    with within(0.5):
        assert (result_of(outputs), result_of(nested)) == (None, None)
        assert len(history_rows(rows)) == MOST_ROWS
