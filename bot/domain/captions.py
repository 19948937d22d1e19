"""Captions and timecodes: what is said in a video, and where. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import srt


@dataclass(frozen=True, slots=True)
class Cue:
    """Something spoken from `start` to `end`, in seconds: a caption, a word or a sentence."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Captions:
    """A caption file, read: `transcript` is what is said, `seconds` when the last line ends."""

    text: str
    transcript: str
    seconds: float
    cues: tuple[Cue, ...] = ()


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


def read_captions(text: str) -> Captions | None:
    """SRT as Segmind hands it over; None when it is no SRT."""
    try:
        lines = list(srt.parse(re.sub(r"\n{3,}", "\n\n", text)))
    except (srt.SRTParseError, ValueError, OverflowError):
        return None
    if not lines:
        return None
    transcript = " ".join(" ".join(line.content.split()) for line in lines)
    end: timedelta = max(line.end for line in lines)
    cues = [
        Cue(line.start.total_seconds(), line.end.total_seconds(), line.content) for line in lines
    ]
    return Captions(text, transcript, end.total_seconds(), tuple(cues))


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


def find_place(text: str, srt: str, video_seconds: float | None) -> tuple[Timecode | None, str]:
    """The place in a video that a note is about, and what is said there; (None, "") for neither.

    `srt`: the video's captions, "" where it has none.
    """
    at = timecode(text)
    captions = read_captions(srt)
    length = video_seconds or (captions and captions.seconds)
    if at is None or (length and not is_meant(at, length)):
        return None, ""
    return at, spoken(captions.cues, at) if captions else ""
