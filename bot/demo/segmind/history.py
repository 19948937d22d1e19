"""The request history: each request with its state and its cost.

The filters and the fields of a row are those of the official SDK's `generations.history`. How a
page is wrapped ({"data": […], "page", "per_page", "total"}) is not published; this is a guess.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.demo.segmind.jobs import Job

LONGEST_WINDOW_DAYS = 31
DEFAULT_WINDOW_DAYS = 7
STATUSES = ("COMPLETED", "FAILED", "PENDING")
SORTS = ("model_created", "model_name", "credits_deduction")
KNOWN = {"page", "per_page", "from_date", "to_date", "model_name", "status", "sort_by"} | {
    "sort_order", "user_id", "user_email"
}  # fmt: skip


def is_visible(job: Job, now: datetime) -> bool:
    """Whether the job's row is visible; each call counts as one look-up."""
    job.history_lookups += 1
    late = job.outcome
    return (
        job.history_lookups > late.history_late_lookups
        and (now - job.created).total_seconds() >= late.history_late_seconds
    )


def rows_of(job: Job) -> list[dict[str, Any]]:
    """The rows of one request: one, or one for each output with the full charge."""
    row = {
        "request_id": job.request_id,
        "model_name": job.model,
        "model_status": job.state if job.over else "PENDING",
        "credits_deduction": job.charged_usd if job.over else 0.0,
        "request_body": dict(job.body),
        "generation_url": job.video_url if job.rendering and job.state == "COMPLETED" else None,
        "latency_ms": None,
        "model_created": job.created.isoformat(),
        "model_finished": job.finished.isoformat() if job.finished else None,
        "error": job.error,
    }
    if job.finished:
        row["latency_ms"] = round((job.finished - job.created).total_seconds() * 1000)
    if job.state == "COMPLETED" and job.outcome.row_per_output and job.caption_url:
        return [row, {**row, "generation_url": job.caption_url}]
    return [row]


def page_of(jobs: Iterable[Job], query: Mapping[str, str], today: date) -> dict[str, Any]:
    """One page of the history. Raises ValueError with the error text."""
    if unknown := sorted(set(query) - KNOWN):
        raise ValueError(f"Unknown parameter: {unknown[0]}.")
    page = _number(query, "page", 1, 1, 1_000_000)
    per_page = _number(query, "per_page", 20, 1, 100)
    status = _choice(query, "status", STATUSES)
    sort_by = _choice(query, "sort_by", SORTS) or SORTS[0]
    newest_first = (_choice(query, "sort_order", ("desc", "asc")) or "desc") == "desc"
    first, last = _window(query, today)
    rows = [
        row
        for job in jobs
        if first <= job.created.date() <= last and query.get("model_name", "") in job.model
        for row in rows_of(job)
        if status in (None, row["model_status"])
    ]
    rows.sort(key=lambda row: row[sort_by], reverse=newest_first)
    shown = rows[(page - 1) * per_page : page * per_page]
    return {"data": shown, "page": page, "per_page": per_page, "total": len(rows)}


def _number(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = query.get(name, str(default))
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ValueError(f"{name} must be a number from {low} to {high}.")
    return int(value)


def _choice(query: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}.")
    return value


def _window(query: Mapping[str, str], today: date) -> tuple[date, date]:
    """First and last day, both inclusive; by default the last seven days."""
    try:
        last = date.fromisoformat(query["to_date"]) if "to_date" in query else today
        first = (
            date.fromisoformat(query["from_date"])
            if "from_date" in query
            else last - timedelta(days=DEFAULT_WINDOW_DAYS)
        )
    except ValueError:
        raise ValueError("from_date and to_date must be dates: YYYY-MM-DD.") from None
    if first > last:
        raise ValueError("from_date must not be after to_date.")
    if (last - first).days > LONGEST_WINDOW_DAYS:
        raise ValueError(f"The window may span at most {LONGEST_WINDOW_DAYS} days.")
    return first, last
