"""What ffmpeg hears in an audio file."""

import tempfile
from pathlib import Path

import pytest

from bot.domain.audio.kinds import CONVERTED, Kind, kind_of
from bot.video.sound import hear
from tests.support.files.sounds import SILENCE, sound


@pytest.mark.parametrize("kind", CONVERTED)
async def test_what_segmind_does_not_take_becomes_an_mp3(tmp_path: Path, kind: Kind) -> None:
    """Without a name on the disk, so that a kill leaves nothing there."""
    with sound(tmp_path / f"a.{kind}", 4).open("rb") as file, tempfile.TemporaryFile() as mp3:
        heard = await hear(file, mp3)
        assert heard
        assert heard.seconds == pytest.approx(4, abs=0.1)
        mp3.seek(0)
        assert kind_of(mp3.read()) is Kind.MP3
        again = await hear(mp3)
        assert again
        assert again.seconds == pytest.approx(4, abs=0.1)


async def test_silence_has_no_peak(tmp_path: Path) -> None:
    with sound(tmp_path / "a.mp3", 2, source=SILENCE).open("rb") as file:
        heard = await hear(file)
    assert heard
    assert heard.peak < -80


@pytest.mark.parametrize("content", [b"", b"ID3", bytes(100_000)])
async def test_what_is_no_sound_is_not_heard(content: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        assert await hear(file) is None
