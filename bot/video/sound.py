"""What ffmpeg hears in an audio file, and its conversion to mp3."""

import re
from typing import BinaryIO

from bot.domain.audio.kinds import Kind
from bot.domain.audio.own_audio import MOST_SECONDS
from bot.errors import NotPossible
from bot.video.ffmpeg import MachineFull, run
from bot.video.probe import SEVERAL

# Half an hour of sound takes 11 s and less than 300 MB.
MAX_SECONDS = 60.0
MAX_MEMORY = 320 * 1024**2  # bytes
MOST_BYTES = (MOST_SECONDS + 60) * 16_000  # of 128 kbit/s
# What was found in the file's bytes, and nothing that ffmpeg would take it for instead.
FORMATS = {
    Kind.MP3: "mp3", Kind.AIFF: "aiff", Kind.WMA: "asf", Kind.AU: "au", Kind.WAV: "wav",
    Kind.M4A: "mov", Kind.WEBM: "matroska", Kind.OGG: "ogg", Kind.FLAC: "flac",
}  # fmt: skip
SLOW = "It took too long to read that file. Upload a shorter one, or an mp3."
ONE_SOUND = "Exactly one MP3 audio stream is required"  # says ffmpeg, of an mp3
# Players stop where such a file is broken. Not mp3: many have something else at their end.
STOPS = {Kind.M4A, Kind.WEBM, Kind.OGG, Kind.FLAC, Kind.WMA}
# A line of the filter's own. A title of the file is never at the start of one.
_PEAK = re.compile(r"(?m)^\[Parsed_volumedetect\S* @ \S+\] max_volume: (-?(?:[\d.]+|inf)) dB")


async def to_mp3(audio: BinaryIO, kind: Kind, mp3: BinaryIO) -> float | None:
    """Decodes a file, and writes it as an mp3 into another one. Both may have no name.

    Returns the peak: of its loudest sample, in dB; 0 is the loudest there is. None if there is no
    sound in it, or it is broken. Not much more than MOST_SECONDS is written. Raises NotPossible if
    that takes too long, or there are several sounds. Ask `ffmpeg.is_there` first.
    """
    source = ["-xerror"] * (kind in STOPS)
    source += ["-protocol_whitelist", "file", "-f", FORMATS[kind], "-i", _path(audio)]
    # Ten megabytes can be days of silence, or of hardly anything. A file may say that an hour of it
    # is a second, so the time comes from the samples. (It begins again if their format changes.)
    decoded = ["-map", "0:a", "-af", "asetpts=N/SR/TB,volumedetect", "-t", str(MOST_SECONDS + 1)]
    written = ["-map_metadata", "-1", "-c:a", "libmp3lame", "-b:a", "128k", "-fs", str(MOST_BYTES)]
    written += ["-f", "mp3", "-y"]
    command = ["-nostats", *source, *decoded, *written, _path(mp3)]
    files = [audio.fileno(), mp3.fileno()]
    try:
        code, said = await run(command, MAX_SECONDS, files=files, memory=MAX_MEMORY)
    except MachineFull:
        raise
    except NotPossible:
        raise NotPossible(SLOW) from None
    peaks = [float(peak) for peak in _PEAK.findall(said)]  # several if its format changes
    if code and ONE_SOUND in said:
        raise NotPossible(SEVERAL.format("audio"))
    return max(peaks) if peaks and not code else None


def _path(file: BinaryIO) -> str:
    """Where ffmpeg finds it. On macOS it goes on where this process was, so that is the start."""
    file.seek(0)
    return f"/dev/fd/{file.fileno()}"
