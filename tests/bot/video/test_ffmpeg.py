"""Real copies of real videos: what is burned in can be read, and ffmpeg has its limits."""

import asyncio
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from bot.demo.media import Renderer, Scene
from bot.domain.captions import Cue
from bot.errors import NotPossible
from bot.video import ffmpeg, probe
from bot.video.overlay import overlay
from tests.support.deadlines import within
from tests.support.waiting import wait_until

# From the system's fonts, as ffmpeg finds them; a bare container has none.
HAS_FONTS = any(Path("/usr/share/fonts").rglob("*.?t[fc]")) or os.path.isdir("/System/Library")
needs_fonts = pytest.mark.skipif(not HAS_FONTS, reason="this machine has no fonts")
LETTER = "\U00018b00"  # of the Khitan script


@pytest.fixture
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    folder = tmp_path_factory.getbasetemp() / "renderer"
    folder.mkdir(exist_ok=True)
    return Renderer(folder)


async def published(
    renderer: Renderer, folder: Path, scene: Scene, captions: list[Cue]
) -> tuple[Path, list[float]]:
    """The copy, and the progress that was reported."""
    clip = await renderer.render(scene)
    drawn, target, progress = folder / "overlay.ass", folder / "copy.mp4", list[float]()
    size, seconds, codec = await probe.look(clip.video)
    assert seconds == pytest.approx(clip.seconds, abs=0.2)
    drawn.write_text(overlay(size, seconds, "AI-generated video", captions), encoding="utf-8")
    await ffmpeg.burn_in(clip.video, drawn, target, size, seconds, progress.append, codec=codec)
    return target, progress


def greys(video: Path, at: float, crop: str) -> bytes:
    """The brightness of the pixels in a part of a frame."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-ss", str(at)]
    command += ["-i", str(video), "-frames:v", "1", "-vf", f"crop={crop}"]
    command += ["-pix_fmt", "gray", "-f", "rawvideo", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def contrast(pixels: bytes) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio of the letters and what is behind them.

    The darkest tenth is the box, because little of it is covered by letters.
    """

    def luminance(gray: int) -> float:
        part = gray / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    ordered = sorted(pixels)
    return (luminance(ordered[-1]) + 0.05) / (luminance(ordered[len(ordered) // 10]) + 0.05)


@needs_fonts
@pytest.mark.parametrize("ratio", ["16:9", "9:16"])
async def test_the_label_is_readable_over_white_for_five_seconds(
    renderer: Renderer, tmp_path: Path, ratio: str
) -> None:
    scene = Scene(script="Hello. " * 30, aspect_ratio=ratio, background="#FFFFFF")
    video, progress = await published(renderer, tmp_path, scene, [])
    top_right = "iw*0.22:ih*0.035:iw*0.72:ih*0.045"
    assert contrast(greys(video, 1.0, top_right)) >= 4.5
    assert min(greys(video, 5.6, top_right)) > 240  # gone
    assert all(0 < part <= 1 for part in progress)
    assert progress[-1] == pytest.approx(1.0, abs=0.1)


@needs_fonts
async def test_captions_are_burned_in_where_the_video_is_upright(
    renderer: Renderer, tmp_path: Path
) -> None:
    scene = Scene(script="Hello.", aspect_ratio="9:16", background="#FFFFFF")
    video, _ = await published(renderer, tmp_path, scene, [Cue(0.0, 1.0, "Hello everyone")])
    assert contrast(greys(video, 0.5, "iw*0.3:ih*0.04:iw*0.35:ih*0.74")) >= 4.5
    assert (await probe.look(video))[0] == (720, 1280)


@needs_fonts
async def test_a_webm_becomes_an_mp4_with_sound(renderer: Renderer, tmp_path: Path) -> None:
    video, _ = await published(renderer, tmp_path, Scene(script="Hello.", output_format="webm"), [])
    _, said = await ffmpeg.run(["-i", str(video)], 20)
    assert "Video: h264" in said
    assert "Audio: aac" in said


async def test_a_copy_takes_no_more_of_the_disk_than_it_may(
    renderer: Renderer, tmp_path: Path
) -> None:
    clip = await renderer.render(Scene(script="Hello."))
    drawn, target = tmp_path / "overlay.ass", tmp_path / "copy.mp4"
    drawn.write_text(overlay((1280, 720), 1.0, "AI-generated video", []), encoding="utf-8")
    for spare in (4096, 0, -1):
        with pytest.raises(NotPossible, match="disk of the bot's machine is full"):
            await ffmpeg.burn_in(
                clip.video, drawn, target, (1280, 720), 1.0, lambda _: None, spare, codec="h264"
            )
        assert target.stat().st_size <= 4096


async def test_letters_that_no_font_has_are_no_boxes_in_the_picture(
    renderer: Renderer, tmp_path: Path
) -> None:
    with pytest.raises(NotPossible, match="No font on the bot's machine has the letter"):
        await published(renderer, tmp_path, Scene(script="Hello."), [Cue(0.0, 1.0, LETTER)])


async def test_what_is_no_video_has_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "take.mp4").write_bytes(b"<html>" * 1000)
    with pytest.raises(NotPossible, match="can't be read as a video"):
        await probe.look(tmp_path / "take.mp4")


async def test_a_playlist_opens_no_other_file(renderer: Renderer, tmp_path: Path) -> None:
    clip = await renderer.render(Scene(script="Hello."))
    for name, words in (
        ("a.mp4", f"#EXTM3U\n#EXTINF:1,\n{clip.video}\n#EXT-X-ENDLIST\n"),
        ("b.mp4", f"ffconcat version 1.0\nfile '{clip.video}'\n"),
    ):
        (tmp_path / name).write_text(words)
        with pytest.raises(NotPossible, match="can't be read as a video"):
            await probe.look(tmp_path / name)


async def test_the_title_of_a_video_is_not_its_length(renderer: Renderer, tmp_path: Path) -> None:
    clip = await renderer.render(Scene(script="Hello."))
    titled = tmp_path / "titled.mp4"
    title = "title=Duration: 99999999:00:00.00 Video: x 99999x10"
    await ffmpeg.run(
        ["-i", str(clip.video), "-c", "copy", "-metadata", title, "-y", str(titled)], 20
    )
    size, seconds, _ = await probe.look(titled)
    assert (size, seconds < 10) == ((1280, 720), True)


ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"]


async def test_a_copy_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(NotPossible, match="took longer than"):
        await ffmpeg.run(ENDLESS, 0.5)
    assert not running()


async def test_a_stop_of_the_bot_ends_the_child() -> None:
    task = asyncio.create_task(ffmpeg.run(ENDLESS, 60))
    await wait_until(running)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not running()


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs Linux")
async def test_the_child_gives_way_and_has_limits() -> None:
    task = asyncio.create_task(ffmpeg.run(ENDLESS, 60))
    await wait_until(running)
    process = running()[0]
    await wait_until(lambda: os.getpriority(os.PRIO_PROCESS, process) == ffmpeg.NICENESS)
    limits = Path(f"/proc/{process}/limits").read_text()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert str(ffmpeg.MAX_ADDRESSES) in limits
    assert str(ffmpeg.FRAME_MEMORY) in limits
    assert "121" in limits  # seconds of CPU
    assert "Max core file size 0 0" in " ".join(limits.split())  # which would be of hostile input


# A process of its own, because this one has had other children.
PEAK = """
import asyncio, resource, sys
from contextlib import suppress
from pathlib import Path
from bot.errors import NotPossible
from bot.video import ffmpeg, probe
with suppress(NotPossible):
    asyncio.run(probe.look(Path(sys.argv[1])))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs Linux")
async def test_a_table_of_many_samples_takes_little_memory(
    renderer: Renderer, tmp_path: Path
) -> None:
    """Three gigabytes, of a file of a few kilobytes. Whatever ends such a child may end the bot."""
    many = 25_000_000
    content = bytearray((await renderer.render(Scene(script="Hi."))).video.read_bytes())
    for box, at, values in (
        (b"stts", 12, (many,)),  # samples of one duration
        (b"stsc", 16, (many,)),  # samples in the first chunk
        (b"stsz", 8, (1, many)),  # bytes of each, and how many there are
    ):
        start = content.index(box) + at
        content[start : start + 4 * len(values)] = struct.pack(f">{len(values)}I", *values)
    video = tmp_path / "video.mp4"
    video.write_bytes(content)
    command = [sys.executable, "-c", PEAK, str(video)]
    peak = await asyncio.to_thread(subprocess.check_output, command)
    assert int(peak) < 1.2 * probe.LOOK_MEMORY


def running() -> list[int]:
    """The ffmpeg processes of this test."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "ffmpeg"], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in found.stdout.split()]


async def test_the_first_frame_is_a_small_picture(renderer: Renderer, tmp_path: Path) -> None:
    clip = await renderer.render(Scene(script="Hi.", aspect_ratio="9:16"))
    target = tmp_path / "face.png"
    await ffmpeg.first_frame(clip.video, target, 240, codec="h264")
    content = target.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    size = [int.from_bytes(content[at : at + 4], "big") for at in (16, 20)]
    assert size == [136, 240] or size == [135, 240]
    assert len(content) < 200_000
    target.write_text("no video")
    with pytest.raises(NotPossible, match="first frame"):
        await ffmpeg.first_frame(target, tmp_path / "none.png", 240, codec="h264")


DURATION = "  Duration: 00:00:16.00, start: 0.000000\n"


async def test_a_video_that_is_larger_than_4k_is_not_copied(
    saying: Callable[[str], None], tmp_path: Path
) -> None:
    """A copy of 8K took 3 GB, of a file of 99 KB."""
    copied = tmp_path / "copy.mp4"

    async def copy(size: str) -> None:
        saying(f"{DURATION}  Stream #0:0[0x1](und): Video: h264, yuv420p, {size} [SAR 1:1]\n")
        found, seconds, codec = await probe.look(tmp_path)
        await ffmpeg.burn_in(
            tmp_path, tmp_path, copied, found, seconds, lambda done: None, codec=codec
        )

    await copy("2160x3840")
    with pytest.raises(NotPossible, match="too large"):
        await copy("7680x4320")


async def test_what_a_file_has_ffmpeg_say_takes_no_time(
    saying: Callable[[str], None], tmp_path: Path
) -> None:
    """The language of a sound may have any length."""
    saying(DURATION + f"  Stream #0:0({': Video: ' * 2200}): Audio: aac\n")
    with within(0.2), pytest.raises(NotPossible, match="can't be read"):
        await probe.look(tmp_path)


async def test_a_long_name_hides_no_other_track(
    saying: Callable[[str], None], tmp_path: Path
) -> None:
    picture = "Video: h264, 640x360"
    saying(f"  Stream #0:0: {picture}\n{DURATION}  Stream #0:1({'x' * 19_900}): {picture}\n")
    with pytest.raises(NotPossible, match="can't be read"):
        await probe.look(tmp_path)


async def test_ffmpeg_gets_no_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nenv >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("FFREPORT", "file=report.txt")
    _, said = await ffmpeg.run([], 10)
    assert f"PATH={os.environ['PATH']}" in said
    assert not {"SLACK_BOT_TOKEN", "xoxb-1", "FFREPORT"} & set(said.replace("=", "\n").split())
