"""What ffmpeg says of a video, and whether people see the same in it."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from bot.errors import NotPossible
from bot.video.ffmpeg import CUT, INPUT, START_SECONDS, run

# A line of ffmpeg's own, in which nothing is the file's: its language, for one, may be any text,
# with line breaks.
_TRACK = re.compile(
    r"(?m)^ +Stream #0:\d+(?:\[0x[0-9a-f]+\])?(?:\([A-Za-z0-9-]{1,8}\))?: "
    r"(Video|Audio|Subtitle|Data|Attachment|Unknown): (\w+)(.*)"
)
_ANY_TRACK = "Stream #0:"
_SIZE = re.compile(r"\b(\d{2,5})x(\d{2,5})\b(.*)")
_PIXEL = re.compile(r"\bSAR (\d{1,9}):(\d{1,9})\b")  # its width and height
_START = re.compile(r"\bstart:? (-?\d{1,9}\.\d+)")  # in seconds, of the file or of its picture
_CHANGED = re.compile(
    r"(?mi)^      (?:display ?matrix|frame cropping|stereo 3d|spherical mapping): "
)
_TRANSPARENT = re.compile(r"(?mi)^      alpha_mode +: 1")
_DURATION = re.compile(r"(?m)^  Duration: (.*)")
_LENGTH = re.compile(r"(\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)(.*)")
COPIED, FILMED = ("h264", "vp8", "vp9"), ("h264", "hevc")  # codecs: see ffmpeg.DECODERS
COPIED_SOUND = ("aac", "mp3", "opus", "vorbis")
UNREADABLE = "The file of this take can't be read as a video."
OTHER_CODEC = (
    "Not all browsers play a video like this one ({}), so nobody can be sure what is in a copy. "
    "Make a new take, and copy that."
)
# Players show the first track, or the one that is marked as the default; ffmpeg takes the largest.
SEVERAL = (
    "This file has more than one {} track, and it isn't certain which one people see or hear. "
    "Only a file with one can be used."
)
ODD = (
    "The picture of this video is turned, cropped, stretched or late, which not all players show "
    "alike, so the label might not be seen in a copy. Make a new take, and copy that."
)
TRANSPARENT = (
    "The background of this video is transparent, which a copy to publish can't keep. Make a new "
    "take with a background."
)
LATEST_PICTURE, MOST_STRETCHED = 1.0, 1.05  # seconds after the sound, and sides of a pixel
LOOK_MEMORY = 256 * 1024**2  # bytes; it takes 36 MB
LEAST_PIXELS, MOST_SECONDS_OF_VIDEO = 64, 3600.0


class Look(NamedTuple):
    size: tuple[int, int]  # width and height in pixels
    seconds: float
    codec: str


async def look(video: Path, codecs: Collection[str] = COPIED, *, to_copy: bool = False) -> Look:
    """Raises NotPossible if it is no video in one of these codecs, or may show one thing to people
    and another to ffmpeg.

    `to_copy`: that is so of its sound and its shape, too. (Recordings of phones may have several
    sounds, and be turned.)
    """
    # Without an output ffmpeg only describes its input, and exits with an error.
    _, said = await run([*INPUT, str(video)], START_SECONDS, memory=LOOK_MEMORY)
    tracks, durations = _TRACK.findall(said), _DURATION.findall(said)
    # A file may have names so long that other tracks aren't seen, and names that look like lines.
    if said.startswith(CUT) or len(tracks) != said.count(_ANY_TRACK) or len(durations) != 1:
        raise NotPossible(UNREADABLE)
    pictures = [(codec, words) for kind, codec, words in tracks if kind == "Video"]
    sounds = [codec for kind, codec, _ in tracks if kind == "Audio"]
    if len(pictures) > 1:
        raise NotPossible(SEVERAL.format("video"))
    if to_copy and len(sounds) > 1:
        raise NotPossible(SEVERAL.format("audio"))
    codec, words = pictures[0] if pictures else ("", "")
    size, length = _SIZE.search(words), _LENGTH.match(durations[0])
    if not (size and length):
        raise NotPossible(UNREADABLE)
    others = {codec}.difference(codecs) or (to_copy and {*sounds}.difference(COPIED_SOUND))
    if others:
        raise NotPossible(OTHER_CODEC.format(*others))
    if to_copy and _TRANSPARENT.search(said):
        raise NotPossible(TRANSPARENT)
    if to_copy and (_CHANGED.search(said) or _is_odd(size[3], length[4])):
        raise NotPossible(ODD)
    small = min(int(size[1]), int(size[2])) < LEAST_PIXELS
    seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3])
    if small or not 0 < seconds <= MOST_SECONDS_OF_VIDEO:
        raise NotPossible("This video is too small or too long to be copied.")
    return Look((int(size[1]), int(size[2])), seconds, codec)


def _is_odd(picture: str, file: str) -> bool:
    """Whether pixels aren't square, or the picture begins late, by what ffmpeg says of both."""
    pixel, starts, file_starts = _PIXEL.search(picture), _START.search(picture), _START.search(file)
    width, height = (int(pixel[1]), int(pixel[2])) if pixel else (1, 1)
    late = float(starts[1]) - float(file_starts[1] if file_starts else 0) if starts else 0.0
    return late > LATEST_PICTURE or max(width, height) > MOST_STRETCHED * min(width, height)
