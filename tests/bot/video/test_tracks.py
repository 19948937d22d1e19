"""A file may have several tracks: players show the first, ffmpeg the largest or the loudest."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from bot.errors import NotPossible
from bot.video import ffmpeg

RED, BLUE = "color=red:s=320x180:d=1:r=10", "color=blue:s=640x360:d=1:r=10"
LOW, HIGH = "sine=440:d=1", "sine=1760:d=1"


def make(video: Path, *sources: str) -> Path:
    command = [imageio_ffmpeg.get_ffmpeg_exe()]
    command += [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    command += [word for number in range(len(sources)) for word in ("-map", str(number))]
    subprocess.run([*command, str(video)], capture_output=True, check=True)
    return video


@pytest.mark.parametrize(
    ("sources", "kind"), [((RED, BLUE, LOW), "video"), ((RED, LOW, HIGH), "audio")]
)
async def test_a_video_that_people_may_see_as_another_one_is_not_copied(
    tmp_path: Path, sources: tuple[str, ...], kind: str
) -> None:
    video = make(tmp_path / "several.mp4", *sources)
    with pytest.raises(NotPossible, match=f"more than one {kind} track"):
        await ffmpeg.size_and_seconds(video, one_sound=True)


async def test_a_recording_of_a_phone_may_have_several_sounds(tmp_path: Path) -> None:
    video = make(tmp_path / "recording.mp4", RED, LOW, HIGH)
    assert (await ffmpeg.size_and_seconds(video))[0] == (320, 180)
