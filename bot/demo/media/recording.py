"""A recording that somebody has uploaded: how long it is."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

_TIME = re.compile(r"time=(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True)
class Recording:
    path: Path
    seconds: float


async def recording(path: Path) -> Recording | None:
    """None if ffmpeg finds no sound in it."""
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-i", str(path),
        "-vn", "-f", "null", "-",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    times = _TIME.findall(said.decode(errors="replace"))
    if process.returncode or not times:
        return None
    hours, minutes, seconds = times[-1]
    return Recording(path, int(hours) * 3600 + int(minutes) * 60 + float(seconds))
