"""Real audio files of any kind, made with ffmpeg."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

from bot.demo.slack import Modal

TONE = "sine=frequency=300:sample_rate=16000"
SILENCE = "anullsrc=r=16000:cl=mono"
BOX, FIELD = "Own audio", "Audio file"
PICTURE = "testsrc=size=64x64"


def sound(path: Path, seconds: float = 4.2, *arguments: str, source: str = TONE) -> Path:
    """The kind follows the suffix of the path."""
    _ffmpeg("-f", "lavfi", "-i", source, "-t", f"{seconds:g}", *arguments, str(path))
    return path


def video(path: Path, seconds: float = 2.0) -> Path:
    inputs = ("-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", TONE)
    _ffmpeg(*inputs, "-t", f"{seconds:g}", "-pix_fmt", "yuv420p", str(path))
    return path


def disguised(path: Path, seconds: float, hidden: float) -> Path:
    """An mp3 of some seconds to whoever reads it as an mp3, and a longer flac to all others."""
    frames = sound(path.with_suffix(".in.mp3"), seconds, "-id3v2_version", "0").read_bytes()
    padded = f"{TONE}:duration=1,apad"
    flac = sound(path.with_suffix(".flac"), hidden, "-ar", "8000", source=padded).read_bytes()
    tag, at = b"ID3\x04" + bytes(6), 42  # behind the first block of the flac, which isn't the last
    extra = b"\x02" + (len(frames) + 4).to_bytes(3, "big") + b"test" + frames
    path.write_bytes(tag + flac[:at] + extra + flac[at:])
    return path


async def open_audio_field(form: Modal) -> Modal:
    """*Upload an audio file*, under *More options*."""
    if BOX not in form.labels():
        await form.press("More options")
        await form.wait_for(lambda m: BOX in m.labels())
    await form.check(BOX)
    return await form.wait_for(lambda m: FIELD in m.labels())


async def upload_audio(form: Modal, audio: Path) -> None:
    """Up to the price, which is then on the button that sends the form."""
    await open_audio_field(form)
    await form.attach(FIELD, audio)
    errors = await form.submit()
    while "Try again in a moment" in errors.get(FIELD, ""):  # a busy machine reads it too late
        errors = await form.submit()
    assert errors == {}
    assert "Your audio is" in form.text() or "made exactly this video" in form.text()


def _ffmpeg(*arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, check=True)
