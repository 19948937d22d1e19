"""Follows the elements of a webm: whether it is complete, and how long the video lasts.

Each element begins with its ID and its size: https://www.rfc-editor.org/rfc/rfc8794#section-5
"""

from struct import unpack_from

from bot.downloads.scanner import Scanner
from bot.errors import DownloadFailed

# https://www.rfc-editor.org/rfc/rfc9559#section-5.1
SEGMENT = 0x18538067
INFO = 0x1549A966
TIMESTAMP_SCALE = 0x2AD7B1
DURATION = 0x4489
DEFAULT_SCALE = 1_000_000  # nanoseconds


class Webm(Scanner):
    """Elements of unknown size, as live recordings have them, are entered like containers."""

    def __init__(self) -> None:
        super().__init__()
        self._id = 0
        self._size = 0
        self._size_length = 0  # in bytes, as written
        self._top_end: int | None = 0  # of the current element at the top; None: unknown
        self._has_segment = False
        self._is_in_header = False  # between the first byte of an element's ID and its content
        self._scale = DEFAULT_SCALE
        self._duration = 0.0
        self._read_next(1, self._read_id)

    @property
    def is_complete(self) -> bool:
        if not self._has_segment:
            return False
        if self._ignore_rest:
            return True
        at_boundary = not (self._skip or self._begun or self._is_in_header)
        return at_boundary and self._top_end in (None, self._at)

    @property
    def seconds(self) -> float | None:
        """None if the file doesn't say it."""
        return self._duration * self._scale / 1e9 if self._duration else None

    def _read_id(self, data: bytes, start: int) -> None:
        first = data[start]
        self._count_part()
        self._is_in_header = True
        if self._top_end is not None and self._at - 1 >= self._top_end and self._has_segment:
            self._ignore_rest = True  # players ignore what follows
            return
        length = 9 - first.bit_length()
        if length > 4:  # no ID
            self._give_up()
            return
        self._id = first
        self._read_next(length, self._read_rest_of_id)  # and the first byte of the size

    def _read_rest_of_id(self, data: bytes, start: int) -> None:
        for byte in data[start : start + self._wanted - 1]:
            self._id = self._id << 8 | byte
        first = data[start + self._wanted - 1]
        length = 9 - first.bit_length()
        if length > 8:
            self._give_up()
            return
        self._size = first - (1 << (8 - length))
        self._size_length = length
        if length == 1:
            self._begin()
        else:
            self._read_next(length - 1, self._read_rest_of_size)

    def _read_rest_of_size(self, data: bytes, start: int) -> None:
        rest = int.from_bytes(data[start : start + self._wanted], "big")
        self._size = self._size << (8 * self._wanted) | rest
        self._begin()

    def _begin(self) -> None:
        self._is_in_header = False
        self._read_next(1, self._read_id)
        size = None if self._size == (1 << (7 * self._size_length)) - 1 else self._size
        if self._top_end is not None and self._at > self._top_end:
            self._top_end = None if size is None else self._at + size
            self._has_segment = self._has_segment or self._id == SEGMENT
        elif self._top_end is not None:
            size = min(self._top_end - self._at, size or 0)
        if self._id in (SEGMENT, INFO) or size is None:
            return
        if self._id in (DURATION, TIMESTAMP_SCALE) and 0 < size <= 8:
            self._read_next(size, self._read_number)
        else:
            self._skip = size

    def _read_number(self, data: bytes, start: int) -> None:
        size = self._wanted
        self._read_next(1, self._read_id)
        if self._id == TIMESTAMP_SCALE:
            self._scale = int.from_bytes(data[start : start + size], "big")
        elif size in (4, 8):
            (self._duration,) = unpack_from(">f" if size == 4 else ">d", data, start)

    def _give_up(self) -> None:
        """Neither an ID nor a size. Players look for the next one that they know."""
        if not self._has_segment:
            raise DownloadFailed("the video is damaged")
        self._ignore_rest = True
