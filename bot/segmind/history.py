"""Parses Segmind's request history, and finds lost submissions in it. No I/O.

https://api.spotprod.segmind.com/inference-request/request-history lists every request of the key
with its inputs, outcome and actual cost. Where a key's name is not documented, the likely names are
tried.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bot.domain.clocks import CLOCK_SKEW
from bot.domain.parameters import SCRIPT_LIMIT
from bot.domain.scripts.speech import spoken
from bot.segmind.responses import (
    MAX_DEPTH,
    Result,
    amount,
    decode_json,
    error_message,
    find_urls,
    parse_time,
    request_id_of,
    status_of,
)

MOST_ROWS = 1000  # in a response; a page has at most 100 requests, with a row for each output
# Of the inputs in a row. What was sent is shorter; what is cut off here can't be the same.
MOST_INPUTS, LONGEST_NAME = 50, 100
LONGEST_INPUT, MOST_CHARACTERS = 3 * SCRIPT_LIMIT, 4 * SCRIPT_LIMIT
MOST_TIMES = 10  # of the names in a row that may be of its time
# Rows that are compared without their emoji, which takes milliseconds for each.
MOST_WITH_EMOJI = 20
SETTLED_AFTER = timedelta(hours=1)  # since the request was made


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One request in the history."""

    request_id: str
    status: str  # COMPLETED, FAILED or PENDING
    cost_usd: float | None = None  # None until the request has ended
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
    """The requests in a response, each once.

    How rows are wrapped is not documented, so any object with a `request_id` counts as one.
    """
    rows: dict[str, HistoryRow] = {}
    merge_rows(rows, map(_row, islice(_rows_in(body), MOST_ROWS)))
    return list(rows.values())


def merge_rows(rows: dict[str, HistoryRow], found: Iterable[HistoryRow]) -> None:
    """Adds to `rows` by request id, since the history has one row for each output of a request."""
    for row in found:
        known = rows.get(row.request_id, row)
        rows[row.request_id] = replace(
            known,
            cost_usd=row.cost_usd if known.cost_usd is None else known.cost_usd,
            video_url=known.video_url or row.video_url,
            caption_url=known.caption_url or row.caption_url,
        )


def _rows_in(body: Any, depth: int = MAX_DEPTH) -> Iterable[dict[str, Any]]:
    if isinstance(body, dict) and request_id_of(body):
        yield body
    elif isinstance(body, dict | list) and depth:
        for value in body.values() if isinstance(body, dict) else body:
            yield from _rows_in(value, depth - 1)


def _row(raw: dict[str, Any]) -> HistoryRow:
    body = raw.get("request_body")
    body = decode_json(body) if isinstance(body, str) else body
    # Captions are not documented here: they may be a second output, or have their own key.
    video, captions = find_urls(
        {"output": raw.get("generation_url"), "caption_url": raw.get("caption_url")}
    )
    status = status_of({"status": raw.get("model_status") or raw.get("status")})
    created_at = _created_at(raw)
    return HistoryRow(
        request_id=request_id_of(raw),
        status=status,
        cost_usd=_cost(raw, status, created_at),
        body=_inputs(body) if isinstance(body, dict) else {},
        created_at=created_at,
        video_url=video,
        caption_url=captions,
        error=error_message(raw.get("error")),
    )


def _inputs(body: dict[str, Any]) -> dict[str, Any]:
    """As much of them as is compared: thousands of rows are in memory at once."""
    found: dict[str, Any] = {}
    left = MOST_CHARACTERS
    for name, value in islice(body.items(), MOST_INPUTS):
        if isinstance(value, str):
            value = value and (value[: min(LONGEST_INPUT, left)] or "…")
            left = max(left - len(value), 0)
        elif isinstance(value, list | dict):  # nothing that is sent is one
            value = "…" if value else ""
        found[name[:LONGEST_NAME]] = value
    return found


def _cost(raw: dict[str, Any], status: str, created_at: datetime | None) -> float | None:
    """None until the charge is settled. Right after a render, a row can still show 0."""
    if status not in ("COMPLETED", "FAILED"):
        return None
    cost = amount(raw.get("credits_deduction"))
    settled = created_at is not None and datetime.now(UTC) - created_at > SETTLED_AFTER
    return None if cost == 0 and status == "COMPLETED" and not settled else cost


def _created_at(raw: dict[str, Any]) -> datetime | None:
    """When the request was made. The documentation says only that there are timestamps."""
    likely = ["model_created", "created_at", "createdAt"]
    others = (key for key in raw if "creat" in key.lower() and key not in likely)
    times = (parse_time(raw.get(key)) for key in [*likely, *islice(others, MOST_TIMES)])
    return next((time for time in times if time), None)


# Blank means "not given" for these. If a row has a value for one that we did not send, it is
# somebody else's request; any other key that we did not send is a default that Segmind added.
_BLANK_UNLESS_GIVEN = frozenset(
    {"prompt", "audio_url", "avatar_id", "voice_id", "background", "video_url"}
)


def match_submission(
    rows: Iterable[HistoryRow],
    body: dict[str, Any],
    since: datetime,
    already_matched: Collection[str],
) -> list[str]:
    """The ids of requests that may be a submission of `body` whose response was lost.

    One id: that is the request. None: it was not accepted, or its row is late. Several: a person
    has to decide. `since` is when it was submitted; `already_matched` are the ids of other takes.
    """
    recent = [
        row
        for row in rows
        if row.request_id not in already_matched
        and row.created_at is not None
        and row.created_at >= since - CLOCK_SKEW
    ]
    found = [row.request_id for row in recent if _same_request(row.body, body)]
    return found or _with_emoji(recent, body)


def _same_request(row_body: dict[str, Any], sent: dict[str, Any]) -> bool:
    if any(row_body.get(key) for key in _BLANK_UNLESS_GIVEN - sent.keys()):
        return False
    return all(key in row_body and row_body[key] == value for key, value in sent.items())


def _with_emoji(rows: Iterable[HistoryRow], sent: dict[str, Any]) -> list[str]:
    """Submissions of earlier releases still had their emoji."""
    scripts = (
        (row.request_id, script)
        for row in rows
        if isinstance(script := row.body.get("prompt"), str)
        and len(script) <= SCRIPT_LIMIT
        and _same_request(row.body, {**sent, "prompt": script})
    )
    few = islice(scripts, MOST_WITH_EMOJI)
    return [request_id for request_id, script in few if spoken(script) == sent.get("prompt")]
