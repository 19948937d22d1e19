"""Footage is re-encoded, so that everybody sees the same in it."""

from itertools import pairwise
from pathlib import Path

import pytest

from bot.errors import NotPossible
from bot.video import ffmpeg
from tests.support.files.videos import LOW, make, run_for_bytes


async def test_footage_is_not_reencoded_on_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", "testsrc=s=320x180:r=10:d=2", LOW)
    for spare in (4096, 0):
        with pytest.raises(NotPossible, match="disk of the bot's machine is full"):
            await ffmpeg.reencode(film, tmp_path / "reencoded.mp4", (320, 180), "h264", spare)


async def test_reencoded_footage_has_every_picture_as_long_as_the_others(
    tmp_path: Path,
) -> None:
    """A picture of a millisecond is on no screen, but in what is made of the footage."""
    film = make(tmp_path / "film.mp4", "testsrc=s=320x180:r=120:d=2", LOW, LOW)
    reencoded = tmp_path / "reencoded.mp4"
    assert await ffmpeg.reencode(film, reencoded, (320, 180), "h264")
    said = run_for_bytes("-i", reencoded, "-map", "0", "-c", "copy", "-f", "framecrc", "-").decode()
    pictures = [line for line in said.splitlines() if line.startswith("0,")]
    times = sorted(int(line.split(",")[2]) for line in pictures)
    assert len({later - time for time, later in pairwise(times)}) == 1
    assert (len(pictures), "2," in {line[:2] for line in said.splitlines()}) == (60, False)


async def test_footage_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", "color=red:s=7680x4320:r=1:d=1", LOW)
    with pytest.raises(NotPossible, match="4K is the most"):
        await ffmpeg.reencode(film, tmp_path / "reencoded.mp4", (7680, 4320), "h264")
