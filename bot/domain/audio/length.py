"""How long an audio file is, for the kinds that Segmind takes as they are. Pure.

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
_MP3_INFO = re.compile(rb"Xing|Info")  # in the first frame, which has no sound then
_MP3_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MP3_RATES = (44_100, 48_000, 32_000)  # of version 1; versions 2 and 2.5 have a half and a quarter
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
    at = start = _behind_id3(content)
    if not _MP3_FRAME.match(content, at):  # other programs take it for what it begins with
        return None
    in_frames, seconds = 0, 0.0
    while found := _MP3_FRAME.search(content, at):
        at = found.start()
        first, second = content[at + 1], content[at + 2]
        version = {0b11: 1, 0b10: 2, 0b00: 4}[first >> 3 & 3]
        rate = _MP3_RATES[second >> 2 & 3] // version
        kbits = (_MP3_KBITS_1 if version == 1 else _MP3_KBITS_2)[second >> 4]
        samples = 1152 if version == 1 else 576
        length = samples * kbits * 125 // rate + (second >> 1 & 1)
        in_frames += min(length, len(content) - at)
        if in_frames > length or not _MP3_INFO.search(content, at, at + 64):
            seconds += samples / rate
        at += length
    return seconds if in_frames >= _MP3_MOSTLY * (len(content) - start) else None


def _behind_id3(content: bytes) -> int:
    """Where the sound begins. Tags are left alone: they may be compressed."""
    at = 0
    for _ in range(MOST_PARTS):
        if content[at : at + 3] != b"ID3" or at + 10 > len(content):
            break
        size = 0
        for seven_bits in content[at + 6 : at + 10]:
            size = size << 7 | seven_bits & 0x7F
        at += size + (20 if content[at + 5] & 0x10 else 10)  # with a footer, or without
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
