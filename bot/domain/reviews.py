"""Reviews: who decided what about a take, the notes on it, and who is still to look. Pure.

A **decision** is one person's about one take; the strictest counts. A **note** is a reply in the
thread, or what somebody asks to be changed; it may carry a **timecode**. A **reviewer** was named
in the form: mentioned once, then reminded once a working day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Decision(StrEnum):
    APPROVED = "approved"
    CHANGES = "changes_requested"


@dataclass(frozen=True, slots=True)
class Review:
    """One row of `reviews`. `sha256`: of the file that was decided about."""

    take_id: str
    user_id: str
    decision: Decision
    note: str
    at: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Note:
    """One row of `notes`. Seconds are those of the video; `spoken` is the sentence heard there."""

    id: str
    request_id: str
    take_id: str
    user_id: str
    at: str
    text: str
    start_seconds: float | None = None
    end_seconds: float | None = None
    spoken: str = ""
    answered_by: str = ""  # the take that answers it; "" is open


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One row of `reviewers`."""

    request_id: str
    user_id: str
    take_id: str = ""  # the take whose message mentions them
    told_at: str = ""  # mentioned, or last reminded
    away_at: str = ""  # nobody is reminded any more: deactivated, or the thread is out of reach


def verdict(decisions: Iterable[Decision], needed: int) -> Decision | None:
    """The strictest decision; None while the take is still open."""
    decided = list(decisions)
    if Decision.CHANGES in decided:
        return Decision.CHANGES
    return Decision.APPROVED if len(decided) >= needed else None


DAY_BEGINS, DAY_ENDS = 9, 18  # o'clock, where the person is
SATURDAY = 5
# Told at midnight at the latest, reminded at nine at the earliest: nobody is due before.
SHORTEST_PAUSE = timedelta(hours=DAY_BEGINS)


def is_due(now: datetime, told_at: datetime, utc_offset: timedelta) -> bool:
    """Once a working day, by day: `utc_offset` is that of the person, as of now."""
    here, told = now + utc_offset, told_at + utc_offset
    by_day = DAY_BEGINS <= here.hour < DAY_ENDS and here.weekday() < SATURDAY
    return by_day and here.date() > told.date()
