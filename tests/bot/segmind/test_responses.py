"""Every shape of a response that was seen or documented, and some that were not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.segmind.history import HistoryRow, history_rows, match_submission
from bot.segmind.responses import (
    Result,
    decode_json,
    error_text,
    parse_time,
    result_of,
    status_of,
)

MP4, SRT = "https://cdn.example/a.mp4", "https://cdn.example/a.srt?sig=1"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ({"video_url": MP4, "caption_url": SRT}, Result(MP4, SRT)),
        ({"video_url": MP4, "caption_url": None}, Result(MP4)),
        ({"video_url": MP4, "caption_url": "file:///data/results/T1.mp4"}, Result(MP4)),
        ({"status": "COMPLETED", "output": MP4}, Result(MP4)),
        ({"output": [MP4, SRT]}, Result(MP4, SRT)),
        ({"output": [SRT, MP4]}, Result(MP4, SRT)),
        ({"output": [{"url": MP4}, {"url": SRT}]}, Result(MP4, SRT)),
        ({"output": {"video_url": MP4, "caption_url": SRT}}, Result(MP4, SRT)),
        ({"output": {"url": MP4}}, Result(MP4)),
        (
            {"request_id": "r1", "metrics": {"inference_time": 84, "cost": 0.31}, "output": MP4},
            Result(MP4, "", 0.31, "r1"),
        ),
        # Reference footage is echoed next to the output, and is not the result.
        ({"video_url": "https://me.example/footage.mp4", "output": MP4}, Result(MP4)),
    ],
)
def test_a_result_is_found_in_every_shape(body: Any, result: Result) -> None:
    assert result_of(body) == result


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        "",
        "done",
        7,
        {"output": None},
        {"output": ""},
        {"output": []},
        {"output": {}},
        {"video_url": "javascript:x"},
        {"video_url": "https://[bad"},
        {"output": SRT},
        {"status_url": MP4},
    ],
)
def test_a_body_without_a_video_is_no_result(body: Any) -> None:
    assert result_of(body) is None


def test_a_status_is_read_in_any_case_but_only_from_text() -> None:
    assert status_of({"status": " completed "}) == "COMPLETED"
    assert status_of({"status": 404}) == status_of([]) == status_of(None) == ""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": "No such avatar"}', "No such avatar"),
        (b'{"message": "No such avatar"}', "No such avatar"),
        (b'{"detail": "No such avatar"}', "No such avatar"),
        (b'{"error": {"message": "No such avatar", "code": 3}}', "No such avatar"),
        (b'{"detail": [{"loc": ["body", "fit"], "msg": "not a choice"}]}', "fit: not a choice"),
        (b'{"loc": ["\\u001b[2J\\u0000<b>fit"], "msg": "no"}', "[2J fit: no"),
        (b'["No such avatar", "No such voice"]', "No such avatar; No such voice"),
        (b'[{"msg": "No such avatar"}]', "No such avatar"),
        (
            b"<html><head><title>x</title></head><h1>502 Bad &amp; Gone</h1></html>",
            "502 Bad & Gone",
        ),
        (b"plain\n  words", "plain words"),
        (b"", ""),
        (b"{}", ""),
        (b'{"status": "FAILED", "error": null}', ""),
        (b"\xff\xfe", "��"),
        (b"[" * 100_000, "[" * 299 + "…"),
    ],
)
def test_the_message_is_found_in_every_error_body(body: bytes, text: str) -> None:
    assert error_text(body) == text


def test_an_error_message_does_not_turn_around_what_follows_it() -> None:
    assert error_text('{"error": "Too long\u202e. \u2066Try again"}') == "Too long. Try again"


def test_an_error_message_is_cut_at_300_characters() -> None:
    assert error_text('{"error": "' + "word " * 1000 + '"}').endswith("word…")
    assert len(error_text("x" * 10_000)) == 300


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22 12:00:00",
        "Sun, 22 Nov 2026 12:00:00 GMT",
        NOON.timestamp(),
        NOON.timestamp() * 1000,
    ],
)
def test_a_time_is_parsed_in_every_format(value: Any) -> None:
    assert parse_time(value) == NOON


@pytest.mark.parametrize("value", [None, "", "yesterday", {}, "9999999999999999999", "2026-99-99"])
def test_a_value_that_is_not_a_time_is_none(value: Any) -> None:
    assert parse_time(value) is None


RAW = {
    "request_id": "r1",
    "model_name": "heygen-avatar-v",
    "model_status": "completed",
    "credits_deduction": "0.31",
    "request_body": '{"prompt": "Hello"}',
    "generation_url": MP4,
    "created_at": "2026-11-22T12:00:00Z",
}
ROW = HistoryRow("r1", "COMPLETED", 0.31, {"prompt": "Hello"}, NOON, MP4)


@pytest.mark.parametrize(
    "body", [RAW, [RAW], {"data": [RAW]}, {"data": {"rows": [RAW]}, "page": 1}, {"request": RAW}]
)
def test_history_rows_are_found_in_every_wrapper(body: Any) -> None:
    assert history_rows(body) == [ROW]


@pytest.mark.parametrize("body", [None, [], {}, "", {"data": []}, {"error": "x"}])
def test_a_history_without_rows_is_empty(body: Any) -> None:
    assert history_rows(body) == []


@pytest.mark.parametrize("key", ["model_created", "created_at", "createdAt", "request_creation"])
def test_the_time_of_a_row_is_found_under_every_likely_key(key: str) -> None:
    raw = {name: value for name, value in RAW.items() if name != "created_at"}
    assert history_rows({**raw, key: "2026-11-22T12:00:00Z"}) == [ROW]


def test_a_request_with_a_row_for_each_output_is_one_request() -> None:
    rows = history_rows([{**RAW, "generation_url": SRT}, RAW])
    assert [(row.video_url, row.caption_url) for row in rows] == [(MP4, SRT)]


def test_a_running_request_has_no_cost_yet() -> None:
    (row,) = history_rows({**RAW, "model_status": "PENDING", "credits_deduction": 0})
    assert row.cost_usd is None


def row(request_id: str, body: dict[str, Any], minutes: float = 0) -> HistoryRow:
    return HistoryRow(
        request_id, "PENDING", body=body, created_at=NOON + timedelta(minutes=minutes)
    )


BODY = {"prompt": "Hello", "avatar": "Abigail Sofa Front", "caption": True}


def test_a_lost_submission_matches_the_row_with_the_same_body() -> None:
    rows = [row("other", {**BODY, "prompt": "Bye"}), row("lost", {**BODY, "seed": 7})]
    assert match_submission(rows, BODY, NOON, set()) == ["lost"]


def test_a_row_with_a_parameter_that_was_not_sent_does_not_match() -> None:
    assert match_submission([row("a", {**BODY, "background": "#FFFFFF"})], BODY, NOON, set()) == []
    assert match_submission([row("a", {**BODY, "background": None})], BODY, NOON, set()) == ["a"]
    assert match_submission([row("a", {"prompt": "Hello"})], BODY, NOON, set()) == []


def test_rows_before_the_submission_do_not_match_except_within_clock_skew() -> None:
    assert match_submission([row("old", BODY, minutes=-3)], BODY, NOON, set()) == []
    assert match_submission([row("near", BODY, minutes=-1.9)], BODY, NOON, set()) == ["near"]
    assert match_submission([HistoryRow("when?", "PENDING", body=BODY)], BODY, NOON, set()) == []


def test_rows_of_other_takes_do_not_match_but_two_equal_rows_both_do() -> None:
    rows = [row("mine", BODY), row("twin", BODY), row("third", BODY)]
    assert match_submission(rows, BODY, NOON, {"mine"}) == ["twin", "third"]


def test_a_body_that_is_not_json_decodes_to_none() -> None:
    assert decode_json(b"<html>") is None
    assert decode_json(b"\xff") is None
