"""A file may be shown by players in another way than ffmpeg does, such as with several tracks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import NotPossible
from bot.video import ffmpeg, probe
from bot.video.overlay import overlay
from tests.support.files.videos import (
    BLUE,
    HIGH,
    LOW,
    RED,
    broken_off,
    color,
    make,
    run,
    two_in_each_packet,
)


@pytest.mark.parametrize(
    ("sources", "kind"), [((RED, BLUE, LOW), "video"), ((RED, LOW, HIGH), "audio")]
)
async def test_a_video_that_people_may_see_as_another_one_is_not_copied(
    tmp_path: Path, sources: tuple[str, ...], kind: str
) -> None:
    video = make(tmp_path / "several.mp4", *sources)
    with pytest.raises(NotPossible, match=f"more than one {kind} track"):
        await probe.look(video, to_copy=True)


async def test_a_recording_of_a_phone_may_have_several_sounds(tmp_path: Path) -> None:
    video = make(tmp_path / "recording.mp4", RED, LOW, HIGH)
    assert (await probe.look(video))[0] == (320, 180)


@pytest.mark.parametrize(
    "options",
    [("-vf", "setpts=PTS+5.2/TB"), ("-vf", "setsar=2/25")],
    ids=["picture begins late", "pixels are not square"],
)
async def test_a_video_in_which_the_label_might_not_be_seen_is_not_copied(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    video = make(tmp_path / "odd.mp4", RED, "sine=440:d=8", options=options)
    await probe.look(video)
    with pytest.raises(NotPossible, match="the label might not be seen"):
        await probe.look(video, to_copy=True)


async def test_a_video_that_is_turned_may_be_footage_but_is_not_copied(tmp_path: Path) -> None:
    stored = make(tmp_path / "stored.mp4", RED, LOW)
    turned = run(
        "-display_rotation", "90", "-i", str(stored), "-c", "copy", tmp_path / "turned.mp4"
    )
    await probe.look(turned)
    with pytest.raises(NotPossible, match="the label might not be seen"):
        await probe.look(turned, to_copy=True)


async def test_a_transparent_video_is_not_copied(tmp_path: Path) -> None:
    """Players show what is behind it, ffmpeg what is stored under what is transparent."""
    picture = f"{RED},format=yuva420p,geq=lum='lum(X,Y)':a='if(lt(X,W/2),255,0)'"
    video = make(tmp_path / "transparent.webm", picture, LOW)
    with pytest.raises(NotPossible, match="is transparent"):
        await probe.look(video, to_copy=True)


# Elements of Matroska: https://www.rfc-editor.org/rfc/rfc9559#name-video-element
COLOR = bytes.fromhex("55b0 84 55b9 81 01")
CROPPED = bytes.fromhex("54dd 82 00a0 ec 80")  # 160 pixels on the right


async def test_a_video_that_only_ffmpeg_crops_is_not_copied(tmp_path: Path) -> None:
    video = make(tmp_path / "whole.webm", RED, LOW)
    await probe.look(video, to_copy=True)
    stored = video.read_bytes()
    assert COLOR in stored
    video.write_bytes(stored.replace(COLOR, CROPPED))
    with pytest.raises(NotPossible, match="cropped"):
        await probe.look(video, to_copy=True)


FAKE = "a\n  Stream #0:0: Video: vp8, 64x50000 [SAR 1:1], b"


@pytest.mark.parametrize(
    ("sources", "language"),
    [((RED, BLUE, LOW), "v:1=a b"), ((RED, LOW, HIGH), "a:1=a b"), ((RED, LOW), f"v:0={FAKE}")],
    ids=["hides a picture", "hides a sound", "looks like another size"],
)
async def test_the_language_of_a_track_is_not_taken_for_words_of_ffmpeg(
    tmp_path: Path, sources: tuple[str, ...], language: str
) -> None:
    track, words = language.split("=", 1)
    options = (f"-metadata:s:{track}", f"language={words}")
    video = make(tmp_path / "language.webm", *sources, options=options)
    with pytest.raises(NotPossible, match="can't be read"):
        await probe.look(video, to_copy=True)


async def test_the_name_of_a_remark_is_not_taken_for_the_length(tmp_path: Path) -> None:
    """An earlier length hides later captions, and one that is too long makes short footage pass."""
    options = ("-movflags", "use_metadata_tags", "-metadata", "x\n  Duration: 00:00:20.00, y=1")
    video = make(tmp_path / "length.mp4", RED, LOW, options=options)
    for to_copy in (False, True):
        with pytest.raises(NotPossible, match="can't be read"):
            await probe.look(video, to_copy=to_copy)


@pytest.mark.parametrize(
    ("name", "options", "codec"),
    [
        ("a.mp4", ("-c:v", "mpeg4"), "mpeg4"),
        ("a.mp4", ("-c:a", "flac"), "flac"),
        ("a.mp4", ("-c:v", "libx265"), "hevc"),
        ("a.webm", ("-c:v", "libaom-av1", "-cpu-used", "8"), "av1"),
    ],
)
async def test_a_video_that_not_all_browsers_play_is_not_copied(
    tmp_path: Path, name: str, options: tuple[str, ...], codec: str
) -> None:
    video = make(tmp_path / name, RED, LOW, options=options)
    with pytest.raises(NotPossible, match=rf"Not all browsers play .* \({codec}\)"):
        await probe.look(video, to_copy=True)


@pytest.mark.parametrize(
    ("name", "options", "codec"),
    [
        ("a.mp4", ("-metadata:s:a", "language=eng", "-metadata:s:v", "language=eng"), "h264"),
        ("a.mp4", ("-c:a", "libmp3lame"), "h264"),
        ("a.webm", ("-c:v", "libvpx", "-metadata:s:v", "language=en-US"), "vp8"),
        ("a.webm", ("-c:v", "libvpx-vp9", "-c:a", "libvorbis"), "vp9"),
    ],
)
async def test_what_browsers_play_is_copied(
    tmp_path: Path, name: str, options: tuple[str, ...], codec: str
) -> None:
    video = make(tmp_path / name, RED, LOW, options=options)
    assert (await probe.look(video, to_copy=True)).codec == codec
    red, green, blue = color(await copy(video))
    assert red > 240
    assert green + blue < 20


async def copy(video: Path) -> Path:
    size, seconds, codec = await probe.look(video, to_copy=True)
    drawn, target = video.with_suffix(".ass"), video.with_suffix(".copy.mp4")
    drawn.write_text(overlay(size, seconds, "AI-generated video"), encoding="utf-8")
    await ffmpeg.burn_in(video, drawn, target, size, seconds, lambda part: None, codec=codec)
    return target


@pytest.mark.parametrize("name", ["two.mp4", "two.webm"])
async def test_a_copy_and_a_face_show_the_picture_that_browsers_show(
    tmp_path: Path, name: str
) -> None:
    video, face = two_in_each_packet(tmp_path / name), tmp_path / "face.png"
    assert color(video)[2] > 240, "ffmpeg's own decoder gives the other one"
    await ffmpeg.first_frame(video, face, 240, codec=(await probe.look(video)).codec)
    for red, green, blue in (color(await copy(video)), color(face, 0)):
        assert red > 240
        assert green + blue < 20


async def test_a_video_at_which_players_stop_is_not_copied(tmp_path: Path) -> None:
    video = broken_off(tmp_path / "broken.mp4")
    with pytest.raises(NotPossible, match="couldn't make the copy"):
        await copy(video)


# What ffmpeg says of a recording of an iPhone. It has tracks for the place and the orientation.
PHONE = """\
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'IMG_0001.MOV':
  Metadata:
    major_brand     : qt
    com.apple.quicktime.model: iPhone 15 Pro
  Duration: 00:00:21.53, start: 0.000000, bitrate: 9023 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc), \
1920x1080, 8625 kb/s, 30 fps, 30 tbr, 600 tbn (default)
    Metadata:
      handler_name    : Core Media Video
    Side data:
      displaymatrix: rotation of -90.00 degrees
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, stereo, fltp (default)
  Stream #0:2[0x3](und): Audio: none (apac / 0x63617061), 48000 Hz, 4 channels
  Stream #0:3[0x4](und): Data: none (mebx / 0x7862656D) (default)
    Metadata:
      handler_name    : Core Media Metadata
  Stream #0:4[0x5](eng): Data: none (tmcd / 0x64636D74)
  Stream #0:5[0x6](und): Unknown: none
Unsupported codec with id 0 for input stream 3
"""


async def test_a_recording_of_a_phone_may_be_footage(
    tmp_path: Path, saying: Callable[[str], None]
) -> None:
    saying(PHONE)
    assert await probe.look(tmp_path, probe.FILMED) == ((1920, 1080), 21.53, "hevc")


async def test_a_copy_keeps_no_words_of_the_file(tmp_path: Path) -> None:
    options = ("-metadata", "title=Launch", "-metadata", "location=+52.5+013.4/")
    video = make(tmp_path / "named.mp4", RED, LOW, options=options)
    assert b"Launch" in video.read_bytes()
    copied = (await copy(video)).read_bytes()
    assert not any(word in copied for word in (b"Launch", b"+52.5"))
