"""Whether what a server sent is a complete video, judged by its first bytes and mp4's boxes.

A login page or an error as JSON can come with status 200, and without a content length a broken
connection looks like the end of the file.
"""

from collections.abc import AsyncIterator

from bot.errors import DownloadFailed

EBML = b"\x1aE\xdf\xa3"  # the first bytes of webm; https://www.rfc-editor.org/rfc/rfc8794#section-8
# The type of the first box. It is ftyp, but for segments and for files that a QuickTime tool wrote.
FIRST_BOXES = {b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide"}
BOX_HEADER_BYTES = 8  # size and type; a size of 1 means that a 64-bit size follows


async def checked_video(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes. Raises DownloadFailed if they aren't a video, or end within an mp4 box."""
    start: bytes | None = b""  # until its type is known
    boxes = Mp4Boxes()
    is_mp4 = False
    async for chunk in chunks:
        if start is not None:
            start += chunk
            if len(start) < BOX_HEADER_BYTES:
                continue
            is_mp4 = _is_mp4(start)
            chunk, start = start, None
        if is_mp4:
            boxes.feed(chunk)
        yield chunk
    if start:
        raise DownloadFailed("what the server sent isn't a video")
    if is_mp4 and not boxes.are_complete:
        raise DownloadFailed("the server sent only a part of it")


def _is_mp4(start: bytes) -> bool:
    """False for webm. Raises DownloadFailed for anything else."""
    if start.startswith(EBML):
        return False
    if start[4:8] not in FIRST_BOXES:
        raise DownloadFailed("what the server sent isn't a video")
    return True


class Mp4Boxes:
    """Follows the top-level boxes of an mp4. Each begins with its size and its type.

    https://developer.apple.com/documentation/quicktime-file-format/atoms
    """

    def __init__(self) -> None:
        self._skip = 0  # bytes left of the current box
        self._header = b""
        self._types: set[bytes] = set()
        self._to_end = False  # a box of size 0 lasts until the end of the file

    @property
    def are_complete(self) -> bool:
        at_boundary = self._to_end or (self._skip == 0 and not self._header)
        return at_boundary and {b"moov", b"mdat"} <= self._types

    def feed(self, chunk: bytes) -> None:
        position = 0
        while position < len(chunk) and not self._to_end:
            if self._skip:
                step = min(self._skip, len(chunk) - position)
                self._skip -= step
                position += step
                continue
            wanted = 2 * BOX_HEADER_BYTES if self._header[:4] == b"\0\0\0\1" else BOX_HEADER_BYTES
            taken = chunk[position : position + wanted - len(self._header)]
            self._header += taken
            position += len(taken)
            self._read_header()

    def _read_header(self) -> None:
        if len(self._header) < BOX_HEADER_BYTES:
            return
        size = int.from_bytes(self._header[:4], "big")
        if size == 1 and len(self._header) < 2 * BOX_HEADER_BYTES:
            return
        self._to_end = size == 0
        if size == 1:
            size = int.from_bytes(self._header[8:16], "big")
        self._types.add(self._header[4:8])
        if not self._to_end and size < len(self._header):
            raise DownloadFailed("the video is damaged")
        self._skip = 0 if self._to_end else size - len(self._header)
        self._header = b""
