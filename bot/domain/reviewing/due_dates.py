"""When a review should be done. Pure.

In forms it is a **day**, "2026-12-04" as in Slack's date picker. A take keeps it as a moment, the
end of that working day where the person is who chose it: so it means the same to everybody.
https://docs.slack.dev/reference/block-kit/block-elements/date-picker-element
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.reviews import DAY_ENDS

LONGEST = timedelta(days=366)


def problem(day: str, now: datetime, zone: tzinfo) -> str:
    """Why a review can't be due on that day; "" if it can, or no day is chosen.

    `now`: with a time zone; `zone`: of the person who has chosen it.
    """
    if not day:
        return ""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        return "That isn't a date. Choose one from the calendar."
    today = now.astimezone(zone).date()
    if chosen < today:
        return "That date has passed. Choose a later one."
    if chosen > today + LONGEST:
        return "That is more than a year ahead. Choose an earlier date."
    if _end_of(chosen, zone) <= now:
        return f"It's past {DAY_ENDS}:00 already. Choose a later date."
    return ""


def due_at(day: str, zone: tzinfo, *, kept: str = "") -> str:
    """When a review is due on that day: a time as in the log, or "" without a day.

    `kept`: when the take before is due. If that is on the same day, nothing changes, although
    somebody in another time zone may have sent the form.
    """
    if not day:
        return ""
    if kept and day_of(kept, zone) == day:
        return kept
    return _timestamp(_end_of(date.fromisoformat(day), zone))


def day_of(at: str, zone: tzinfo) -> str:
    """The day on which this moment is, for somebody in that time zone; "" if there is none."""
    return datetime.fromisoformat(at).astimezone(zone).date().isoformat() if at else ""


def is_past(at: str, now: datetime) -> bool:
    """Whether it was due before `now`; False without a due date."""
    return bool(at) and datetime.fromisoformat(at) <= now


def still_ahead(at: str, now: datetime) -> str:
    """`at`, or "" if it has passed: the next take doesn't inherit a due date that helps nobody."""
    return "" if is_past(at, now) else at


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(DAY_ENDS), zone)


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
