"""What heygen-avatar-v accepts, as strictly as its page describes it.

https://www.segmind.com/models/heygen-avatar-v/api
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

# The first ten published ones of each. Tests can add more.
AVATARS = (
    "Abigail Sofa Front",
    "Amelia Business Training Front",
    "Anja Office Front",
    "Ann Doctor Sitting",
    "Annie Bar Sitting Front",
    "Artur Office Front",
    "Aubrey Night Scene Front",
    "Blanka Lounge Front",
    "Bojan Business Training Front",
    "Brandon Business Sitting Front",
)
VOICES = (
    "Aaron",
    "Allison",
    "AstroMesh",
    "Blanka - Lifelike",
    "Camden",
    "Chill Brian",
    "Daniel",
    "Elio",
    "Ida - Lifelike",
    "Jessica Anne Bogart",
)
ENUMS: Mapping[str, tuple[str, ...]] = {
    "resolution": ("720p", "1080p", "4k"),
    "aspect_ratio": ("16:9", "9:16", "4:5", "5:4", "1:1", "auto"),
    "fit": ("cover", "contain"),
    "output_format": ("mp4", "webm"),
}
DEFAULTS: Mapping[str, Any] = {
    "avatar": "Abigail Sofa Front",
    "voice": "Aaron",
    "resolution": "1080p",
    "aspect_ratio": "16:9",
    "fit": "cover",
    "output_format": "mp4",
    "remove_background": False,
    "caption": False,
}


def _text(value: object) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be a boolean"


def _url(value: object) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"https?://\S+", value)
    return None if good else "must be a public URL"


def _background(value: object) -> str | None:
    if value == "" or (isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value)):
        return None
    return _url(value) and "must be a hex color such as #FFFFFF or the URL of an image"


def _id(value: object) -> str | None:
    """HeyGen IDs: all are accepted, except those that start with "bad", for tests."""
    if not isinstance(value, str) or not value:
        return "must be a string"
    return f"{value!r} was not found" if value.startswith("bad") else None


CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "prompt": _text,
    "audio_url": _url,
    "avatar": _text,
    "avatar_id": _id,
    "voice": _text,
    "voice_id": _id,
    "resolution": _text,
    "aspect_ratio": _text,
    "fit": _text,
    "output_format": _text,
    "remove_background": _flag,
    "background": _background,
    "caption": _flag,
    "video_url": _url,
}


def validation_error(
    body: Mapping[str, Any], avatars: Collection[str], voices: Collection[str]
) -> str | None:
    """The API's error for this body, or None if it is valid."""
    for name, value in body.items():
        if name not in CHECKS:
            return f"Unknown parameter: {name}."
        if problem := CHECKS[name](value):
            return f"Invalid value for {name}: {problem}."
    choices = dict(ENUMS)
    if "avatar_id" not in body:  # an ID overrides the name
        choices["avatar"] = tuple(avatars)
    if "voice_id" not in body:
        choices["voice"] = tuple(voices)
    for name, allowed in choices.items():
        if name in body and body[name] not in allowed:
            return f"Invalid value for {name}: {body[name]!r} is not one of {', '.join(allowed)}."
    if bool(str(body.get("prompt", "")).strip()) == bool(body.get("audio_url")):
        return "Exactly one of prompt and audio_url is required: they are mutually exclusive."
    return None
