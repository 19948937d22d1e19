"""Real videos of all kinds, made with ffmpeg; and some that players show in another way than it."""

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg

RED, BLUE = "color=red:s=320x180:d=1:r=10", "color=blue:s=640x360:d=1:r=10"
LOW, HIGH = "sine=440:d=1", "sine=1760:d=1"
# A shown frame of VP9 and another one in one packet, by the index behind them; see annex B of
# https://storage.googleapis.com/downloads.webmproject.org/docs/vp9/vp9-bitstream-specification-v0.7-20170222-draft.pdf
TWO_FRAMES = 0b110_11_001  # sizes of four bytes each
IVF_HEADER, IVF_FRAME = 32, struct.Struct("<IQ")  # of a frame: its size and its time


def run(*arguments: str | Path) -> Path:
    """The file that ffmpeg has made: its last argument."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *arguments]
    subprocess.run(command, capture_output=True, check=True)
    return Path(arguments[-1])


def make(video: Path, *sources: str, options: tuple[str, ...] = ()) -> Path:
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    tracks = [word for number in range(len(sources)) for word in ("-map", str(number))]
    return run(*inputs, *tracks, *options, video)


def two_in_each_packet(video: Path, seconds: float = 1.0) -> Path:
    """Browsers show red, the last picture of each packet; ffmpeg's own decoder gives blue, too."""
    size = f"s=320x180:r=10:d={seconds:g}"
    options = ("-c:v", "libvpx-vp9", "-lag-in-frames", "0", "-deadline", "realtime", "-g", "1")
    shown, hidden = (
        make(video.with_suffix(f".{color}.ivf"), f"color={color}:{size}", options=options)
        for color in ("red", "blue")
    )
    both = bytearray(shown.read_bytes()[:IVF_HEADER])
    for (at, last), (_, first) in zip(_frames(shown), _frames(hidden), strict=True):
        index = struct.pack("<B2IB", TWO_FRAMES, len(first), len(last), TWO_FRAMES)
        packet = first + last + index
        both += IVF_FRAME.pack(len(packet), at) + packet
    packed = video.with_suffix(".ivf")
    packed.write_bytes(both)
    sound = ("-f", "lavfi", "-i", f"sine=440:d={seconds:g}")
    return run("-i", packed, *sound, "-c:v", "copy", video)


def _frames(ivf: Path) -> list[tuple[int, bytes]]:
    content, at, found = ivf.read_bytes(), IVF_HEADER, list[tuple[int, bytes]]()
    while at < len(content):
        size, time = IVF_FRAME.unpack_from(content, at)
        at += IVF_FRAME.size
        found.append((time, content[at : at + size]))
        at += size
    return found


def broken_off(video: Path, seconds: float = 2.0) -> Path:
    """An mp4 with pictures in its middle that can't be decoded: players stop there."""
    source = f"testsrc=s=320x180:r=10:d={seconds:g}"
    options = ("-pix_fmt", "yuv420p", "-g", "5")
    make(video, source, f"sine=440:d={seconds:g}", options=options)
    content = bytearray(video.read_bytes())
    chunks = content.index(b"stco")  # of the first track, the picture
    number = int.from_bytes(content[chunks + 8 : chunks + 12])
    starts = struct.unpack_from(f">{number}I", content, chunks + 12)
    middle = starts[number // 2]
    content[middle : middle + 4] = b"\x7f\xff\xff\xff"  # a part that is longer than its sample
    video.write_bytes(content)
    return video


def color(video: Path, at: float = 0.5, part: str = "iw/4:ih/4:0:ih/2") -> tuple[int, ...]:
    """Red, green and blue of what ffmpeg shows in a part of a video."""
    shown = run_for_bytes(
        "-ss", f"{at:g}", "-i", video, "-frames:v", "1", "-vf", f"crop={part},scale=1:1",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
    )  # fmt: skip
    return tuple(shown)


def run_for_bytes(*arguments: str | Path) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout
