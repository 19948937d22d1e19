"""The calendar month that a budget is for, in the time zone of BUDGET_TIMEZONE. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Month:
    """`begins` and `ends` are times as in the log; a take of the month was requested in between.

    `name` is "November 2026", `next_begins` "December 1".
    """

    name: str
    begins: str
    ends: str  # the first moment that doesn't belong to it
    next_begins: str


def month_of(at: datetime, zone: tzinfo) -> Month:
    """The month of a time with a time zone."""
    local = at.astimezone(zone)
    first = datetime(local.year, local.month, 1, tzinfo=zone)
    later = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    following = datetime(*later, 1, tzinfo=zone)
    return Month(f"{first:%B %Y}", _timestamp(first), _timestamp(following), f"{following:%B} 1")


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
