"""Whether what a server sent is a complete video, and how long it lasts.

A login page or an error as JSON can come with status 200, and without a content length a broken
connection looks like the end of the file.
"""

from collections.abc import AsyncIterator

from bot.downloads.mp4 import Mp4
from bot.downloads.webm import Webm
from bot.errors import DownloadFailed

EBML = b"\x1aE\xdf\xa3"  # the first bytes of webm; https://www.rfc-editor.org/rfc/rfc8794#section-8
# The type of the first box. It is ftyp, but for segments and for files that a QuickTime tool wrote.
FIRST_BOXES = {b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide"}
START_BYTES = 8  # they tell which type it is


class VideoCheck:
    """Passes the bytes on unchanged, the last ones only if all is well: so nobody who is told how
    many to expect takes a part for the whole. `seconds` is known when all have passed.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._parts: Mp4 | Webm | None = None

    @property
    def seconds(self) -> float | None:
        """How long the video lasts by its own word, which may be wrong; None if it has none."""
        return self._parts.seconds if self._parts else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises DownloadFailed if they aren't a video, or end too early."""
        start = held = b""  # `start`: until its type is known
        async for chunk in self._chunks:
            if self._parts is None:
                start += chunk
                if len(start) < START_BYTES:
                    continue
                self._parts = _parts(start)
                chunk = start
            self._parts.feed(chunk)
            if held:
                yield held
            held = chunk
        if self._parts is None:
            if start:
                raise DownloadFailed("what the server sent isn't a video")
        elif not self._parts.is_complete:
            raise DownloadFailed("the server sent only a part of it")
        if held:
            yield held


def _parts(start: bytes) -> Mp4 | Webm:
    """Raises DownloadFailed if it is neither."""
    if start.startswith(EBML):
        return Webm()
    if start[4:8] not in FIRST_BOXES:
        raise DownloadFailed("what the server sent isn't a video")
    return Mp4()
