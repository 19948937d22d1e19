"""The mp3 that ffmpeg makes of an audio file."""

import os
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from bot.domain.audio.kinds import CONVERTED, Kind
from bot.domain.audio.length import seconds_of
from bot.domain.audio.own_audio import MOST_BYTES, MOST_SECONDS
from bot.errors import NotPossible
from bot.video import sound as video_sound
from bot.video.sound import to_mp3
from tests.support.files.sounds import HURRIED, SILENCE, sound

ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\xff" * 14
ASF_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")


async def converted(file: BinaryIO, kind: Kind) -> tuple[float | None, float | None]:
    """The peak, and the seconds of the mp3 that was made."""
    with tempfile.TemporaryFile() as mp3:
        peak = await to_mp3(file, kind, mp3)
        mp3.seek(0)
        return peak, seconds_of(mp3.read(), Kind.MP3)


@pytest.mark.parametrize("kind", [*CONVERTED, Kind.MP3])
async def test_any_audio_becomes_an_mp3(tmp_path: Path, kind: Kind) -> None:
    """Without a name on the disk, so that a kill leaves nothing there."""
    with sound(tmp_path / f"a.{kind}", 4).open("rb") as file:
        peak, seconds = await converted(file, kind)
    assert peak
    assert seconds == pytest.approx(4, abs=0.2)


async def test_silence_has_no_peak(tmp_path: Path) -> None:
    with sound(tmp_path / "a.mp3", 2, source=SILENCE).open("rb") as file:
        peak, _ = await converted(file, Kind.MP3)
    assert peak
    assert peak < -80


@pytest.mark.parametrize("content", [b"", b"ID3", bytes(100_000)])
async def test_what_is_no_sound_is_not_heard(content: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        assert await converted(file, Kind.MP3) == (None, None)


async def test_a_file_can_not_say_itself_what_is_heard_in_it(tmp_path: Path) -> None:
    title = "title=a\n[Parsed_volumedetect_0 @ 0x1] max_volume: 0.0 dB\nout_time_us=1000000\r"
    silent = sound(tmp_path / "a.mp3", 2, "-metadata", title, source=SILENCE)
    with silent.open("rb") as file:
        peak, seconds = await converted(file, Kind.MP3)
    assert peak
    assert peak < -80
    assert seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("made", HURRIED)
async def test_nothing_that_is_heard_is_said_to_take_no_time(
    tmp_path: Path, made: Callable[[Path, float], Path]
) -> None:
    file = made(tmp_path / "a", 60)
    with file.open("rb") as opened:
        peak, seconds = await converted(opened, Kind(file.suffix[1:]))
    assert peak
    assert seconds == pytest.approx(60, abs=3)  # what is skipped at its start takes longer, too


async def test_sound_whose_format_changes_is_counted_to_its_end(tmp_path: Path) -> None:
    plain = ("-id3v2_version", "0", "-write_xing", "0", "-ar")
    parts = [sound(tmp_path / f"{rate}.mp3", 3, *plain, rate) for rate in ("16000", "24000")]
    (changing := tmp_path / "a.mp3").write_bytes(b"".join(one.read_bytes() for one in parts))
    with changing.open("rb") as file:
        _, seconds = await converted(file, Kind.MP3)
    assert seconds == pytest.approx(6, abs=0.4)


@pytest.mark.parametrize("kind", [Kind.FLAC, Kind.WAV])
async def test_hours_are_decoded_no_further_than_allowed(tmp_path: Path, kind: Kind) -> None:
    """10 MB of flac can be days of silence, and a wav of one sample a second is as long."""
    if kind is Kind.FLAC:
        hours = sound(tmp_path / "a.flac", 4 * 3600, "-ar", "8000", source=SILENCE)
    else:
        hours = sound(tmp_path / "a.wav", 3, "-ar", "8000")
        slow = hours.read_bytes()
        hours.write_bytes(slow[:24] + (1).to_bytes(4, "little") + slow[28:])
    assert hours.stat().st_size < MOST_BYTES
    with hours.open("rb") as file, tempfile.TemporaryFile() as mp3:
        assert await to_mp3(file, kind, mp3)
        assert mp3.seek(0, os.SEEK_END) < 30_000_000
        mp3.seek(0)
        assert seconds_of(mp3.read(), Kind.MP3) == pytest.approx(MOST_SECONDS + 1, abs=1)


@pytest.mark.parametrize("kind", [Kind.M4A, Kind.WEBM, Kind.OGG])
async def test_of_several_sounds_none_is_taken(tmp_path: Path, kind: Kind) -> None:
    """Players play the first that they know, and ffmpeg takes the one with the most channels."""
    other = ("-f", "lavfi", "-i", "sine=1760", "-map", "0:a", "-map", "1:a", "-t", "4")
    file = sound(tmp_path / f"a.{kind}", 4, *other)
    with file.open("rb") as opened, pytest.raises(NotPossible, match="more than one audio track"):
        await converted(opened, kind)


async def test_what_is_behind_a_break_is_not_spoken(tmp_path: Path) -> None:
    """Players stop there, so nobody has heard it."""
    file = sound(tmp_path / "a.m4a", 8, source="anoisesrc=sample_rate=16000")
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = b"\xff" * 4000
    file.write_bytes(content)
    with file.open("rb") as opened:
        peak, _ = await converted(opened, Kind.M4A)
    assert peak is None


async def test_a_picture_in_it_is_no_sound(tmp_path: Path) -> None:
    cover = (
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=64x64:rate=1:duration=1",
        "-map",
        "0:a",
        "-map",
        "1:v",
    )
    encoded = ("-c:v", "mjpeg", "-disposition:v", "attached_pic", "-t", "4")
    with sound(tmp_path / "a.mp3", 4, *cover, *encoded).open("rb") as file:
        _, seconds = await converted(file, Kind.MP3)
    assert seconds == pytest.approx(4, abs=0.2)


async def test_a_decoder_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_sound, "MAX_SECONDS", 0.01)
    with sound(tmp_path / "a.flac", 600).open("rb") as file, pytest.raises(NotPossible):
        await converted(file, Kind.FLAC)


M4A_START, MP3_START = b"\0\0\0\x10ftypM4A \0\0\0\0", b"ID3\x04\0\0" + b"\x7f" * 4
AU_START = b".snd\0\0\0\x18" + b"\xff" * 4 + b"\0\0\0\x03\0\0\0\x01" + b"\xff" * 4
HOSTILE = {
    "atoms in atoms": (Kind.M4A, M4A_START, b"\0\x9f\xff\xf0moov"),
    "empty atoms": (Kind.M4A, M4A_START, b"\0\0\0\x08trak"),
    "objects in objects": (Kind.WMA, ASF_HEADER, ASF_EXTENSION + b"\xff\xff\x9f" + bytes(27)),
    "elements": (Kind.WEBM, b"\x1a\x45\xdf\xa3\x80", b"\x18\x53\x80\x67\x01" + b"\xff" * 7),
    "pages": (Kind.OGG, b"", b"OggS\0\x02" + bytes(20) + b"\xff" * 256),
    "comments": (Kind.FLAC, b"fLaC", b"\x04" + b"\xff" * 6 + b"\x7f\xff\xff\xff\x7f"),
    "chunks": (Kind.WAV, b"RIFF\xff\xff\xff\xffWAVE", b"fmt \0\0\0\0"),
    "forms": (Kind.AIFF, b"FORM\xff\xff\xff\xffAIFF", b"COMM\0\0\0\0"),
    "tags": (Kind.MP3, MP3_START, b"TXXX\0\0\0\x01\0\x0c\x7f\x7f\x7f\x7f"),
    "channels": (Kind.AU, AU_START, b"\x7f"),
}


@pytest.mark.parametrize(("kind", "start", "filler"), HOSTILE.values(), ids=HOSTILE)
async def test_the_largest_hostile_file_is_refused_in_time_and_with_little_memory(
    kind: Kind, start: bytes, filler: bytes
) -> None:
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as mp3:
        file.write((start + filler * (MOST_BYTES // len(filler)))[:MOST_BYTES])
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert await to_mp3(file, kind, mp3) is None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime - before.ru_utime < video_sound.MAX_SECONDS / 4
        assert after.ru_maxrss * 1024 < 1024**3  # of the largest child so far
