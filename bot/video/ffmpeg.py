"""Runs ffmpeg as a child process, while the bot goes on with its work.

ffmpeg comes with the optional package `imageio-ffmpeg`. A child gives way to the bot, and has
limits of its own for time and memory: what it does with a broken file can't harm the bot.
"""

import asyncio
import errno
import logging
import os
import re
import resource
import signal
import unicodedata
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bot.errors import NotPossible

log = logging.getLogger(__name__)

NICENESS = 10
MAX_ADDRESSES = 4 * 1024**3  # bytes; each thread has many that it never uses
# Bytes of memory. A file of 2 KB can say that it has millions of samples, and ffmpeg makes 24 bytes
# of each. Measured: 4K took 210 to 280 MB, to copy 1080p 440, 4K 1,160. See also probe.py.
FRAME_MEMORY = 512 * 1024**2
COPY_MEMORY, MEMORY_PER_MEGAPIXEL = 512 * 1024**2, 150 * 1024**2
MAX_FILE = 2 * 1024**3  # bytes of a copy
THREADS = "2"  # each takes memory, too
START_SECONDS = 60.0
MAX_SECONDS = 45 * 60.0
SECONDS_PER_MEGAPIXEL = 10.0  # for each second of video: ten times what was measured
MEGAPIXEL = 1_000_000
KILLS = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
MISSING = (
    "This bot can't make copies to publish. Ask its admin to install them: "
    "pip install imageio-ffmpeg."
)
TOO_LARGE = "This video is too large: 4K is the most."
FULL = "The disk of the bot's machine is full. Ask its admin to free some space."
KILLED = (
    "ffmpeg was stopped before it was done, most likely because the bot's machine ran out of "
    "memory. Try again later, or ask its admin for more memory."
)
MOST_KILLED = 3  # times, until a file is given up: the bot may be killed together with ffmpeg
OFTEN_KILLED = (
    "I was stopped three times while I read a file, most likely because the bot's machine ran out "
    "of memory. Use a smaller file, or ask its admin for more memory."
)
# Exit codes, but broken files have them, too: then it says something else.
NO_SPACE, STOPPED = 256 - errno.ENOSPC, 255
# By SIGTERM or SIGINT. The last line is its own; a file's words may be in others.
_SIGNAL = re.compile(r"(?m)^Exiting normally, received signal \d+\.\s*\Z")
# Of the bot's environment, in which its tokens are: what finds programs, libraries and fonts.
ENVIRONMENT = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
)  # fmt: skip
# A video, and nothing that it names: a playlist in its place would make ffmpeg open other files.
INPUT = (
    "-protocol_whitelist", "file",
    "-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm", "-i",
)  # fmt: skip
# What browsers play, each with the decoder that shows what they do. ffmpeg's own of VP9 also shows
# a picture that is packed with another one, of which browsers show only the last.
DECODERS = {"h264": "h264", "hevc": "hevc", "vp8": "libvpx", "vp9": "libvpx-vp9"}
NOT_TURNED = ("-noautorotate",)  # by what is in the picture's data, which browsers don't read
# Sound isn't kept as it is, for players stop where it is broken. A file's own data, such as where
# it was filmed, isn't kept at all.
MP4 = (
    "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac",
    "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart",
)  # fmt: skip
HD, REENCODE_SECONDS = 1920, 8 * 60.0  # measured: a minute of 1080p took 20 s, on two busy cores
REENCODE_MEMORY = 640 * 1024**2  # 4K took 590 MB at most
MOST_MEGAPIXELS = 10.0  # a little more than 4K: of 8K, a copy took 3 GB
_NO_GLYPH = re.compile(r"failed to find any fallback with glyph 0x([0-9A-Fa-f]{1,6})")
CUT = "…\n"  # in place of what it said before
OUT_TIME = re.compile(r"out_time_us=(\d+)")

Progress = Callable[[float], None]  # the part that is done, 0 to 1


class MachineFull(NotPossible):
    """The disk or the memory of the bot's machine."""

    for_admin = True


class Killed(MachineFull):
    """ffmpeg, and not by the bot. The next attempt may succeed."""


@cache  # a form asks each time that it is drawn
def is_there() -> bool:
    return find_spec("imageio_ffmpeg") is not None


def _source(video: Path, codec: str) -> list[str]:
    """Decoded as browsers do it, which stop at what can't be decoded."""
    return ["-xerror", "-threads", THREADS, "-c:v", DECODERS[codec], *INPUT, str(video)]


def _check_size(size: tuple[int, int]) -> float:
    """Its megapixels. Raises NotPossible if it has more than 4K."""
    megapixels = size[0] * size[1] / MEGAPIXEL
    if megapixels > MOST_MEGAPIXELS:
        raise NotPossible(TOO_LARGE)
    return megapixels


async def reencode(
    video: Path, target: Path, size: tuple[int, int], codec: str, spare_bytes: int = MAX_FILE
) -> bool:
    """Writes an mp4 of at most 1080p, with 30 pictures a second, one sound and nothing else.

    A file can be made so that one program shows other pictures than another; what x264 writes looks
    the same in all. False: players would stop before its end. Raises NotPossible, also if it takes
    more than `spare_bytes` of the disk.
    """
    _check_size(size)
    fit = f"scale=w='min({HD},iw)':h='min({HD},ih)':force_original_aspect_ratio=decrease"
    command = [
        "-nostats", *_source(video, codec), "-threads", THREADS,
        "-map", "0:v:0", "-map", "0:a:0?",
        "-vf", f"fps=30,{fit}:force_divisible_by=2,sidedata=delete",  # no screen leaves one out
        *MP4, "-maxrate", "5M", "-bufsize", "10M", "-y", str(target),
    ]  # fmt: skip
    disk = min(MAX_FILE, spare_bytes)
    code, said = await run(command, REENCODE_SECONDS, disk=disk, memory=REENCODE_MEMORY)
    if code:
        log.info("ffmpeg couldn't re-encode a video: %s", said.strip()[-200:])
    return not code


async def first_frame(video: Path, target: Path, most: int, *, codec: str) -> None:
    """Writes it as a PNG of at most `most` pixels in width and height. Raises NotPossible.

    `codec`: one of DECODERS.
    """
    fit = f"scale=w={most}:h={most}:force_original_aspect_ratio=decrease"
    command = [*NOT_TURNED, *_source(video, codec), "-frames:v", "1", "-vf", fit]
    command += ["-update", "1", "-y", str(target)]
    code, said = await run(command, START_SECONDS, memory=FRAME_MEMORY)
    if code:
        raise NotPossible(f"The first frame can't be read. ffmpeg said: {said.strip()[-200:]}")


async def burn_in(
    video: Path, overlay: Path, target: Path, size: tuple[int, int], seconds: float,
    progress: Progress, spare_bytes: int = MAX_FILE, *, codec: str,
) -> None:  # fmt: skip
    """Draws an ASS file over each frame, and writes an mp4.

    Raises NotPossible if that takes too long, needs letters that no font here has, more memory than
    4K does, or more than `spare_bytes` of the disk.
    """
    megapixels = max(_check_size(size), 1.0)
    limit = min(START_SECONDS + seconds * megapixels * SECONDS_PER_MEGAPIXEL, MAX_SECONDS)
    command = [
        "-progress", "pipe:1", "-nostats", *NOT_TURNED, *_source(video, codec),
        "-threads", THREADS,
        # Of each picture's own data, such as captions and which side is up, browsers show nothing.
        # The path is given without its folder: in a filter, colons and quotes are syntax.
        "-vf", f"sidedata=delete,ass={overlay.name}", *MP4, "-y", str(target),
    ]  # fmt: skip

    def read(line: str) -> None:
        if done := OUT_TIME.match(line):
            progress(min(int(done[1]) / 1e6 / max(seconds, 0.1), 1.0))

    disk = min(MAX_FILE, spare_bytes)
    memory = COPY_MEMORY + int(megapixels * MEMORY_PER_MEGAPIXEL)
    code, said = await run(command, limit, read, overlay.parent, disk=disk, memory=memory)
    if missing := [c for c in map(_letter, _NO_GLYPH.findall(said)) if c]:
        raise NotPossible(
            f"No font on the bot's machine has the letter “{missing[0]}”, so the captions "
            "can't be burned in. Ask its admin to install one, such as fonts-noto-cjk."
        )
    if code:
        raise NotPossible(f"ffmpeg couldn't make the copy. It said: {said.strip()[-200:]}")


async def run(
    arguments: list[str], limit: float, read: Callable[[str], None] | None = None,
    folder: Path | None = None, files: Sequence[int] = (), memory: int = FRAME_MEMORY,
    disk: int = MAX_FILE,
) -> tuple[int, str]:  # fmt: skip
    """The exit code, and the end of what it said. Raises NotPossible.

    `files`: descriptors that it gets, for arguments such as /dev/fd/7. `memory`: bytes that it may
    have. `disk`: of a file that it may write.
    """
    if not is_there():
        raise NotPossible(MISSING)
    import imageio_ffmpeg  # optional

    if disk <= 0:
        raise MachineFull(FULL)
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments,
        stdin=DEVNULL, stdout=PIPE, stderr=PIPE, cwd=folder, pass_fds=files,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
    )  # fmt: skip
    try:
        _limit(process, limit, memory, disk)
        async with asyncio.timeout(limit):
            said, _ = await asyncio.gather(_end_of(process), _read_lines(process, read))
            code = await process.wait()
        is_full = code == NO_SPACE and os.strerror(errno.ENOSPC) in said
        if is_full or (code == -signal.SIGXFSZ and disk < MAX_FILE):
            raise MachineFull(FULL)
        if (code == STOPPED and _SIGNAL.search(said)) or code in KILLS:
            raise Killed(KILLED)
        return code, said
    except TimeoutError:
        raise NotPossible(
            f"ffmpeg took longer than {limit / 60:.0f} minutes, so it was stopped. A smaller video "
            "takes less."
        ) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _limit(process: Process, seconds: float, memory: int, disk: int) -> None:
    """Once it runs, because between fork and exec no Python code is safe in a process with threads.

    The limit on CPU time ends it even if this process is killed and can't.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        if hasattr(resource, "prlimit"):  # Linux
            cpu = int(seconds * (os.cpu_count() or 1)) + 1  # the clock comes first
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (cpu, cpu))
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MAX_ADDRESSES, MAX_ADDRESSES))
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (disk, disk))
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))


async def _read_lines(process: Process, read: Callable[[str], None] | None) -> None:
    assert process.stdout
    async for line in process.stdout:
        if read:
            read(line.decode(errors="replace"))


async def _end_of(process: Process, limit: int = 20_000) -> str:
    assert process.stderr
    said, is_cut = b"", False
    while chunk := await process.stderr.read(4096):
        said += chunk
        is_cut = is_cut or len(said) > limit
        said = said[-limit:]
    return CUT * is_cut + said.decode(errors="replace")


def _letter(code: str) -> str:
    """The character, if a reader would miss it: unlike emoji, letters and digits count."""
    character = chr(min(int(code, 16), 0x10FFFF))
    return character if unicodedata.category(character)[0] in "LMN" else ""
