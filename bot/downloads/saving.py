"""Saves what is downloaded on this machine's disk."""

import asyncio
import os
from collections.abc import AsyncIterable
from pathlib import Path


async def save_file(chunks: AsyncIterable[bytes], path: Path, limit: int) -> int:
    """Saves a file completely or not at all. Returns its length in bytes; saves nothing if 0,
    which is also the answer for more than `limit` bytes.

    Raises OSError.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
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
