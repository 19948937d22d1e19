"""Segmind's request history, read without a network: its rows, and a lost submission among them.

Pure. https://api.spotprod.segmind.com/inference-request/request-history lists every request of the
key with its inputs, its outcome and what it really cost. Key names that are not documented are
looked for under the likely ones.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bot.segmind.responses import (
    DEPTH,
    Result,
    decoded,
    moment,
    number,
    request_id_of,
    sentence,
    status_of,
    urls,
)

MOST_ROWS = 1000  # of an answer; a page has at most 100 requests, with a row for each output
CLOCK_SKEW = timedelta(seconds=120)  # between Segmind's clock and ours


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One request as the history knows it."""

    request_id: str
    status: str  # COMPLETED, FAILED or PENDING
    cost_usd: float | None = None  # None until the request is over
    body: dict[str, Any] = field(default_factory=dict)  # the inputs as sent
    created_at: datetime | None = None  # UTC
    video_url: str = ""
    caption_url: str = ""
    error: str = ""

    @property
    def result(self) -> Result | None:
        if not self.video_url:
            return None
        return Result(self.video_url, self.caption_url, self.cost_usd, self.request_id)


def history_rows(body: Any) -> list[HistoryRow]:
    """Every request in an answer, once.

    What the rows are wrapped in is not documented: whatever holds a `request_id` is one.
    """
    rows: dict[str, HistoryRow] = {}
    add(rows, map(_row, islice(_rows_in(body), MOST_ROWS)))
    return list(rows.values())


def add(rows: dict[str, HistoryRow], found: Iterable[HistoryRow]) -> None:
    """To `rows` by their id: the history has one row for each output of a request."""
    for row in found:
        known = rows.get(row.request_id, row)
        rows[row.request_id] = replace(
            known,
            video_url=known.video_url or row.video_url,
            caption_url=known.caption_url or row.caption_url,
        )


def _rows_in(body: Any, depth: int = DEPTH) -> Iterable[dict[str, Any]]:
    if isinstance(body, dict) and request_id_of(body):
        yield body
    elif isinstance(body, dict | list) and depth:
        for value in body.values() if isinstance(body, dict) else body:
            yield from _rows_in(value, depth - 1)


def _row(raw: dict[str, Any]) -> HistoryRow:
    body = raw.get("request_body")
    body = decoded(body) if isinstance(body, str) else body
    # Captions are not documented here: they may be a second output, or a key of their own.
    video, captions = urls(
        {"output": raw.get("generation_url"), "caption_url": raw.get("caption_url")}
    )
    status = status_of({"status": raw.get("model_status") or raw.get("status")})
    is_over = status in ("COMPLETED", "FAILED")
    return HistoryRow(
        request_id=request_id_of(raw),
        status=status,
        cost_usd=number(raw.get("credits_deduction")) if is_over else None,
        body=body if isinstance(body, dict) else {},
        created_at=_created(raw),
        video_url=video,
        caption_url=captions,
        error=sentence(raw.get("error")),
    )


def _created(raw: dict[str, Any]) -> datetime | None:
    """When the request came in; the documentation says only "timestamps"."""
    likely = ["model_created", "created_at", "createdAt"]
    others = [key for key in raw if "creat" in key.lower() and key not in likely]
    times = (moment(raw.get(key)) for key in likely + others)
    return next((time for time in times if time), None)


# Parameters that mean "not given" when blank. One that we did not send and a row has filled in
# was somebody else's; any other key that is new in a row is a default that Segmind added.
_BLANK_UNLESS_GIVEN = frozenset(
    {"prompt", "audio_url", "avatar_id", "voice_id", "background", "video_url"}
)


def match_submission(
    rows: Iterable[HistoryRow], body: dict[str, Any], since: datetime, claimed: Collection[str]
) -> list[str]:
    """The ids of requests that may be a submission of `body` whose answer was lost.

    One id: that is the request. None: not accepted, or its row is late. Several: ask a person.
    `since` is when it went out (UTC); `claimed` holds the ids that other takes own.
    """
    return [
        row.request_id
        for row in rows
        if row.request_id not in claimed
        and row.created_at is not None
        and row.created_at >= since - CLOCK_SKEW
        and _same(row.body, body)
    ]


def _same(row_body: dict[str, Any], sent: dict[str, Any]) -> bool:
    if any(row_body.get(key) for key in _BLANK_UNLESS_GIVEN - sent.keys()):
        return False
    return all(key in row_body and row_body[key] == value for key, value in sent.items())
