"""What a file really is, by its bytes: its name may say anything. Pure."""

import re
from enum import StrEnum

START_BYTES = 16  # that most kinds are told by


class Kind(StrEnum):
    """The words for it."""

    MP3 = "mp3"
    AIFF = "aiff"
    WMA = "wma"
    AU = "au"
    WAV = "wav"
    M4A = "m4a"
    WEBM = "webm"
    OGG = "ogg"
    FLAC = "flac"
    VIDEO = "video"
    OTHER = "other"


# What Segmind stores, as its SDK lists it, and with which type: sent so where there is no ffmpeg.
SENT_AS_IT_IS = {
    Kind.MP3: "audio/mpeg",
    Kind.AIFF: "audio/aiff",
    Kind.AU: "audio/basic",
}
# Voice messages of Slack are m4a or webm.
# How long a wma is, only its decoder knows: its header may say anything.
CONVERTED = (Kind.WAV, Kind.M4A, Kind.WEBM, Kind.OGG, Kind.FLAC, Kind.WMA)


# How their files' names end, where that isn't only the name of the kind.
ENDINGS = {
    Kind.AIFF: ("aiff", "aif"),
    Kind.AU: ("au", "snd"),
    Kind.M4A: ("m4a", "mp4"),
    Kind.OGG: ("ogg", "opus"),
}


def accepted(*, converts: bool) -> str:
    """A file of what can be used, in a sentence. `converts`: ffmpeg is there."""
    *others, last = _accepted_kinds(converts)
    return f"an {', '.join(others)} or {last} file"  # the first is an mp3


def accepted_endings(*, converts: bool) -> list[str]:
    """How the names of such files end."""
    return [end for kind in _accepted_kinds(converts) for end in ENDINGS.get(kind, (kind,))]


def _accepted_kinds(converts: bool) -> tuple[Kind, ...]:
    return (*SENT_AS_IT_IS, *CONVERTED) if converts else (*SENT_AS_IT_IS,)


_ASF = bytes.fromhex("3026b2758e66cf11")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")  # the type of a stream
_MP4_VIDEO = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_WEBM_VIDEO = re.compile(rb"\x86.V_", re.DOTALL)  # a codec's name


def kind_of(content: bytes) -> Kind:
    """Of a whole file. What is broken behind its first bytes is for whoever decodes it."""
    start = content[:START_BYTES]
    if start.startswith(b"ID3") or _is_mp3_frame(start):
        return Kind.MP3
    if start.startswith(b"FORM") and start[8:12] in (b"AIFF", b"AIFC"):
        return Kind.AIFF
    if start.startswith(_ASF):
        return Kind.VIDEO if _ASF_VIDEO in content else Kind.WMA
    if start.startswith(b"RIFF"):
        found = {b"WAVE": Kind.WAV, b"AVI ": Kind.VIDEO}
        return found.get(start[8:12], Kind.OTHER)
    if start[4:8] == b"ftyp":
        return Kind.VIDEO if _MP4_VIDEO.search(content) else Kind.M4A
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return Kind.VIDEO if _WEBM_VIDEO.search(content) else Kind.WEBM
    plain = {b".snd": Kind.AU, b"OggS": Kind.OGG, b"fLaC": Kind.FLAC}
    return plain.get(start[:4], Kind.OTHER)


def _is_mp3_frame(start: bytes) -> bool:
    """Eleven bits that are set, then the version, then Layer III; AAC is another layer."""
    return len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2
