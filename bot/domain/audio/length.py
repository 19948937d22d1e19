"""How long an audio file is, for the kinds that are sent as they are without ffmpeg. Pure.

It decides what a video costs, so what a file says of itself isn't believed where its sound can be
counted. Files are hostile: nothing here keeps more than it has found, or reads on forever.
"""

import math
import re
import struct
from collections.abc import Iterator

from bot.domain.audio.kinds import Kind

MOST_PARTS = 1000  # tags or chunks: real files have ten
# Sun's audio: magic, offset of the data, its size, encoding, samples a second, channels.
_AU_HEADER = struct.Struct(">4sIIIII")
_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}  # encoding -> bytes of a sample

_AIFF_COMMON = struct.Struct(">hIhHQ")  # channels, frames, bits, and a rate as an 80-bit float
_AIFF_MOST_BITS = 32
# Their names say how many bits a sample has, whatever a file says besides.
_AIFC_BITS = {
    b"sowt": 16,
    b"raw ": 8,
    b"fl32": 32,
    b"FL32": 32,
    b"fl64": 64,
    b"in24": 24,
    b"in32": 32,
}

# An mp3 is nothing but frames, each with a header of its own.
_MP3_KBITS_AND_RATE = bytes(one for one in range(0x10, 0xF0) if one >> 2 & 3 != 3)
_MP3_FRAME = re.compile(
    b"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][" + re.escape(_MP3_KBITS_AND_RATE) + b"]", re.DOTALL
)
_MPEG_FRAME = re.compile(  # of any layer: what other programs look for
    b"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][" + re.escape(_MP3_KBITS_AND_RATE) + b"]", re.DOTALL
)
_MP3_INFO = b"Xing", b"Info"
_MP3_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MP3_RATES = (44_100, 48_000, 32_000)  # of version 1; versions 2 and 2.5 have a half and a quarter
# Of a header's last three bytes what is the same in all frames: version, layer, rate and mode.
_MP3_SAME = 0xFE0CCF
_MP3_MOSTLY = 0.9  # of a file has to be frames: something else may be sound to other programs


def seconds_of(content: bytes, kind: Kind) -> float | None:
    """Of a whole file. None if it can't be read. Takes a part of a second for 10 MB."""
    try:
        seconds = _seconds(content, kind)
    except (ArithmeticError, LookupError, ValueError, struct.error):
        return None
    return seconds if seconds is not None and 0 < seconds < math.inf else None


def _seconds(content: bytes, kind: Kind) -> float | None:
    match kind:
        case Kind.MP3:
            return _mp3_seconds(content)
        case Kind.AIFF:
            return _aiff_seconds(content)
        case Kind.AU:
            return _au_seconds(content)
        case _:
            return None


def _mp3_seconds(content: bytes) -> float | None:
    start = _behind_id3(content)
    if content[start + 4 : start + 8].isalpha():  # an mp4 to others: a box has its name there
        return None
    at = _behind_info(content, start)
    if not _MP3_FRAME.match(content, at):  # other programs take it for what it begins with
        return None
    kind, in_frames, seconds = _mp3_kind(content, at), at - start, 0.0
    while found := _MPEG_FRAME.search(content, at):
        at = found.start()
        if _mp3_kind(content, at) != kind:
            return None  # other programs may skip it, and hear what is hidden within the others
        length, lasts = _mp3_frame(content, at)
        in_frames += min(length, len(content) - at)
        seconds += lasts
        at += length
    return seconds if in_frames >= _MP3_MOSTLY * (len(content) - start) else None


def _mp3_frame(content: bytes, at: int) -> tuple[int, float]:
    """Its bytes and seconds."""
    first, second = content[at + 1], content[at + 2]
    version = {0b11: 1, 0b10: 2, 0b00: 4}[first >> 3 & 3]
    rate = _MP3_RATES[second >> 2 & 3] // version
    kbits = (_MP3_KBITS_1 if version == 1 else _MP3_KBITS_2)[second >> 4]
    samples = 1152 if version == 1 else 576
    return samples * kbits * 125 // rate + (second >> 1 & 1), samples / rate


def _mp3_kind(content: bytes, at: int) -> int:
    return int.from_bytes(content[at + 1 : at + 4]) & _MP3_SAME


def _behind_info(content: bytes, at: int) -> int:
    """Where the sound begins: the first frame has none if it says how many there are."""
    if not _MP3_FRAME.match(content, at):
        return at
    is_mono, is_1 = content[at + 3] >> 6 == 0b11, content[at + 1] >> 3 & 3 == 0b11
    info = at + 4 + {(True, False): 32, (False, True): 9}.get((is_1, is_mono), 17)
    name, flags, frames = struct.unpack_from(">4sII", content, info)
    is_info = name in _MP3_INFO and flags & 1 and frames
    return at + _mp3_frame(content, at)[0] if is_info else at


def _behind_id3(content: bytes) -> int:
    """Where the sound begins. Tags are left alone: they may be compressed."""
    at = 0
    for _ in range(MOST_PARTS):
        if content[at : at + 3] != b"ID3" or at + 10 > len(content):
            break
        major, minor, flags, *sizes = content[at + 3 : at + 10]
        has_footer = bool(flags & 0x10)
        if 0xFF in (major, minor) or max(sizes) > 0x7F or (has_footer and major != 4):
            break  # other programs see no tag there, or one of another size
        size = 0
        for seven_bits in sizes:
            size = size << 7 | seven_bits
        at += size + (20 if has_footer else 10)
    return at


def _aiff_seconds(content: bytes) -> float | None:
    bytes_per_second, sound = 0.0, 0
    for name, at, size in _chunks(content):
        if name == b"COMM":
            if bytes_per_second:  # nobody knows which of them other programs believe
                return None
            channels, _, bits, exponent, mantissa = _AIFF_COMMON.unpack_from(content, at)
            rate = math.ldexp(mantissa, (exponent & 0x7FFF) - 16383 - 63)
            bytes_per_second = channels * math.ceil(bits / 8) * rate
            codec = content[at + 18 : at + 22] if content[8:12] == b"AIFC" else b"NONE"
            is_plain = codec in (b"NONE", b"twos") and 0 < bits <= _AIFF_MOST_BITS
            if not (is_plain or _AIFC_BITS.get(codec) == bits):
                return None
        elif name == b"SSND":
            sound += min(size, len(content) - at) - 8  # behind an offset and a block size
    return sound / bytes_per_second


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and size of each. Raises ValueError for too many."""
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > len(content):
            return
        name, size = struct.unpack_from(">4sI", content, at)
        yield name, at + 8, size
        at += 8 + size + size % 2
    raise ValueError("too many chunks")


def _au_seconds(content: bytes) -> float:
    _, offset, _, encoding, rate, channels = _AU_HEADER.unpack_from(content)
    return float(max(len(content) - offset, 0) / _AU_BYTES[encoding] / rate / channels)
