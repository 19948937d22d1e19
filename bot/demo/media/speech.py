"""How long a script takes to say, when each sentence is on screen, and how it sounds."""

import math
import re
import struct
import textwrap
from dataclasses import dataclass
from itertools import pairwise

CHARACTERS_PER_SECOND = 15  # about 2.5 English words, as in finished HeyGen renders
SHORTEST_SECONDS = 2.0
SAMPLE_RATE = 16_000  # hertz, mono, 16 bit
LONGEST_CAPTION = 120  # characters; a longer sentence is split
# A pentatonic scale (in hertz), so that any order of notes sounds pleasant.
NOTES = (196.0, 220.0, 261.6, 293.7, 329.6)
LOUDNESS = 0.08  # of full scale


@dataclass(frozen=True)
class Cue:
    """One caption: `text` is on screen from `start` to `end` (seconds)."""

    start: float
    end: float
    text: str


def seconds_of(script: str) -> float:
    """How long the script takes to say, in tenths of a second; at least two seconds."""
    spoken = " ".join(script.split())
    return max(SHORTEST_SECONDS, round(len(spoken) / CHARACTERS_PER_SECOND, 1))


def _sentences(script: str) -> list[str]:
    parts = re.split(r"(?<=[.!?…])\s+|\n+", script.strip())
    lines = (" ".join(part.split()) for part in parts)
    return [piece for line in lines for piece in textwrap.wrap(line, LONGEST_CAPTION)]


def cues(script: str, seconds: float = 0.0) -> list[Cue]:
    """The captions of a script: one per sentence, for a time in proportion to its length.

    `seconds`: how long all of it takes; by default as long as the script.
    """
    sentences = _sentences(script)
    total = sum(map(len, sentences))
    seconds = seconds or seconds_of(script)
    ends, said = [0.0], 0
    for sentence in sentences:
        said += len(sentence)
        ends.append(seconds * said / total)
    times = pairwise(ends)
    return [Cue(start, end, text) for (start, end), text in zip(times, sentences, strict=True)]


def _timestamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return "{:02}:{:02}:{:02},{:03}".format(*divmod(minutes, 60), *divmod(milliseconds, 1000))


def srt(captions: list[Cue]) -> str:
    """The captions as a SubRip file: a number, the times, the text, an empty line."""
    return "".join(
        f"{number}\n{_timestamp(cue.start)} --> {_timestamp(cue.end)}\n{cue.text}\n\n"
        for number, cue in enumerate(captions, start=1)
    )


def sound(script: str) -> bytes:
    """A soft tone for every word, as raw PCM (16 bit little endian, mono, `SAMPLE_RATE`)."""
    pcm = bytearray(2 * round(seconds_of(script) * SAMPLE_RATE))
    tones = [_tone(note) for note in NOTES]
    for cue in cues(script):
        per_character = (cue.end - cue.start) / len(cue.text)
        for word in re.finditer(r"\S+", cue.text):
            at = 2 * round((cue.start + word.start() * per_character) * SAMPLE_RATE)
            length = 2 * round(len(word[0]) * per_character * SAMPLE_RATE)
            tone = tones[(len(word[0]) + ord(word[0][0])) % len(tones)][:length]
            end = min(at + len(tone), len(pcm))
            pcm[at:end] = tone[: end - at]
    return bytes(pcm)


def _tone(hertz: float, seconds: float = 0.22) -> bytes:
    count = round(seconds * SAMPLE_RATE)
    turn = 2 * math.pi * hertz / SAMPLE_RATE
    peak = LOUDNESS * 32_767
    samples = (
        round(peak * math.sin(math.pi * n / count) ** 2 * (math.sin(turn * n)))
        for n in range(count)
    )
    return struct.pack(f"<{count}h", *samples)
