"""The videos of the demo are real: length, size, sound, captions and transparency."""

import asyncio
import os
import subprocess
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import pytest

from bot.demo.media import MediaError, Renderer, Scene, cues, frame_size, pad_video, seconds_of, srt

SCRIPT = "Hello, team. Welcome to the demo! This is your presenter, and it is a real video."


@pytest.fixture
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    # One folder for the whole run: what another test filmed is not filmed again.
    folder = tmp_path_factory.getbasetemp() / "renderer"
    folder.mkdir(exist_ok=True)
    return Renderer(folder)


def ffmpeg(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False)


def described(video: Path) -> str:
    """What ffmpeg says of a file: the wheel has no ffprobe."""
    decoder = ("-c:v", "libvpx") if video.suffix == ".webm" else ()  # only libvpx shows alpha
    return ffmpeg(*decoder, "-i", video).stderr.decode()


def alpha_of_first_frame(video: Path) -> bytes:
    return ffmpeg(
        *("-c:v", "libvpx", "-i", video, "-frames:v", "1"),
        *("-vf", "alphaextract", "-f", "rawvideo", "-pix_fmt", "gray", "-"),
    ).stdout


async def test_an_mp4_is_as_long_as_its_script_takes_to_say(
    renderer: Renderer,
) -> None:
    clip = await renderer.render(Scene(SCRIPT))
    assert clip.seconds == seconds_of(SCRIPT) == pytest.approx(len(SCRIPT) / 15, abs=0.05)
    description = described(clip.video)
    assert f"Duration: 00:00:0{clip.seconds:.2f}" in description
    assert "Video: h264" in description
    assert "1280x720" in description
    assert "Audio: aac" in description


async def test_an_mp4_can_start_before_it_is_whole(renderer: Renderer) -> None:
    content = (await renderer.render(Scene(SCRIPT))).video.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


async def test_a_webm_without_background_is_transparent(renderer: Renderer) -> None:
    scene = Scene("A short one.", output_format="webm", remove_background=True)
    clip = await renderer.render(scene)
    assert "Video: vp8" in described(clip.video)
    assert "yuva420p" in described(clip.video)
    assert "Audio: opus" in described(clip.video)
    assert set(alpha_of_first_frame(clip.video)) >= {0, 255}


async def test_a_webm_that_keeps_its_background_is_opaque(renderer: Renderer) -> None:
    clip = await renderer.render(Scene("A short one.", output_format="webm"))
    assert "yuva420p" not in described(clip.video)


async def test_a_color_becomes_the_background(renderer: Renderer) -> None:
    clip = await renderer.render(Scene("A short one.", background="#00C000"))
    corner = ffmpeg(
        *("-i", clip.video, "-frames:v", "1", "-vf", "crop=2:2:0:0"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
    ).stdout
    red, green, blue = corner[:3]
    assert green > 150 > 60 > max(red, blue)


@pytest.mark.parametrize(
    ("resolution", "aspect_ratio", "size"),
    [
        ("720p", "9:16", (720, 1280)),
        ("1080p", "auto", (1920, 1080)),
        ("1080p", "4:5", (1080, 1350)),
        ("720p", "5:4", (900, 720)),
        ("4k", "1:1", (2160, 2160)),
    ],
)
async def test_the_picture_has_the_size_that_was_asked_for(
    renderer: Renderer, resolution: str, aspect_ratio: str, size: tuple[int, int]
) -> None:
    assert frame_size(resolution, aspect_ratio) == size
    clip = await renderer.render(Scene("A short one.", "Aubrey", resolution, aspect_ratio))
    assert "{}x{}".format(*size) in described(clip.video)


async def test_the_same_scene_is_rendered_once(tmp_path: Path) -> None:
    renderer = Renderer(tmp_path)
    first = await renderer.render(Scene(SCRIPT))
    made = first.video.stat().st_mtime_ns
    assert await renderer.render(Scene(SCRIPT)) == first
    assert first.video.stat().st_mtime_ns == made
    assert (await renderer.render(Scene("Another script."))).video != first.video


async def test_captions_are_well_formed_and_fill_the_whole_video(renderer: Renderer) -> None:
    captions = cues(SCRIPT)
    assert [cue.text for cue in captions] == [
        "Hello, team.",
        "Welcome to the demo!",
        "This is your presenter, and it is a real video.",
    ]
    assert captions[0].start == 0
    assert captions[-1].end == pytest.approx(seconds_of(SCRIPT))
    assert all(before.end == after.start for before, after in pairwise(captions))
    text = (await renderer.render(Scene(SCRIPT))).captions.read_text(encoding="utf-8")
    assert text.startswith("1\n00:00:00,000 --> 00:00:00,8")
    assert text.endswith("and it is a real video.\n\n")


def test_a_time_past_the_hour_is_written_in_hours() -> None:
    hours = "word " * 15 * 3600
    assert srt(cues(hours)).strip().splitlines()[-2].split(" --> ")[1].startswith("04:59:")


def test_a_sentence_without_an_end_is_shown_in_parts() -> None:
    captions = cues("word " * 100)
    assert len(captions) > 3
    assert max(len(cue.text) for cue in captions) <= 120


async def test_a_padded_video_has_the_given_size_and_plays(
    renderer: Renderer, tmp_path: Path
) -> None:
    clip = await renderer.render(Scene("A short one."))
    large = tmp_path / "large.mp4"
    pad_video(clip.video, large, 20_000_000)
    assert large.stat().st_size == 20_000_000
    assert ffmpeg("-v", "error", "-i", large, "-f", "null", "-").stderr == b""
    with pytest.raises(ValueError, match="already"):
        pad_video(large, tmp_path / "smaller.mp4", 1000)


async def test_what_ffmpeg_cannot_make_is_an_error_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file"):
        await Renderer(tmp_path / "missing").render(Scene("A short one."))


async def test_filming_can_be_given_up_midway(tmp_path: Path) -> None:
    filming = asyncio.create_task(Renderer(tmp_path).render(Scene("Too late.", resolution="4k")))
    done, _ = await asyncio.wait([filming], timeout=0.1)
    assert not done
    filming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filming
    assert os.listdir(tmp_path) == []
