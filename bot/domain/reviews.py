"""Reviews: decisions about a take, notes on it, and its reviewers. Pure.

A **decision** is one person's about one take; the strictest one counts. A **note** is something to
change: the reason of a request for changes, or a reply in the thread that has a **timecode**,
mentions the bot, or was marked as a note. All other replies are conversation. A **reviewer** is
somebody chosen in the form: they are mentioned once, then reminded every working day.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from bot.domain.takes import Request, Take


class Decision(StrEnum):
    APPROVED = "approved"
    CHANGES = "changes_requested"


def may_be_shared(take: Take, request: Request) -> bool:
    """It is approved; or it is in a direct message with the bot, where nobody reviews it."""
    return take.decision == Decision.APPROVED or not request.has_reviewers


NO_FILE = "Slack doesn't have the file of take {}. Share its link."


def has_file(take: Take) -> bool:
    """Whether Slack has its file, and not only a link to it."""
    return bool(take.video_file_id) and not take.message_ts


@dataclass(frozen=True, slots=True)
class Review:
    """One row of `reviews`. `sha256` identifies the file that was reviewed."""

    take_id: str
    user_id: str
    decision: Decision
    note: str
    at: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Somebody has undone their decision, and not decided again. Older logs don't say which."""

    user_id: str
    at: str
    decision: Decision | None


DIGEST_LENGTH = 8


class NoteKind(StrEnum):
    NOTE = ""  # as all were before replies could be conversation
    REPLY = "reply"  # kept because it may be marked as a note


@dataclass(frozen=True, slots=True)
class Note:
    """One row of `notes`. Times are seconds into the video; `spoken` is the sentence there.

    A note with several timecodes has the first one here.
    """

    id: str
    request_id: str
    take_id: str
    user_id: str
    at: str
    text: str
    start_seconds: float | None = None
    end_seconds: float | None = None
    spoken: str = ""
    answered_by: str = ""  # the take that addresses it, or the person who resolved it
    kind: str = NoteKind.NOTE

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def is_note(self) -> bool:
        return self.kind == NoteKind.NOTE


@dataclass(frozen=True, slots=True)
class NoteList:
    """The first notes of a thread: open ones, others, replies; each in the order of the video."""

    shown: Sequence[Note]
    is_open: frozenset[str]  # the ids of the open ones among these


@dataclass(frozen=True, slots=True)
class NoteCounts:
    """`everything`: with replies; `open_or_on_take`: all open notes, and the others on one take."""

    everything: int
    still_open: int
    open_or_on_take: int


@dataclass(frozen=True, slots=True)
class SignOff:
    """One row of `sign_offs`: somebody signed off the script of a take, whose hash is `sha256`."""

    take_id: str
    user_id: str
    at: str
    sha256: str


def script_sha256(script: str) -> str:
    """Identifies what was signed off. Spaces around the script don't count."""
    return hashlib.sha256(script.strip().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One row of `reviewers`."""

    request_id: str
    user_id: str
    take_id: str = ""  # the take whose message mentions them
    told_at: str = ""  # when they were mentioned, or last reminded
    # 0 is asked first, 1 once they have approved; negative: left out (reviewing/rounds.py).
    round: int = 0
    away_at: str = ""  # since when they are not reminded: deactivated, or they cannot be messaged


def share_id(view_id: str, take_id: str) -> str:
    """The `form_id` of a share: no two takes have the same one, whatever id a payload has.

    Otherwise the message of one is never updated or deleted, which is owed under this id.
    """
    return hashlib.sha256(f"{view_id}.{take_id}".encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """A take in another channel. `form_id`: the id of the form that was submitted (`share_id`, or
    in older ones that of the view). `file_id`: the copy, once it was uploaded.

    `said`: the words of who shared it, "" if the log does not have them (anymore); `ts`: of the
    message in that channel, "" if it is not known; `unshared_by`: "" if it is still there; `at`:
    when it was shared. `to_publish`: a copy in the thread of the take, with the AI label burned in.
    """

    request_id: str
    take_id: str
    user_id: str
    channel_id: str
    form_id: str
    file_id: str = ""
    captions_file_id: str = ""
    said: str = ""
    ts: str = ""
    unshared_by: str = ""
    at: str = field(default="", compare=False)
    to_publish: bool = False
    burned_in: str = ""  # into a copy to publish; "" if the log doesn't know

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is still in another channel. A copy to publish is in the thread of the take,
        and goes with it."""
        return not (self.unshared_by or self.to_publish)


def verdict(decisions: Iterable[Decision], needed: int) -> Decision | None:
    """The decision that counts: the strictest. None while approvals are missing."""
    decided = list(decisions)
    if Decision.CHANGES in decided:
        return Decision.CHANGES
    return Decision.APPROVED if len(decided) >= needed else None


DAY_BEGINS, DAY_ENDS = 9, 18  # hours, in the person's time zone
SATURDAY = 5
# Somebody mentioned at midnight is reminded at nine: no reminder comes sooner than that.
SOONEST_REMINDER = timedelta(hours=DAY_BEGINS)


def is_due(now: datetime, told_at: datetime, zone: tzinfo) -> bool:
    """Whether to remind somebody: every working day, in working hours of their time zone."""
    here, told = now.astimezone(zone), told_at.astimezone(zone)
    by_day = DAY_BEGINS <= here.hour < DAY_ENDS and here.weekday() < SATURDAY
    return by_day and here.date() > told.date()
