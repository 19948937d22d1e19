"""Follows the parts of a file while its bytes pass: each says how long it is, and most are skipped.

Memory stays constant, and the bytes that are skipped cost nothing.
"""

from collections.abc import Callable

from bot.errors import DownloadFailed

MAX_PARTS = 500_000  # far more than any video has: each costs time, and a file has many bytes
Read = Callable[[bytes, int], None]  # gets bytes, and where in them the wanted ones begin


class Scanner:
    """A parser says what it reads next with `_read_next`, or sets `_skip` to pass over bytes."""

    def __init__(self) -> None:
        self._at = 0  # in the file, behind what was read or skipped last
        self._skip = 0
        self._ignore_rest = False
        self._begun = b""  # what has arrived of the bytes that are read next
        self._wanted = 0
        self._read: Read = self._nothing
        self._parts = 0

    @staticmethod
    def _nothing(data: bytes, start: int) -> None:
        raise NotImplementedError

    def _read_next(self, size: int, read: Read) -> None:
        self._wanted, self._read = size, read

    def _count_part(self) -> None:
        """Raises DownloadFailed if there are too many."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise DownloadFailed("the video is damaged")

    def feed(self, chunk: bytes) -> None:
        """Raises DownloadFailed if the file is damaged."""
        position, end = 0, len(chunk)
        while position < end and not self._ignore_rest:
            if self._skip:
                step = min(self._skip, end - position)
                self._skip -= step
                self._at += step
                position += step
            elif self._begun or end - position < self._wanted:
                step = min(self._wanted - len(self._begun), end - position)
                self._begun += chunk[position : position + step]
                position += step
                if len(self._begun) == self._wanted:
                    begun, self._begun = self._begun, b""
                    self._at += self._wanted
                    self._read(begun, 0)
            else:
                start = position
                position += self._wanted
                self._at += self._wanted
                self._read(chunk, start)
