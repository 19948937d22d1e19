"""The times of captions, in whichever way a file has them. Pure."""

import re

from pysubs2.formats.subrip import SubripFormat

# The line with the times of a caption, as people and programs write it: also 0:01 --> 0:02.5.
_GAP = r"[ \t\xa0]{0,3}"
_TIME = (
    rf"(?:(\d{{1,2}}){_GAP}:{_GAP})?(\d{{1,3}}){_GAP}:{_GAP}(\d{{1,2}})"
    rf"(?:{_GAP}[,.:;\uff0c]{_GAP}(\d{{1,4}}))?"
)
TIMES = re.compile(
    rf"(?m)^{_GAP}{_TIME}{_GAP}(?:-{{2,3}}|[\u2013\u2014]{{1,2}})>{_GAP}{_TIME}(?!\d)"
)


def usual_times(line: re.Match[str]) -> str:
    """The times of a caption as SRT has them."""
    times = (_milliseconds(*line.groups()[:4]), _milliseconds(*line.groups()[4:]))
    return " --> ".join(map(SubripFormat.ms_to_timestamp, times))


def _milliseconds(hours: str | None, minutes: str, seconds: str, rest: str | None) -> int:
    """`rest`: the digits after the seconds."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return 1000 * whole + int((rest or "").ljust(3, "0")[:3])
