"""Captions and timecodes: the words spoken in a video, and when. Pure."""

import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pysubs2 import SSAFile
from pysubs2.formats.subrip import SubripFormat

from bot.domain.scripts.caption_times import TIMES, usual_times
from bot.domain.text import unescape_html

# A caption file comes from outside, so it is read only up to these limits.
MAX_CUES = 2_000
MAX_CHARACTERS = 100_000
MAX_SECONDS = 24 * 3600
# Speech starts within minutes. Cues that all start later count from an offset such as 01:00:00.
LATEST_START = 300.0
MOST_TIMECODES = 10  # in one note
CLOSE = 0.001  # seconds
HOUR = 3600.0
NEAR_THE_HOUR = 60.0  # seconds: conversions between frame rates move 01:00:00 by some of them
# Formatting such as <i>, <v Ada> or {\an8}. Excluding the first character inside keeps the search
# linear.
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,60}>|\{\\[^{}\n]{0,60}\}")
# In WebVTT, the time of a word within its caption: <00:01.500>.
_TIME_OF_WORD = re.compile(r"<[\d:.]{5,20}>")


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption, a word or a sentence, spoken from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Captions:
    """A caption file. `text` is SRT; `seconds` is when the last cue ends.

    `file` is the .srt file to post: the original bytes if these were SRT.
    """

    text: str
    transcript: str
    seconds: float
    cues: tuple[Cue, ...] = ()
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class Timecode:
    """In seconds. A moment has `end == start`."""

    start: float
    end: float


# These may surround a time without changing what it means: Slack's markup, quotation marks, emoji
# names, and the invisible marks that set the direction of writing.
_MARKS = re.compile(r":(?:[^\W\d]|[+-])[\w'+-]*:|[*_~`\"“”„«»]")
_DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MOMENT = r"(?:(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?!\d|\s?[ap]\.?m\b))"  # 0:14, 12:05, 1:02:03
_SECONDS = r"(?:\d{1,4}(?:\.\d+)?\s?(?:s|secs?|seconds?)\b)"  # 14s, 14 seconds
_DASH = r"[-\u2010-\u2015\u2212\u301c\uff0d\uff5e]"
# Letters of scripts that put no space before a number: 在0:14
_UNSPACED = r"\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TIMECODE = re.compile(
    rf"(?<![:./=])(?<![^\W{_UNSPACED}])(?P<at>(?:at|from)\s+|@\s*)?(?P<start>{_MOMENT}|{_SECONDS})"
    rf"(?:\s*(?:{_DASH}|to|till|until)\s*(?P<end>{_MOMENT}|{_SECONDS})"
    rf"|{_DASH}(?P<second>[0-5]\d)(?![\w%]|[.,:]\d))?",  # 0:14-20
    re.IGNORECASE,
)

# At the beginning, after the people it is addressed to: 0:99, 12:75, 1:02:99, 1:99:02, 0:7.
_MISTYPED = re.compile(
    r"\s*(?:@\w+[,:]?\s+)*(?:at\s+|from\s+|@\s*)?"
    r"(?P<time>(?:\d{1,2}:)?\d{1,2}:[6-9]\d|\d{1,2}:[6-9]\d:\d\d|0:\d)(?![\w:/]|\.\d)",
    re.IGNORECASE,
)


def read_captions(content: str | bytes) -> Captions | None:
    """Reads SRT or WebVTT, in any usual encoding; None if it is neither, or too long."""
    text = decode_captions(content) if isinstance(content, bytes) else content
    text = text.replace("\0", "").replace("\ufeff", "")
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"\n{3,}", "\n\n", text)
    if len(text) > MAX_CHARACTERS:
        return None
    written, text = text, TIMES.sub(usual_times, text)
    first = TIMES.search(written)  # WebVTT's times, such as 00:01.500, without its first line
    is_vtt = written.lstrip().startswith("WEBVTT") or bool(
        first and not first[1] and "." in first[0]
    )
    cues = _cues(text, is_vtt=is_vtt)
    if not cues:
        return None
    if is_vtt:
        text = _srt(cues)
    is_as_it_came = text == written
    file = content if is_as_it_came and isinstance(content, bytes) else text.encode()
    offset = _offset(min(cue.start for cue in cues))
    cues = [Cue(cue.start - offset, cue.end - offset, cue.text) for cue in cues]
    transcript = " ".join(" ".join(cue.text.split()) for cue in cues)
    return Captions(text, transcript, max(cue.end for cue in cues), tuple(cues), file)


def decode_captions(content: bytes) -> str:
    """Decodes by byte order mark, else as UTF-8, else as Windows-1252. Never raises."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    # Without a mark: a caption file begins with a digit or a W, of which UTF-16 has one byte 0.
    if content[1:2] == b"\0":
        return content.decode("utf-16-le", errors="replace")
    if content[:1] == b"\0":
        return content.decode("utf-16-be", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _offset(start: float) -> float:
    """What the times of a file count from, if the first one is `start`: 0 or, say, an hour."""
    if start <= LATEST_START:
        return 0.0
    hour = round(start / HOUR) * HOUR
    return min(start, hour) if abs(start - hour) < NEAR_THE_HOUR else start // 60 * 60


def _cues(text: str, *, is_vtt: bool) -> list[Cue]:
    """In the order of the video."""
    if is_vtt:  # the parser would take a line with two of these for the times of a caption
        text = _TIME_OF_WORD.sub("", text)
        text = TIMES.sub(lambda line: line[0].replace(",", "."), text)
    events = SSAFile.from_string(text, "vtt" if is_vtt else "srt", keep_html_tags=True).events
    cues = []
    for event in events[:MAX_CUES]:
        words = event.text.replace("\\N", "\n")
        if is_vtt:  # a blank line ends a cue; a comment or the next identifier may follow
            words = unescape_html(words.partition("\n\n")[0])
        words = _TAG.sub("", words).strip()
        start, end = event.start / 1000, event.end / 1000
        if words and start <= end <= MAX_SECONDS:
            cues.append(Cue(start, end, words))
    return sorted(cues, key=lambda cue: cue.start)


def _srt(cues: Sequence[Cue]) -> str:
    return "\n".join(
        f"{number}\n{_timestamp(cue.start)} --> {_timestamp(cue.end)}\n{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    )


def _timestamp(seconds: float) -> str:
    return SubripFormat.ms_to_timestamp(round(1000 * seconds))


# As Chinese and Japanese keyboards write it, and what looks like it.
_COLONS = str.maketrans("：﹕∶", ":::")  # noqa: RUF001


def timecodes(text: str) -> list[Timecode]:
    """The first ten of `0:14`, `0:14-0:20` or `at 14s` in a note.

    A bare `14s` is usually a duration, so it only counts if the note says nothing else.
    """
    found: dict[Timecode, None] = {}
    said = _readable(text)
    letters = [at for at, character in enumerate(said) if character.isalnum()]
    for match in _TIMECODE.finditer(said):
        is_alone = match.start() <= letters[0] and letters[-1] < match.end()
        if ":" in match["start"] or match["at"] or match["end"] or is_alone:
            start = _seconds(match["start"])
            end = _seconds(match["end"] or match["start"])
            if match["second"]:
                end = start // 60 * 60 + int(match["second"])
            found[Timecode(start, max(start, end))] = None
            if len(found) == MOST_TIMECODES:
                break
    return [*found]


def mistyped_timecode(text: str) -> str:
    """What a reply begins with if it can only be meant as a timecode, but is none, such as 0:99.

    "" also for what may be something else: a time of day, a format (16:9), a ratio (1:100).
    """
    match = _MISTYPED.match(_readable(text))
    return match["time"] if match else ""


def _readable(text: str) -> str:
    """Without what may surround a time, and with digits of any script as ours."""
    text = _MARKS.sub(" ", _DIRECTIONS.sub("", text.translate(_COLONS)))
    return re.sub(r"[^\D0-9]", lambda digit: str(unicodedata.digit(digit[0])), text)


def _seconds(text: str) -> float:
    if ":" not in text:
        return float(re.match(r"[\d.]+", text)[0])  # type: ignore[index]  # _SECONDS has matched
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


def refers_to_video(at: Timecode, length: float) -> bool:
    """Whether a time is about a video of `length` seconds.

    “Lunch at 12:30?” and “9:16 for mobile” are not, past its end. Below a minute it is no time of
    day, so that it is a timecode with a mistake in it.
    """
    return at.start <= length + 1.0 or at.start < 60


def sentences(cues: Sequence[Cue]) -> list[Cue]:
    """Captions, regrouped into sentences: one can span several captions, or share one."""
    found: list[Cue] = []
    words: list[Cue] = []
    for word in _words(cues):
        words.append(word)
        if word.text.rstrip("\"'”’)]").endswith((".", "!", "?", "…", "。", "！", "？")):  # noqa: RUF001
            found.append(_joined(words))
            words = []
    return [*found, _joined(words)] if words else found


def _words(cues: Sequence[Cue]) -> Iterator[Cue]:
    """The words with their times, as if each letter of a caption took equally long."""
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


def spoken(cues: Sequence[Cue], at: Timecode, said: Sequence[Cue] | None = None) -> str:
    """The sentences in the captions at a timecode; "" if there are no captions.

    `said`: their `sentences`, if they are known.

    A player shows 0:14 from 14 to 15 s. So a caption that begins within these is listed at 0:14,
    and is the one meant; if none does, it is the one spoken then. In a pause it is the nearer one.
    """
    if not cues:
        return ""
    is_moment = at.end <= at.start
    end = at.start + (0.1 if at.start % 1 else 1.0) if is_moment else at.end
    shown = [cue for cue in cues if cue.start < end and cue.end > at.start]
    if not shown:
        shown = [min(cues, key=lambda cue: max(cue.start - at.start, at.start - cue.end))]
    if is_moment:
        listed = [cue for cue in shown if cue.start >= at.start]
        shown = [max(listed or shown, key=lambda cue: min(cue.end, end) - max(cue.start, at.start))]
    # The times of words are calculated, so that a sentence may seem to reach into the next caption.
    first, last = shown[0].start + CLOSE, shown[-1].end - CLOSE
    said = sentences(cues) if said is None else said
    found = [s.text for s in said if s.start < last and s.end > first]
    return " ".join(found or [cue.text for cue in shown])  # a caption may have no length


def quotes(text: str, srt: str, video_seconds: float | None) -> list[tuple[Timecode, str]]:
    """The timecodes of a note, and the words spoken at each: "" past the end.

    `srt`: the video's captions, "" where it has none.
    """
    if not (times := timecodes(text)):
        return []  # most replies have none, and reading many captions takes a while
    captions = read_captions(srt)
    cues = captions.cues if captions else ()
    said = sentences(cues)  # once: it takes as long as all the rest
    length = video_seconds or (captions and captions.seconds)
    return [
        (at, "" if length and at.start > length + 1.0 else spoken(cues, at, said))
        for at in times
        if not length or refers_to_video(at, length)
    ]
