"""What ffmpeg hears in an audio file, and its conversion to mp3."""

import asyncio
import re
from dataclasses import dataclass
from typing import BinaryIO

from bot.errors import NotPossible
from bot.video.ffmpeg import run

MAX_SECONDS = 120.0  # 10 MB of any kind were decoded within 10
# People wait for it in a form, so it doesn't wait for a copy that is made to publish.
_SLOTS = asyncio.Semaphore(2)
_TIME = re.compile(r"time=(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_PEAK = re.compile(r"max_volume: (-?(?:\d+(?:\.\d+)?|inf)) dB")


@dataclass(frozen=True, slots=True)
class Heard:
    """`seconds` were decoded. `peak`: of its loudest sample, in dB; 0 is the loudest there is."""

    seconds: float
    peak: float


async def hear(audio: BinaryIO, mp3: BinaryIO | None = None) -> Heard | None:
    """Decodes a file, and writes it as an mp3 into another one. Both may have no name.

    None if there is no sound in it that ffmpeg can read in time. Ask `ffmpeg.is_there` first.
    """
    # Only what is in this file is read: a playlist in disguise could name others.
    source = ["-protocol_whitelist", "file", "-i", _path(audio), "-vn", "-sn", "-dn"]
    written = ["-f", "null", "-"]
    if mp3:
        written = ["-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3", "-y", _path(mp3)]
    files = [one.fileno() for one in (audio, mp3) if one]
    try:
        async with _SLOTS:
            code, said = await run(
                [*source, "-af", "volumedetect", *written], MAX_SECONDS, files=files
            )
    except NotPossible:
        return None
    times, peaks = _TIME.findall(said), _PEAK.findall(said)
    if code or not times or not peaks:
        return None
    hours, minutes, seconds = times[-1]
    return Heard(int(hours) * 3600 + int(minutes) * 60 + float(seconds), float(peaks[-1]))


def _path(file: BinaryIO) -> str:
    """Where ffmpeg finds it. On macOS it goes on where this process was, so that is the start."""
    file.seek(0)
    return f"/dev/fd/{file.fileno()}"
