"""Real audio files of any kind, made with ffmpeg."""

import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from bot.demo.slack import Modal, StoredFile

# A second at once: by default ffmpeg makes a 16th, and hours of those take ten times as long.
TONE = "sine=frequency=300:sample_rate=16000:samples_per_frame=16000"
SILENCE = "anullsrc=r=16000:cl=mono:n=16000"
BOX, FIELD = "Own audio", "Audio file"
PICTURE = "testsrc=size=64x64"


def sound(path: Path, seconds: float = 4.2, *arguments: str, source: str = TONE) -> Path:
    """The kind follows the suffix of the path."""
    made = _made_by_ffmpeg(path.suffix, "-i", source, "-t", f"{seconds:g}", *arguments)
    path.write_bytes(made)
    return path


def video(path: Path, seconds: float = 2.0) -> Path:
    inputs = ("-i", PICTURE, "-f", "lavfi", "-i", TONE)
    made = _made_by_ffmpeg(path.suffix, *inputs, "-t", f"{seconds:g}", "-pix_fmt", "yuv420p")
    path.write_bytes(made)
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


def boxed(path: Path, seconds: float, hidden: int) -> Path:
    """An mp3 of some seconds to whoever reads it as an mp3, and a longer mp4 to all others."""
    large_frames = ["-ar", "32000", "-b:a", "320k", "-id3v2_version", "0", "-write_xing", "0"]
    content = bytearray(sound(path, seconds, *large_frames).read_bytes())
    samples, at_once = 8000 * hidden, 80_000  # each chunk is the same bytes
    inside = _full_box(b"mvhd", struct.pack(">4I", 0, 0, 8000, samples), bytes(80)) + _box(
        b"trak",
        _full_box(b"tkhd", struct.pack(">5I", 0, 0, 1, 0, samples), bytes(60)),
        _box(
            b"mdia",
            _full_box(b"mdhd", struct.pack(">5I", 0, 0, 8000, samples, 0)),
            _full_box(b"hdlr", bytes(4), b"soun", bytes(13)),
            _box(b"minf", _box(b"stbl", *_samples(samples, at_once, 2000))),
        ),
    )
    content[4 : 8 + len(inside)] = b"moov" + inside
    behind = 8 + len(inside)
    content[behind : behind + 8] = struct.pack(">I4s", len(content) - behind, b"mdat")
    path.write_bytes(content)
    return path


def hurried_m4a(path: Path, seconds: float) -> Path:
    """An m4a whose table of times says that it lasts a hundredth of that."""
    file = sound(path.with_suffix(".m4a"), seconds, "-ar", "48000", "-b:a", "16k")
    content = bytearray(file.read_bytes())
    table = content.index(b"stts")
    for entry in range(int.from_bytes(content[table + 8 : table + 12])):
        at = table + 16 + 8 * entry
        content[at : at + 4] = (10).to_bytes(4)  # in place of 1,024 samples
    file.write_bytes(content)
    return file


def hurried_webm(path: Path, seconds: float) -> Path:
    """A webm whose times count microseconds a hundredth as long."""
    file = sound(path.with_suffix(".webm"), seconds, "-b:a", "24k")
    content = bytearray(file.read_bytes())
    scale = content.index(b"\x2a\xd7\xb1\x83") + 4
    content[scale : scale + 3] = (10_000).to_bytes(3)
    file.write_bytes(content)
    return file


HURRIED = (hurried_m4a, hurried_webm)


def _samples(count: int, at_once: int, at: int) -> list[bytes]:
    """Of one byte each, 8,000 a second."""
    codec = _box(b"ulaw", bytes(6), struct.pack(">3HI4HI", 1, 0, 0, 0, 1, 16, 0, 0, 8000 << 16))
    chunks = count // at_once
    return [
        _full_box(b"stsd", struct.pack(">I", 1), codec),
        _full_box(b"stts", struct.pack(">3I", 1, count, 1)),
        _full_box(b"stsc", struct.pack(">4I", 1, 1, at_once, 1)),
        _full_box(b"stsz", struct.pack(">2I", 1, count)),
        _full_box(b"stco", struct.pack(">I", chunks), struct.pack(">I", at) * chunks),
    ]


def _full_box(name: bytes, *content: bytes) -> bytes:
    return _box(name, bytes(4), *content)


def _box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), name) + inside


async def open_audio_field(form: Modal) -> Modal:
    """*Upload an audio file*, under *More options*."""
    if BOX not in form.labels():
        await form.press("More options")
        await form.wait_for(lambda m: BOX in m.labels())
    await form.check(BOX)
    return await form.wait_for(lambda m: FIELD in m.labels())


async def upload_audio(form: Modal, audio: Path) -> StoredFile:
    """Up to the price, which is then on the button that sends the form."""
    await open_audio_field(form)
    [file] = await form.attach(FIELD, audio)
    errors = await form.submit()
    while "Try again in a moment" in errors.get(FIELD, ""):  # a busy machine reads it too late
        errors = await form.submit()
    assert errors == {}
    assert "Your audio is" in form.text() or "made exactly this video" in form.text()
    return file


@cache
def _made_by_ffmpeg(suffix: str, *arguments: str) -> bytes:
    """The file, made once for all tests of this process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"made{suffix}")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi"]
        subprocess.run([*command, *arguments, str(file)], check=True)
        return file.read_bytes()
