"""Follows the boxes of an mp4: whether it is complete, and how long the video lasts.

Each box begins with its size and its type. Players ignore what follows a complete video.
https://developer.apple.com/documentation/quicktime-file-format/atoms
"""

import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from struct import error as StructError
from struct import unpack_from

from bot.downloads.scanner import Scanner
from bot.errors import DownloadFailed

HEADER_BYTES = 8  # size and type; a size of 1 means that a 64-bit size follows
# A file that ends within one of these has lost a part of the video.
MEDIA = {b"moov", b"moof", b"mdat"}
# Within another one, more fragments may be missing, unless it is one of these.
NEVER_BEFORE_FRAGMENTS = {b"free", b"skip", b"mfra"}
CONTAINERS = {b"moov", b"mvex", b"trak", b"mdia", b"moof", b"traf"}
MAX_FIELD_BYTES = 64 * 1024  # of the boxes whose content is read
MAX_TRACKS = 32
UNKNOWN_DURATIONS = {0, 2**32 - 1, 2**64 - 1}


@dataclass(slots=True)
class Track:
    """Times are in units of 1/timescale s. `start` and `end` are those of its fragments."""

    timescale: int = 0
    sample_duration: int = 0  # of the samples that don't say it themselves
    start: int | None = None
    end: int = 0


class Mp4(Scanner):
    """Containers are entered by reading on behind their header, however deep they are."""

    def __init__(self) -> None:
        super().__init__()
        self._types: set[bytes] = set()  # of the boxes at the top
        self._type = b""
        self._top_type = b""
        self._top_end = 0  # where the current box at the top ends
        self._tracks: dict[int, Track] = {}
        self._track = Track()
        self._sample_duration = 0  # in the current fragment
        self._timescale = 0
        self._duration = 0  # without the fragments
        self._with_fragments = 0
        self._is_fragmented = False
        self._parts_are_known = True
        self._fields: dict[bytes, Callable[[bytes], None]] = {
            b"mvhd": self._read_movie, b"mehd": self._read_extended, b"tkhd": self._read_track,
            b"mdhd": self._read_media, b"trex": self._read_defaults, b"tfhd": self._read_fragment,
            b"tfdt": self._read_start, b"trun": self._read_samples,
        }  # fmt: skip
        self._read_next(HEADER_BYTES, self._read_header)

    @property
    def is_complete(self) -> bool:
        if not {b"moov", b"mdat"} <= self._types:
            return False
        if self._ignore_rest:
            return True
        if self._at == self._top_end:  # perhaps with a piece of the next header, or with padding
            return not (self._is_fragmented and self._begun.strip(b"\0"))
        if self._is_fragmented:
            return self._top_type in NEVER_BEFORE_FRAGMENTS
        return self._top_type not in MEDIA

    @property
    def seconds(self) -> float | None:
        """None if the file doesn't say it."""
        if b"moof" not in self._types or self._with_fragments:
            duration = self._with_fragments or self._duration
            return duration / self._timescale if duration and self._timescale else None
        if not self._parts_are_known:
            return None
        # A recording may begin at an hour; but the fragments may also follow other frames.
        lengths = [
            (track.end - (0 if self._duration else track.start)) / track.timescale
            for track in self._tracks.values()
            if track.timescale and track.start is not None
        ]
        return max(lengths, default=0) or None

    # --- boxes --------------------------------------------------------------------------------

    def _read_header(self, data: bytes, start: int) -> None:
        size, self._type = unpack_from(">I4s", data, start)
        self._count_part()
        if self._at - HEADER_BYTES >= self._top_end:
            self._top_type = self._type
        if size == 1:
            self._read_next(8, self._read_large_size)
        else:
            self._begin_box(size, HEADER_BYTES)

    def _read_large_size(self, data: bytes, start: int) -> None:
        self._begin_box(unpack_from(">Q", data, start)[0] or 1, 2 * HEADER_BYTES)

    def _begin_box(self, size: int, header: int) -> None:
        self._read_next(HEADER_BYTES, self._read_header)
        if self._at - header >= self._top_end:
            self._begin_at_top(size, header)
        left = max(0, self._top_end - self._at)
        if size < header or size - header > left:  # damaged, or it lasts until the end
            size = left + header
        if self._type in CONTAINERS and not self._ignore_rest:
            self._enter(left)
        elif self._type in self._fields and 0 < size - header <= MAX_FIELD_BYTES:
            self._read_next(size - header, self._read_fields)
        else:
            if self._type == b"trun":
                self._parts_are_known = False
            self._skip = size - header
            self._skip_remainder()

    def _begin_at_top(self, size: int, header: int) -> None:
        if 0 < size < header:
            if self._type in MEDIA or not {b"moov", b"mdat"} <= self._types:
                raise DownloadFailed("the video is damaged")
            size = 0
        self._types.add(self._type)
        self._ignore_rest = size == 0  # it lasts until the end of the file
        self._top_end = self._at + max(0, size - header)

    def _enter(self, left: int) -> None:
        self._is_fragmented = self._is_fragmented or self._type in (b"mvex", b"moof")
        if self._type == b"trak":
            self._track = Track()
        if left < HEADER_BYTES:
            self._skip = left

    def _skip_remainder(self) -> None:
        """Padding at the end of a container that is too short for another box."""
        if 0 < self._top_end - self._at - self._skip < HEADER_BYTES:
            self._skip = self._top_end - self._at

    # --- what they say ------------------------------------------------------------------------

    def _read_fields(self, data: bytes, start: int) -> None:
        content = data[start : start + self._wanted]
        self._read_next(HEADER_BYTES, self._read_header)
        self._skip_remainder()
        try:
            self._fields[self._type](content)
        except (ValueError, IndexError):
            self._parts_are_known = False

    def _read_movie(self, content: bytes) -> None:
        self._timescale, self._duration = _times(content)

    def _read_extended(self, content: bytes) -> None:
        duration = _numbers(content, 4, ">Q" if content[0] else ">I")[0]
        self._with_fragments = 0 if duration in UNKNOWN_DURATIONS else duration

    def _read_track(self, content: bytes) -> None:
        (track_id,) = _numbers(content, 20 if content[0] else 12, ">I")
        if len(self._tracks) < MAX_TRACKS:
            self._track = self._tracks.setdefault(track_id, Track())

    def _read_media(self, content: bytes) -> None:
        self._track.timescale = _times(content)[0]

    def _read_defaults(self, content: bytes) -> None:
        track_id, _, duration = _numbers(content, 4, ">III")
        if track_id in self._tracks:
            self._tracks[track_id].sample_duration = duration

    def _read_fragment(self, content: bytes) -> None:
        flags, track_id = _numbers(content, 0, ">II")
        self._track = self._tracks.get(track_id, Track())
        self._sample_duration = self._track.sample_duration
        if flags & 0x8:
            at = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
            (self._sample_duration,) = _numbers(content, at, ">I")

    def _read_start(self, content: bytes) -> None:
        (self._track.end,) = _numbers(content, 4, ">Q" if content[0] else ">I")
        if self._track.start is None:
            self._track.start = self._track.end

    def _read_samples(self, content: bytes) -> None:
        flags, samples = _numbers(content, 0, ">II")
        flags &= 0xFFFFFF
        if self._track.start is None:
            self._track.start = 0
        if not flags & 0x100:
            self._track.end += samples * self._sample_duration
            return
        fields = array("I", content[8 : len(content) // 4 * 4])
        if sys.byteorder == "little":
            fields.byteswap()
        skipped = (1 if flags & 0x1 else 0) + (1 if flags & 0x4 else 0)
        each = sum(1 for flag in (0x100, 0x200, 0x400, 0x800) if flags & flag)
        self._track.end += sum(fields[skipped : skipped + samples * each : each])


def _numbers(content: bytes, at: int, form: str) -> tuple[int, ...]:
    """Raises ValueError if the box is too short."""
    try:
        return unpack_from(form, content, at)
    except StructError as error:
        raise ValueError("a box is too short") from error


def _times(content: bytes) -> tuple[int, int]:
    """Timescale and duration; a duration of 0 is unknown."""
    timescale, duration = (
        _numbers(content, 20, ">IQ") if content[0] else _numbers(content, 12, ">II")
    )
    return timescale, 0 if duration in UNKNOWN_DURATIONS else duration
