"""How long an audio file is, where there is no ffmpeg: hostile files, too."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.audio.kinds import SENT_AS_IT_IS, Kind, kind_of
from bot.domain.audio.length import seconds_of
from bot.domain.audio.own_audio import MOST_BYTES
from tests.support.deadlines import within
from tests.support.files.sounds import sound

FILLERS = {
    "zeros": b"\0",
    "ones": b"\xff",
    "headers": b"\xff\xfb\x90\x00",
    "headers without a rate": b"\xff\xfb\x1c",
    "the smallest frames": b"\xff\xf3\x14\x00" + bytes(20),
    "empty tags": b"ID3\x04\0\0\0\0\0\0",
    "names of chunks": b"COMM",
    "empty chunks": b"SSND" + bytes(4),
}
MOST_MEMORY = 1024**2  # besides the file itself


@pytest.mark.parametrize("kind", SENT_AS_IT_IS)
def test_its_length_is_read(tmp_path: Path, kind: Kind) -> None:
    content = sound(tmp_path / f"a.{kind}", 7.3).read_bytes()
    assert seconds_of(content, kind) == pytest.approx(7.3, abs=0.2)


@pytest.mark.parametrize(
    "how",
    [
        ("-q:a", "9"),
        ("-b:a", "320k"),
        ("-b:a", "8k", "-ar", "8000"),
        ("-ar", "22050"),
        ("-ac", "2"),
    ],
    ids=" ".join,
)
def test_each_mp3_is_measured_by_its_frames(tmp_path: Path, how: tuple[str, ...]) -> None:
    content = sound(tmp_path / "a.mp3", 20, *how).read_bytes()
    assert seconds_of(content, Kind.MP3) == pytest.approx(20, abs=0.3)


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24be", "pcm_f32be", "pcm_s8"])
def test_each_aiff_is_measured_by_its_samples(tmp_path: Path, codec: str) -> None:
    content = sound(tmp_path / "a.aiff", 5, "-c:a", codec, "-ac", "2").read_bytes()
    assert seconds_of(content, Kind.AIFF) == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("kind", SENT_AS_IT_IS)
@pytest.mark.parametrize("size", [0, 1, 16, 24, 100, 2000])
def test_what_is_cut_off_has_no_length_or_a_shorter_one(
    tmp_path: Path, kind: Kind, size: int
) -> None:
    whole = sound(tmp_path / f"a.{kind}", 2).read_bytes()
    seconds = seconds_of(whole[:size], kind)
    assert seconds is None or seconds <= 2.1


def shorter_mp3(content: bytes) -> bytes:
    at = content.index(b"Info")  # the number of frames is behind four flags
    return content[: at + 8] + struct.pack(">I", 10) + content[at + 12 :]


def shorter_aiff(content: bytes) -> bytes:
    at = content.index(b"COMM") + 10
    return content[:at] + struct.pack(">I", 1000) + content[at + 4 :]


def shorter_au(content: bytes) -> bytes:
    return content[:8] + struct.pack(">I", 100) + content[12:]


@pytest.mark.parametrize(
    ("kind", "forged"),
    [
        (Kind.MP3, shorter_mp3),
        (Kind.AIFF, shorter_aiff),
        (Kind.AU, shorter_au),
    ],
    ids=["mp3", "aiff", "au"],
)
def test_a_header_that_says_less_than_there_is_makes_nothing_cheaper(
    tmp_path: Path, kind: Kind, forged: Callable[[bytes], bytes]
) -> None:
    whole = sound(tmp_path / f"a.{kind}", 30).read_bytes()
    content = forged(whole)
    assert content != whole
    seconds = seconds_of(content, kind)
    assert seconds
    assert seconds >= 29.9


def with_more_bits(content: bytes) -> bytes:
    at = content.index(b"COMM") + 14
    return content[:at] + struct.pack(">H", 32_767) + content[at + 2 :]


def with_two_headers(content: bytes) -> bytes:
    at = content.index(b"COMM")
    (size,) = struct.unpack_from(">I", content, at + 4)
    header = content[at : at + 8 + size + size % 2]
    return (
        content[:at] + header + header[:8] + b"\x7f\xff" + header[10:] + content[at + len(header) :]
    )


@pytest.mark.parametrize("forged", [with_more_bits, with_two_headers])
@pytest.mark.parametrize("codec", ["pcm_f32be", "pcm_s16le", "pcm_s16be"])
def test_an_aiff_that_programs_could_read_in_two_ways_has_no_length(
    tmp_path: Path, codec: str, forged: Callable[[bytes], bytes]
) -> None:
    content = sound(tmp_path / "a.aiff", 30, "-c:a", codec).read_bytes()
    assert seconds_of(content, Kind.AIFF) == pytest.approx(30, abs=0.1)
    assert seconds_of(forged(content), Kind.AIFF) is None


def test_frames_in_front_of_other_data_are_no_mp3(tmp_path: Path) -> None:
    """Another program may find an hour of sound in it."""
    content = sound(tmp_path / "a.mp3", 3).read_bytes()
    assert seconds_of(content + bytes(2 * len(content)), Kind.MP3) is None


def test_frames_behind_something_else_are_no_mp3(tmp_path: Path) -> None:
    """Other programs take a file for what it begins with."""
    content = sound(tmp_path / "a.mp3", 30, "-id3v2_version", "0").read_bytes()
    aac = sound(tmp_path / "a.aac", 1).read_bytes()[:4000]
    assert len(aac) < len(content) / 20
    assert seconds_of(b"ID3\x04" + bytes(6) + aac + content, Kind.MP3) is None
    assert seconds_of(b"ID3\x04" + bytes(6) + content, Kind.MP3) == pytest.approx(30, abs=0.2)


@pytest.mark.parametrize(
    "second",
    [b"\xff\xfb\xe4\xc0", b"\xff\xfb\xe8\xc1", b"\xff\xfd\xe8\xc0"],
    ids=["another rate", "another mode", "another layer"],
)
def test_frames_of_two_kinds_are_no_mp3(second: bytes) -> None:
    """Other programs skip the first, and hear what is hidden within: 40 seconds for one."""
    first, body = b"\xff\xfb\xe8\xc0", bytes(1436)
    assert seconds_of((first + body) * 20, Kind.MP3) == pytest.approx(0.72)
    assert seconds_of((first + body + second + body) * 20, Kind.MP3) is None


@pytest.mark.parametrize(
    "tag",
    [b"ID3\x04\0\0\x80\0\x0b\x20", b"ID3\xff\0\0\0\0\x0b\x20", b"ID3\x03\0\x10\0\0\x0b\x16"],
    ids=["no size", "no version", "no footer"],
)
def test_what_is_a_tag_only_to_some_programs_is_no_mp3(tag: bytes) -> None:
    """It may hide frames that others hear."""
    frames = (b"\xff\xfb\xe8\xc0" + bytes(1436)) * 20
    real = b"ID3\x04\0\0\0\0\x0b\x20"
    assert seconds_of(real + frames, Kind.MP3) == pytest.approx(0.68, abs=0.05)
    assert seconds_of(tag + frames, Kind.MP3) is None


@pytest.mark.parametrize("kind", SENT_AS_IT_IS)
@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
@pytest.mark.parametrize("tagged", [False, True], ids=["", "a tag"])
def test_the_largest_hostile_file_is_read_in_time_and_in_little_memory(
    kind: Kind, filler: bytes, tagged: bool
) -> None:
    starts = {
        Kind.MP3: b"ID3\x04\0\0\x7f\x7f\x7f\x7f" if tagged else b"",
        Kind.AIFF: b"FORM\0\x9f\xff\xffAIFF",
        Kind.AU: b".snd" + b"\xff" * 20,
    }
    content = (starts[kind] + filler * (MOST_BYTES // len(filler)))[:MOST_BYTES]
    with within(5.0):
        seconds_of(content, kind)
        kind_of(content)
    tracemalloc.start()
    try:
        seconds_of(content[: MOST_BYTES // 4], kind)  # slow while it is watched
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES // 4 + MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_a_compressed_tag_is_not_unpacked(tmp_path: Path) -> None:
    """Some kilobytes of it could become gigabytes."""
    bomb = zlib.compress(bytes(200_000_000), 1)
    frame = b"TXXX" + struct.pack(">I", len(bomb) + 4) + b"\0\x80" + struct.pack(">I", 200_000_000)
    size = len(frame) + len(bomb)
    packed = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    sound_itself = sound(tmp_path / "a.mp3", 3, "-id3v2_version", "0").read_bytes()
    with within(1.0):
        content = b"ID3\x03\0\0" + packed + frame + bomb + sound_itself
        assert seconds_of(content, Kind.MP3) == pytest.approx(3, abs=0.2)
