"""Decompresses a body that was compressed, although nobody asked for that."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from bot.errors import DownloadFailed

ENCODINGS = ("gzip", "x-gzip", "deflate")
CHUNK_BYTES = 256 * 1024


async def decompressed(raw: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """In small pieces: httpx would make 64 GB of a few kilobytes that are compressed twice."""
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or deflate
    async for chunk in raw:
        while chunk and not decompressor.eof:
            try:
                yield decompressor.decompress(chunk, CHUNK_BYTES)
            except zlib.error:
                raise DownloadFailed("its compression can't be read") from None
            chunk = decompressor.unconsumed_tail
            await asyncio.sleep(0)  # others come first now and then
    if not decompressor.eof:
        raise DownloadFailed("it ends too early")
