"""Parses Segmind's responses: results in every shape, times, error messages. No I/O.

Tolerant, because the API's documentation, its SDK and code that uses it show different bodies for
the same response.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.text import one_line, read_json, unescape_html

MAX_ERROR_CHARS = 300
MAX_URL_CHARS = 4000  # signed ones have some hundred
IN_NO_URL = re.compile(r"[\s\x00-\x1f\x7f|<>]")
REQUEST_ID = re.compile(r"[\w.:-]{1,200}", re.ASCII)
MAX_STATUS_CHARS = 40
# A tag, or what isn't shown of a page, up to its end: then no text is read more than once.
HTML = re.compile(r"(?is)<(script|style|head)\b.*?(?:</\1>|\Z)|<[a-z/!][^<>]*>")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_AMOUNT_USD = 10_000.0
# The API documents COMPLETED, FAILED, QUEUED, PROCESSING and PENDING, and has used others.
COMPLETED_WORDS = {
    "COMPLETED",
    "COMPLETE",
    "SUCCESS",
    "SUCCESSFUL",
    "SUCCEEDED",
    "DONE",
    "FINISHED",
}
FAILED_WORDS = {
    *("FAILED", "FAILURE", "FAIL", "ERROR", "ERRORED", "REJECTED", "EXPIRED", "TIMEOUT"),
    *("TIMED_OUT", "TIMEDOUT", "TIME_OUT", "CANCELLED", "CANCELED", "CANCEL", "ABORTED"),
    *("TERMINATED", "KILLED", "DEAD", "BLOCKED"),
}
RUNNING_WORDS = {
    *("QUEUED", "PROCESSING", "PENDING", "IN_QUEUE", "IN_PROGRESS", "RUNNING", "STARTED"),
    *("INPROGRESS", "STARTING", "SUBMITTED", "WAITING", "RENDERING"),
}
MOST_OUTPUTS = 20  # of a list that are searched; a render has a video and its captions
MAX_DEPTH = 4  # levels of a body that are searched: its nesting has no limit


@dataclass(frozen=True, slots=True)
class Submitted:
    """v2 accepted the request and gave it this id."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Not finished: QUEUED, PROCESSING or PENDING."""

    status: str


@dataclass(frozen=True, slots=True)
class Result:
    """A finished video. `video_url` is https, or file:// if the response was the video itself."""

    video_url: str
    caption_url: str = ""  # "" when HeyGen returned no captions
    cost_usd: float | None = None
    request_id: str = ""  # "" if the response has none (v1)

    @property
    def urls(self) -> set[str]:
        return {self.video_url, self.caption_url} - {""}


def decode_json(content: bytes | str) -> Any:
    """The decoded JSON, or None if it is not JSON."""
    try:
        return read_json(content)
    except (ValueError, RecursionError):
        return None


def status_word(body: Any) -> str:
    """The status as the body spells it, in capitals with underscores; "" if it has none."""
    status = body.get("status") if isinstance(body, dict) else None
    words = re.findall(r"[^\W_]+", status[:MAX_STATUS_CHARS]) if isinstance(status, str) else []
    return "_".join(words).upper()


def status_of(body: Any) -> str:
    """COMPLETED or FAILED in any spelling, or another status as it is; "" if the body has none."""
    word = status_word(body)
    if word in COMPLETED_WORDS:
        return "COMPLETED"
    return "FAILED" if word in FAILED_WORDS else word


def request_id_of(body: Any) -> str:
    """Empty if it can't be an ID: it becomes part of addresses, and a key in the log."""
    value = body.get("request_id") if isinstance(body, dict) else None
    found = str(value) if value and isinstance(value, str | int) else ""
    return found if REQUEST_ID.fullmatch(found) else ""


def is_outcome(body: Any) -> bool:
    """Whether a request has ended, in the documented words."""
    return isinstance(body, dict) and body.get("status") in ("COMPLETED", "FAILED")


def result_of(body: Any) -> Result | None:
    """The video in a body: in `output` as text, list or object, or in the URLs next to it."""
    video, captions = find_urls(body)
    if not video:
        return None
    metrics = body.get("metrics") if isinstance(body, dict) else None
    cost = amount(metrics.get("cost")) if isinstance(metrics, dict) else None
    # A cost of 0 means that the charge is not settled yet.
    return Result(video, captions, cost or None, request_id_of(body))


def names_video(body: Any) -> bool:
    """Whether an error names a video: not in `url`, where it may name its documentation."""
    fields = [body.get(key) for key in ("output", "video_url")] if isinstance(body, dict) else []
    return any(find_urls(each)[0] for each in fields)


def find_urls(value: Any, depth: int = MAX_DEPTH) -> tuple[str, str]:
    """The first video URL and the first captions URL in a value of any shape; "" for none."""
    if isinstance(value, str):
        return _video_or_captions(value)
    found: list[tuple[str, str]] = []
    if isinstance(value, list) and depth:
        found = [find_urls(each, depth - 1) for each in value[:MOST_OUTPUTS]]
    elif isinstance(value, dict) and depth:
        captions = value.get("caption_url")
        is_one = isinstance(captions, str) and is_web(captions)
        found = [find_urls(value.get(key), depth - 1) for key in ("output", "video_url", "url")]
        found.append(("", str(captions) if is_one else ""))
    video = next((video for video, _ in found if video), "")
    return video, next((captions for _, captions in found if captions), "")


def _video_or_captions(url: str) -> tuple[str, str]:
    url = url.strip()
    if not is_web(url):
        return "", ""
    path = urlsplit(url).path.lower()
    if path.endswith((".jpg", ".jpeg", ".png", ".gif")):  # a preview
        return "", ""
    return ("", url) if path.endswith((".srt", ".vtt")) else (url, "")


def is_web(url: str) -> bool:
    """Not so for a file:// address, which would name a file of the bot's own, or an endless one."""
    try:
        is_one = len(url) <= MAX_URL_CHARS and not IN_NO_URL.search(url)
        return is_one and urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def finite_number(value: Any) -> float | None:
    try:
        found = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def amount(value: Any) -> float | None:
    """An amount in USD; None for anything that cannot be one."""
    usd = None if isinstance(value, bool) else finite_number(value)
    return abs(usd) if usd is not None and 0 <= usd <= MAX_AMOUNT_USD else None  # -0.0 is 0


def parse_time(value: Any) -> datetime | None:
    """A UTC time from ISO 8601, an HTTP date, or seconds or milliseconds since 1970."""
    since_1970 = finite_number(value)
    try:
        if since_1970 is not None:
            return datetime.fromtimestamp(since_1970 / (1000 if since_1970 > 1e11 else 1), UTC)
        if not isinstance(value, str):
            return None
        iso = value[:4].isdigit()
        time = datetime.fromisoformat(value) if iso else parsedate_to_datetime(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def error_text(content: bytes | str) -> str:
    """The message in an error body (JSON of any shape, HTML or text) as one line. Never raises."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    body = decode_json(text)
    return error_message(text if body is None else body)


def error_message(value: Any, depth: int = MAX_DEPTH) -> str:
    """The message in decoded JSON, at most MAX_ERROR_CHARS characters."""
    if isinstance(value, dict):
        keys = ("error", "message", "detail", "msg", "errors")
        text = next(
            (s for k in keys if depth and (s := error_message(value.get(k), depth - 1))), ""
        )
        where = value.get("loc")  # FastAPI names the field next to its `msg`
        if text and isinstance(where, list) and where:
            text = f"{error_message(where[-1], 0)}: {text}"
    elif isinstance(value, list):
        parts = [error_message(each, depth - 1) for each in value[:10]] if depth else []
        text = "; ".join(part for part in parts if part)
    else:
        text = "" if value is None or isinstance(value, bool) else str(value)[:4000]
        text = HTML.sub(" ", text)
        text = CONTROL.sub(" ", unescape_html(text))
    text = one_line(text)  # nothing in it turns around what the bot says next
    return text if len(text) <= MAX_ERROR_CHARS else text[: MAX_ERROR_CHARS - 1].rstrip() + "…"
