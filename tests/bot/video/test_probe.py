"""A file may be shown by players in another way than ffmpeg does, such as with several tracks."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from bot.errors import NotPossible
from bot.video import ffmpeg, probe
from bot.video.overlay import overlay

RED, BLUE = "color=red:s=320x180:d=1:r=10", "color=blue:s=640x360:d=1:r=10"
LOW, HIGH = "sine=440:d=1", "sine=1760:d=1"


def run(*arguments: str | Path) -> Path:
    """The file that ffmpeg has made: its last argument."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *arguments]
    subprocess.run(command, capture_output=True, check=True)
    return Path(arguments[-1])


def make(video: Path, *sources: str, options: tuple[str, ...] = ()) -> Path:
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    tracks = [word for number in range(len(sources)) for word in ("-map", str(number))]
    return run(*inputs, *tracks, *options, video)


@pytest.mark.parametrize(
    ("sources", "kind"), [((RED, BLUE, LOW), "video"), ((RED, LOW, HIGH), "audio")]
)
async def test_a_video_that_people_may_see_as_another_one_is_not_copied(
    tmp_path: Path, sources: tuple[str, ...], kind: str
) -> None:
    video = make(tmp_path / "several.mp4", *sources)
    with pytest.raises(NotPossible, match=f"more than one {kind} track"):
        await probe.size_and_seconds(video, to_copy=True)


async def test_a_recording_of_a_phone_may_have_several_sounds(tmp_path: Path) -> None:
    video = make(tmp_path / "recording.mp4", RED, LOW, HIGH)
    assert (await probe.size_and_seconds(video))[0] == (320, 180)


@pytest.mark.parametrize(
    "options",
    [("-vf", "setpts=PTS+5.2/TB"), ("-vf", "setsar=2/25")],
    ids=["picture begins late", "pixels are not square"],
)
async def test_a_video_in_which_the_label_might_not_be_seen_is_not_copied(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    video = make(tmp_path / "odd.mp4", RED, "sine=440:d=8", options=options)
    await probe.size_and_seconds(video)
    with pytest.raises(NotPossible, match="the label might not be seen"):
        await probe.size_and_seconds(video, to_copy=True)


async def test_a_video_that_is_turned_may_be_footage_but_is_not_copied(tmp_path: Path) -> None:
    stored = make(tmp_path / "stored.mp4", RED, LOW)
    turned = run(
        "-display_rotation", "90", "-i", str(stored), "-c", "copy", tmp_path / "turned.mp4"
    )
    await probe.size_and_seconds(turned)
    with pytest.raises(NotPossible, match="the label might not be seen"):
        await probe.size_and_seconds(turned, to_copy=True)


async def test_a_transparent_video_is_not_copied(tmp_path: Path) -> None:
    """Players show what is behind it, ffmpeg what is stored under what is transparent."""
    picture = f"{RED},format=yuva420p,geq=lum='lum(X,Y)':a='if(lt(X,W/2),255,0)'"
    video = make(tmp_path / "transparent.webm", picture, LOW)
    with pytest.raises(NotPossible, match="is transparent"):
        await probe.size_and_seconds(video, to_copy=True)


# Elements of Matroska: https://www.rfc-editor.org/rfc/rfc9559#name-video-element
COLOUR = bytes.fromhex("55b0 84 55b9 81 01")
CROPPED = bytes.fromhex("54dd 82 00a0 ec 80")  # 160 pixels on the right


async def test_a_video_that_only_ffmpeg_crops_is_not_copied(tmp_path: Path) -> None:
    video = make(tmp_path / "whole.webm", RED, LOW)
    await probe.size_and_seconds(video, to_copy=True)
    stored = video.read_bytes()
    assert COLOUR in stored
    video.write_bytes(stored.replace(COLOUR, CROPPED))
    with pytest.raises(NotPossible, match="cropped"):
        await probe.size_and_seconds(video, to_copy=True)


async def test_a_copy_keeps_no_words_of_the_file(tmp_path: Path) -> None:
    options = ("-metadata", "title=Launch", "-metadata", "location=+52.5+013.4/")
    video = make(tmp_path / "named.mp4", RED, LOW, options=options)
    assert b"Launch" in video.read_bytes()
    size, seconds = await probe.size_and_seconds(video, to_copy=True)
    drawn, copy = tmp_path / "overlay.ass", tmp_path / "copy.mp4"
    drawn.write_text(overlay(size, seconds, "AI-generated video"), encoding="utf-8")
    await ffmpeg.burn_in(video, drawn, copy, size, seconds, lambda part: None)
    assert not any(word in copy.read_bytes() for word in (b"Launch", b"+52.5"))
