"""Saves what is downloaded on this machine's disk."""

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.errors import DownloadFailed

LEAST_FREE = 100 * 1024**2  # bytes of the disk, on which the databases may be, too


def spare_bytes(place: int | Path) -> int:
    """How much may be written on the disk of this file or folder. Raises OSError."""
    disk = os.statvfs(place)
    if not disk.f_blocks:  # some network drives don't say how large they are
        return sys.maxsize
    return disk.f_bavail * disk.f_frsize - LEAST_FREE


def write(file: BinaryIO, chunk: bytes) -> None:
    """Raises OSError before the disk is full."""
    if spare_bytes(file.fileno()) < len(chunk):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    file.write(chunk)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises DownloadFailed for OSError."""
    try:
        yield
    except OSError as error:
        raise DownloadFailed(f"it could not be stored on disk ({error.strerror})") from error


def is_full(error: Exception) -> bool:
    """Whether it was raised because the disk, or the part of it for this user, is full."""
    return getattr(error.__cause__, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


async def save_file(chunks: AsyncIterable[bytes], path: Path, limit: int) -> int:
    """Saves a file completely or not at all. Returns its length in bytes; saves nothing if 0,
    which is also the answer for more than `limit` bytes.

    Raises OSError.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            async for chunk in chunks:
                write(file, chunk)
                if file.tell() > limit:
                    return 0
            length = file.tell()
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        if length:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return length
