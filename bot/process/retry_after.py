"""The `Retry-After` header: seconds or an HTTP date, or whatever a proxy has made of it."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MIN_SECONDS = 1.0
# Whoever asks for an hour is asked again now and then: it may be a mistake, or over sooner.
MAX_SECONDS = 300.0


def retry_after(header: str | None, now: datetime, *, default: float) -> float:
    """The seconds to wait, between 1 and 300; `default` if the header is missing or unreadable.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    if not header:
        return default
    seconds = _seconds(header, now)
    if not math.isfinite(seconds):
        return default
    return min(max(seconds, MIN_SECONDS), MAX_SECONDS)


def _seconds(header: str, now: datetime) -> float:
    try:
        return float(header)
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return math.nan
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - now).total_seconds()
