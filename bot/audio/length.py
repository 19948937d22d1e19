"""How long an audio file is by its own word, for the kinds that Segmind takes as they are."""

import os
import struct
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.aiff import AIFFInfo
from mutagen.asf import ASF
from mutagen.mp3 import MPEGInfo

from bot.domain.audio.kinds import Kind

# Sun's audio: magic, offset of the data, its size, encoding, samples a second, channels.
_AU_HEADER = struct.Struct(">4sIIIII")
_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}  # encoding -> bytes of a sample
_AU_UNKNOWN = 0xFFFFFFFF


def seconds_of(file: BinaryIO, kind: Kind) -> float | None:
    """None if it can't be read. Blocks, for a part of a second."""
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return _seconds(file, kind, size)
    # What mutagen raises for a broken file isn't always its own error.
    except (MutagenError, ArithmeticError, LookupError, ValueError, TypeError, struct.error):
        return None


def _seconds(file: BinaryIO, kind: Kind, size: int) -> float | None:
    """The tags are left alone: a compressed one can have a thousand times the size of the file."""
    match kind:
        case Kind.MP3:
            found = MPEGInfo(file)
            return None if found.sketchy else float(found.length)
        case Kind.AIFF:
            return float(AIFFInfo(file).length)
        case Kind.WMA:
            found_in_asf: Any = ASF(file)  # type: ignore[no-untyped-call]
            return float(found_in_asf.info.length)
        case Kind.AU:
            return _au_seconds(file.read(_AU_HEADER.size), size)
        case _:
            return None


def _au_seconds(header: bytes, size: int) -> float | None:
    offset, length, encoding, rate, channels = map(int, _AU_HEADER.unpack(header)[1:])
    each = _AU_BYTES.get(encoding)
    if not (each and rate and channels):
        return None
    there = max(size - offset, 0)
    sound: float = there if length == _AU_UNKNOWN else min(length, there)
    return sound / each / rate / channels
