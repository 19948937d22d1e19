"""Reviews: who decided what about a take, the notes on it, and who is still to look. Pure.

A **decision** is one person's about one take; the strictest counts. A **note** is a reply in the
thread, or what somebody asks to be changed; it may carry a **timecode**. A **reviewer** was named
in the form: mentioned once, then reminded once a working day.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.domain.takes import Parameters


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


# --- timecodes, and what is spoken there ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cue:
    """Something spoken from `start` to `end`, in seconds: a caption, a word or a sentence."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Timecode:
    """Seconds; `end` is `start` where a moment is meant. `leads`: the note begins with it."""

    start: float
    end: float
    leads: bool


# Around a time they mean nothing: Slack's markup, quotation marks, the name of an emoji; and the
# marks that turn the direction of writing, which nobody sees.
_MARKS = re.compile(r":(?:[^\W\d]|[+-])[\w'+-]*:|[*_~`\"“”„«»]")
_DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_MOMENT = r"(?:(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?!\d|\s?[ap]\.?m\b))"  # 0:14, 12:05, 1:02:03
_SECONDS = r"(?:\d{1,4}(?:\.\d+)?\s?(?:s|secs?|seconds?)\b)"  # 14s, 14 seconds
_DASH = r"[-\u2010-\u2015\u2212]"
_TIMECODE = re.compile(
    rf"(?<![\w:./=])(?P<at>(?:at|from)\s+|@\s*)?(?P<start>{_MOMENT}|{_SECONDS})"
    rf"(?:\s*(?:{_DASH}|to|till|until)\s*(?P<end>{_MOMENT}|{_SECONDS})"
    rf"|{_DASH}(?P<second>[0-5]\d)(?![\w%]|[.,:]\d))?",  # 0:14-20
    re.IGNORECASE,
)


def timecode(text: str) -> Timecode | None:
    """The first `0:14`, `0:14-0:20` or `at 14s` of a note.

    A bare `14s` is most often how long something lasts, so it has to be all that the note says.
    """
    text = _MARKS.sub(" ", _DIRECTIONS.sub("", text))
    for found in _TIMECODE.finditer(text):
        leads = not _words_in(text[: found.start()])
        alone = leads and not _words_in(text[found.end() :])
        if ":" in found["start"] or found["at"] or found["end"] or alone:
            start = _seconds(found["start"])
            end = _seconds(found["end"] or found["start"])
            if found["second"]:
                end = start // 60 * 60 + int(found["second"])
            return Timecode(start, max(start, end), leads)
    return None


def _words_in(text: str) -> bool:
    return any(map(str.isalnum, text))


def _seconds(text: str) -> float:
    if ":" not in text:
        return float(re.match(r"[\d.]+", text)[0])  # type: ignore[index]  # _SECONDS has matched
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


def is_meant(at: Timecode, length: float) -> bool:
    """Whether it is a place in a video of `length` seconds, or past its end by mistake.

    “9:16 for mobile” and “12:30 works for me” are neither. Below a minute it is no such thing.
    """
    return at.start <= length + 1.0 or at.start < 60 or (at.leads and at.start <= 2 * length)


def sentences(cues: Sequence[Cue]) -> list[Cue]:
    """Captions as whole sentences: one may run over several captions, or share one."""
    found: list[Cue] = []
    words: list[Cue] = []
    for word in _words(cues):
        words.append(word)
        if word.text.rstrip("\"'”’)]").endswith((".", "!", "?", "…", "。", "！", "？")):  # noqa: RUF001
            found.append(_joined(words))
            words = []
    return [*found, _joined(words)] if words else found


def _words(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Within a caption, time is taken to go by evenly with the letters."""
    for cue in cues:
        words = cue.text.split()
        letters = sum(map(len, words)) or 1
        begin = cue.start
        for word in words:
            end = begin + (cue.end - cue.start) * len(word) / letters
            yield Cue(begin, end, word)
            begin = end


def _joined(words: Sequence[Cue]) -> Cue:
    return Cue(words[0].start, words[-1].end, " ".join(word.text for word in words))


def spoken(cues: Sequence[Cue], at: Timecode) -> str:
    """The sentences of a range, or the one that fills most of a moment: 0:14 is what a player
    shows for a second. In a pause, the one before it. "" past the end."""
    all_of_it = sentences(cues)
    if not all_of_it or at.start > all_of_it[-1].end + 1.0:
        return ""
    is_moment = at.end <= at.start
    end = at.start + (0.1 if at.start % 1 else 1.0) if is_moment else at.end
    heard = [s for s in all_of_it if s.start < end and s.end > at.start]
    if is_moment and heard:
        heard = [max(heard, key=lambda s: min(s.end, end) - max(s.start, at.start))]
    before = [s for s in all_of_it if s.start <= at.start]
    return " ".join(s.text for s in heard or before[-1:] or all_of_it[:1])


# --- what a new take changes ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of a script: kept, gone or new."""

    kind: Literal["kept", "gone", "new"]
    text: str


def script_changes(old: str, new: str) -> list[Piece]:
    """A word diff; [] where both read the same."""
    before, after = old.split(), new.split()
    if before == after:
        return []
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("kept", " ".join(before[i:j])))
            continue
        if j > i:
            pieces.append(Piece("gone", " ".join(before[i:j])))
        if m > k:
            pieces.append(Piece("new", " ".join(after[k:m])))
    return pieces


def settings_changes(old: Parameters, new: Parameters) -> list[tuple[str, str, str]]:
    """What is not the script: (setting, before, now), as a person reads it."""
    pairs = [
        ("Avatar", old.avatar_label, new.avatar_label),
        ("Voice", old.voice_label, new.voice_label),
    ]
    labelled = {"prompt", "avatar", "avatar_id", "voice", "voice_id"}
    for name in (f.name for f in fields(Parameters) if f.name not in labelled):
        label = LABELS.get(name, name.replace("_", " ").capitalize())
        pairs.append((label, _said(getattr(old, name)), _said(getattr(new, name))))
    return [(label, before, now) for label, before, now in pairs if before != now]


LABELS = {"audio_url": "Audio", "video_url": "Reference footage", "caption": "Captions"}


def _said(value: str | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value or "none"


# --- reminders --------------------------------------------------------------------------------

DAY_BEGINS, DAY_ENDS = 9, 18  # o'clock, where the person is
SATURDAY = 5
# Told at midnight at the latest, reminded at nine at the earliest: nobody is due before.
SHORTEST_PAUSE = timedelta(hours=DAY_BEGINS)


def is_due(now: datetime, told_at: datetime, utc_offset: timedelta) -> bool:
    """Once a working day, by day: `utc_offset` is that of the person, as of now."""
    here, told = now + utc_offset, told_at + utc_offset
    by_day = DAY_BEGINS <= here.hour < DAY_ENDS and here.weekday() < SATURDAY
    return by_day and here.date() > told.date()
