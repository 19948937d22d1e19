"""What a file is, by its bytes."""

from pathlib import Path

import pytest

from bot.domain.audio.kinds import CONVERTED, SENT_AS_IT_IS, Kind, kind_of
from bot.domain.audio.own_audio import MOST_BYTES
from tests.support.deadlines import within
from tests.support.files.sounds import sound, video


@pytest.mark.parametrize("kind", [*SENT_AS_IT_IS, *CONVERTED])
def test_each_kind_is_told_whatever_its_name_says(tmp_path: Path, kind: Kind) -> None:
    assert kind_of(sound(tmp_path / f"a.{kind}", 1).read_bytes()) is kind


@pytest.mark.parametrize("suffix", ["mp4", "webm", "mov", "avi", "wmv"])
def test_a_video_is_none_of_them(tmp_path: Path, suffix: str) -> None:
    assert kind_of(video(tmp_path / f"a.{suffix}", 1).read_bytes()) is Kind.VIDEO


def test_an_mp3_without_tags_and_one_with(tmp_path: Path) -> None:
    plain = sound(tmp_path / "a.mp3", 1, "-write_id3v1", "0", "-id3v2_version", "0").read_bytes()
    tagged = sound(tmp_path / "b.mp3", 1, "-metadata", "title=News").read_bytes()
    assert not plain.startswith(b"ID3")
    assert tagged.startswith(b"ID3")
    assert kind_of(plain) is kind_of(tagged) is Kind.MP3


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"MZ\x90\0", b"%PDF-1.7", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBP",
     b"\xff\xf1\x50\x80 AAC", b"#EXTM3U\nfile:///etc/passwd", b"<html>", b"FORM1234ILBM"],
)  # fmt: skip
def test_everything_else_is_no_audio(content: bytes) -> None:
    assert kind_of(content) is Kind.OTHER


@pytest.mark.parametrize("start", [b"\0\0\0\x20ftypM4A ", b"\x1a\x45\xdf\xa3"])
@pytest.mark.parametrize("filler", [b"hdlr", b"\x86", b"\0", b"hdlr\0\0\0\0\0\0\0\0vid"])
def test_the_largest_file_is_told_in_linear_time(start: bytes, filler: bytes) -> None:
    content = (start + filler * (MOST_BYTES // len(filler)))[:MOST_BYTES]
    with within(2.0):
        assert kind_of(content) in CONVERTED
