"""The hash of a file: while it is uploaded, or of one that isn't."""

import hashlib
from collections.abc import AsyncIterator, Callable

from bot.downloads.result_files import ResultFiles
from bot.downloads.video_check import VideoCheck
from bot.errors import FileError


async def sha256_of_video(files: ResultFiles, url: str) -> str:
    """Downloads it in constant memory. "" if that fails, or if it is no video."""
    found = hashlib.sha256()
    try:
        async with files.open(url) as file:
            async for chunk in VideoCheck(file.chunks):
                found.update(chunk)
    except FileError:
        return ""
    return found.hexdigest()


class HashingBody:
    """A request body that hashes its chunks, and keeps the error that their source raised."""

    def __init__(self, chunks: AsyncIterator[bytes], count: Callable[[int], None]) -> None:
        """`count` is told how many bytes were read."""
        self._chunks = chunks
        self._count = count
        self.bytes = 0  # that were read
        self.sha256 = hashlib.sha256()
        self.error: FileError | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                self.sha256.update(chunk)
                self._count(len(chunk))
                self.bytes += len(chunk)
                yield chunk
        except FileError as error:
            self.error = error
            raise
