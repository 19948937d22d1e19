"""What Segmind answers, read without a network: results in every shape, times, error texts.

Pure and tolerant: the API's pages, its SDK and code that uses it show different bodies for the
same answer.
"""

import html
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

SAID_LIMIT = 300  # characters of an error text that are kept
DEPTH = 4  # how deep in a body something is looked for: its nesting has no end
MOST_OUTPUTS = 20  # of a list that are looked at; one render has a video and its captions
RETRY_AFTER = 30.0  # seconds to wait after a 429 that names none
RETRY_AFTER_LIMIT = 3600.0


@dataclass(frozen=True, slots=True)
class Submitted:
    """v2 took the job; it is known by this id from now on."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The job goes on: QUEUED, PROCESSING or PENDING."""

    status: str


@dataclass(frozen=True, slots=True)
class Result:
    """A finished video. `video_url` is https, or file:// where the API answered with the bytes."""

    video_url: str
    caption_url: str = ""  # "" when HeyGen returned no captions
    cost_usd: float | None = None
    request_id: str = ""  # "" where the answer names none (v1)


def decoded(content: bytes | str) -> Any:
    """The JSON in a body, or None where there is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def status_of(body: Any) -> str:
    """The job's status in capitals; "" when the body names none."""
    status = body.get("status") if isinstance(body, dict) else None
    return status.strip().upper() if isinstance(status, str) else ""


def request_id_of(body: Any) -> str:
    value = body.get("request_id") if isinstance(body, dict) else None
    return str(value) if value and isinstance(value, str | int) else ""


def result_of(body: Any) -> Result | None:
    """The video in an answer: `output` as text, list or object, or the URLs beside it."""
    video, captions = urls(body)
    if not video:
        return None
    metrics = body.get("metrics") if isinstance(body, dict) else None
    cost = number(metrics.get("cost")) if isinstance(metrics, dict) else None
    return Result(video, captions, cost, request_id_of(body))


def urls(value: Any, depth: int = DEPTH) -> tuple[str, str]:
    """The first video and the first captions in a value of any shape; "" for none."""
    if isinstance(value, str):
        return _video_or_captions(value)
    found: list[tuple[str, str]] = []
    if isinstance(value, list) and depth:
        found = [urls(each, depth - 1) for each in value[:MOST_OUTPUTS]]
    elif isinstance(value, dict) and depth:
        captions = value.get("caption_url")
        found = [urls(value.get(key), depth - 1) for key in ("output", "video_url", "url")]
        found.append(("", captions if isinstance(captions, str) else ""))
    video = next((video for video, _ in found if video), "")
    return video, next((captions for _, captions in found if captions), "")


def _video_or_captions(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https"):
        return "", ""
    return ("", url) if parts.path.lower().endswith((".srt", ".vtt")) else (url, "")


def number(value: Any) -> float | None:
    try:
        found = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(value: Any) -> datetime | None:
    """A time in UTC from ISO 8601, an HTTP date, or seconds or milliseconds since 1970."""
    since_1970 = number(value)
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


def retry_after(header: str | None, now: datetime) -> float:
    """Seconds to wait after a 429, from a `Retry-After` in seconds or as a date."""
    seconds = number(header)
    if seconds is None and header and (date := moment(header)):
        seconds = (date - now).total_seconds()
    return RETRY_AFTER if seconds is None else min(max(seconds, 1.0), RETRY_AFTER_LIMIT)


def said(content: bytes | str) -> str:
    """What an error body says, as one plain line: JSON of any shape, HTML or text. Never raises."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    body = decoded(text)
    return sentence(text if body is None else body)


def sentence(value: Any, depth: int = DEPTH) -> str:
    """The error text in a decoded value, at most SAID_LIMIT characters."""
    if isinstance(value, dict):
        keys = ("error", "message", "detail", "msg", "errors")
        text = next((s for k in keys if depth and (s := sentence(value.get(k), depth - 1))), "")
        where = value.get("loc")  # FastAPI names the wrong field beside its `msg`
        text = f"{where[-1]}: {text}" if text and isinstance(where, list) and where else text
    elif isinstance(value, list):
        parts = [sentence(each, depth - 1) for each in value[:10]] if depth else []
        text = "; ".join(part for part in parts if part)
    else:
        text = "" if value is None or isinstance(value, bool) else str(value)[:4000]
        text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<[a-z/!][^>]*>", " ", text)
        text = html.unescape(text)
    text = " ".join(text.split())
    return text if len(text) <= SAID_LIMIT else text[: SAID_LIMIT - 1].rstrip() + "…"
