"""What ffmpeg says of a video, and whether people see the same in it."""

import re
from pathlib import Path

from bot.errors import NotPossible
from bot.video.ffmpeg import CUT, INPUT, START_SECONDS, run

# Lines of ffmpeg's own; the title of a video, which it prints before them, may look like one.
_SIZE = re.compile(r"(?m)^  Stream #\S*: Video: .*?\b(\d{2,5})x(\d{2,5})\b(.*)")
_PIXEL = re.compile(r"\bSAR (\d{1,9}):(\d{1,9})\b")  # its width and height
_START = re.compile(r"\bstart:? (-?\d{1,9}\.\d+)")  # in seconds, of the file or of its picture
_CHANGED = re.compile(
    r"(?mi)^      (?:display ?matrix|frame cropping|stereo 3d|spherical mapping): "
)
_TRANSPARENT = re.compile(r"(?mi)^      alpha_mode +: 1")
_SOUND = re.compile(r"(?m)^  Stream #\S*: Audio: ")
_DURATION = re.compile(r"(?m)^  Duration: (\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)(.*)")
# Players show the first track, or the one that is marked as the default; ffmpeg takes the largest.
SEVERAL = (
    "This video has more than one {} track, and it isn't certain which one people see or hear. "
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


async def size_and_seconds(video: Path, *, to_copy: bool = False) -> tuple[tuple[int, int], float]:
    """Width and height in pixels, and the length.

    Raises NotPossible if it is no video, or may show one thing to people and another to ffmpeg.
    `to_copy`: that is so of its sound and its shape, too. (Recordings of phones may have several
    sounds, and be turned.)
    """
    # Without an output ffmpeg only describes its input, and exits with an error.
    _, said = await run([*INPUT, str(video)], START_SECONDS, memory=LOOK_MEMORY)
    if len(_SIZE.findall(said)) > 1:
        raise NotPossible(SEVERAL.format("video"))
    if to_copy and len(_SOUND.findall(said)) > 1:
        raise NotPossible(SEVERAL.format("audio"))
    size, length = _SIZE.search(said), _DURATION.search(said)
    # A file may have names so long that other tracks aren't seen.
    if said.startswith(CUT) or not (size and length):
        raise NotPossible("The file of this take can't be read as a video.")
    if to_copy and _TRANSPARENT.search(said):
        raise NotPossible(TRANSPARENT)
    if to_copy and (_CHANGED.search(said) or _is_odd(size[3], length[4])):
        raise NotPossible(ODD)
    hours, minutes, seconds, _ = length.groups()
    seconds_in_all = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    small = min(int(size[1]), int(size[2])) < LEAST_PIXELS
    if small or not 0 < seconds_in_all <= MOST_SECONDS_OF_VIDEO:
        raise NotPossible("This video is too small or too long to be copied.")
    return (int(size[1]), int(size[2])), seconds_in_all


def _is_odd(picture: str, file: str) -> bool:
    """Whether pixels aren't square, or the picture begins late, by what ffmpeg says of both."""
    pixel, starts, file_starts = _PIXEL.search(picture), _START.search(picture), _START.search(file)
    width, height = (int(pixel[1]), int(pixel[2])) if pixel else (1, 1)
    late = float(starts[1]) - float(file_starts[1] if file_starts else 0) if starts else 0.0
    return late > LATEST_PICTURE or max(width, height) > MOST_STRETCHED * min(width, height)
