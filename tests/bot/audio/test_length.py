"""How long an audio file is by its own word, where there is no ffmpeg."""

import io
import struct
import zlib
from pathlib import Path

import pytest

from bot.audio.length import seconds_of
from bot.domain.audio.kinds import SENT_AS_IT_IS, Kind
from bot.domain.audio.own_audio import MOST_BYTES
from tests.support.deadlines import within
from tests.support.files.sounds import sound


@pytest.mark.parametrize("kind", SENT_AS_IT_IS)
def test_its_length_is_read(tmp_path: Path, kind: Kind) -> None:
    with sound(tmp_path / f"a.{kind}", 7.3).open("rb") as file:
        assert seconds_of(file, kind) == pytest.approx(7.3, abs=0.1)


def test_a_variable_bitrate_makes_no_difference(tmp_path: Path) -> None:
    with sound(tmp_path / "a.mp3", 20, "-q:a", "9").open("rb") as file:
        assert seconds_of(file, Kind.MP3) == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize("kind", SENT_AS_IT_IS)
@pytest.mark.parametrize("size", [0, 1, 16, 24, 100, 2000])
def test_what_is_cut_off_has_no_length_or_a_shorter_one(
    tmp_path: Path, kind: Kind, size: int
) -> None:
    whole = sound(tmp_path / f"a.{kind}", 2).read_bytes()
    seconds = seconds_of(io.BytesIO(whole[:size]), kind)
    assert seconds is None or seconds <= 2.1


@pytest.mark.parametrize("kind", SENT_AS_IT_IS)
@pytest.mark.parametrize("filler", [b"\0", b"\xff\xfb\x90\x00", b"\xff", b"COMM", b"\x30\x26"])
def test_the_largest_hostile_file_is_read_in_time(kind: Kind, filler: bytes) -> None:
    starts = {
        Kind.MP3: b"ID3\x04\0\0\x7f\x7f\x7f\x7f", Kind.AIFF: b"FORM\0\x9f\xff\xffAIFF",
        Kind.WMA: bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\xff" * 8,
        Kind.AU: b".snd" + b"\xff" * 20,
    }  # fmt: skip
    content = (starts[kind] + filler * (MOST_BYTES // len(filler)))[:MOST_BYTES]
    with within(5.0):
        seconds_of(io.BytesIO(content), kind)


def test_a_compressed_tag_is_not_unpacked(tmp_path: Path) -> None:
    """Some kilobytes of it could become gigabytes."""
    bomb = zlib.compress(bytes(200_000_000), 9)
    frame = b"TXXX" + struct.pack(">I", len(bomb) + 4) + b"\0\x80" + struct.pack(">I", 200_000_000)
    size = len(frame) + len(bomb)
    packed = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    sound_itself = sound(tmp_path / "a.mp3", 3, "-id3v2_version", "0").read_bytes()
    with within(1.0):
        content = b"ID3\x03\0\0" + packed + frame + bomb + sound_itself
        assert seconds_of(io.BytesIO(content), Kind.MP3) == pytest.approx(3, abs=0.1)
