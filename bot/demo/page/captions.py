"""Captions for a browser: converts SRT to WebVTT, the only format that `<track>` accepts.

https://developer.mozilla.org/docs/Web/API/WebVTT_API
"""

import re

_TIMES = re.compile(r"^\s*\d+:\d\d:\d\d,\d{3}\s*-->.*$")
_COMMA = re.compile(r"(\d\d),(\d{3})")


def webvtt(srt: str) -> str:
    """The same cues, with times in WebVTT's format and special characters escaped."""
    lines = srt.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "WEBVTT\n\n" + "\n".join(map(_line, lines))


def _line(line: str) -> str:
    if _TIMES.match(line):
        return _COMMA.sub(r"\1.\2", line)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
