"""The parameters of the model heygen-avatar-v, and how they are checked. Pure."""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Self
from urllib.parse import urlsplit

RESOLUTIONS = ("720p", "1080p", "4k")
ASPECT_RATIOS = ("16:9", "9:16", "4:5", "5:4", "1:1", "auto")
FITS = ("cover", "contain")
OUTPUT_FORMATS = ("mp4", "webm")
SCRIPT_LIMIT = 3000  # characters: the most that Slack's plain_text_input takes
HEX_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The 14 parameters of heygen-avatar-v, under Segmind's names; "" is not given.

    An ID replaces the name: with an `avatar_id`, `avatar` is "".
    """

    prompt: str = ""
    audio_url: str = ""
    avatar: str = "Abigail Sofa Front"
    avatar_id: str = ""
    voice: str = "Aaron"
    voice_id: str = ""
    resolution: str = "1080p"
    aspect_ratio: str = "16:9"
    fit: str = "cover"
    output_format: str = "mp4"
    remove_background: bool = False
    background: str = ""
    caption: bool = True
    video_url: str = ""

    def body(self) -> dict[str, Any]:
        """The JSON body of a submission, without what is empty or does not apply."""
        not_for = {
            "avatar": self.avatar_id,
            "voice": self.voice_id or self.audio_url,
            "voice_id": self.audio_url,
        }
        values = asdict(self).items()
        return {name: value for name, value in values if value != "" and not not_for.get(name)}

    @property
    def avatar_label(self) -> str:
        return self.avatar_id or self.avatar

    @property
    def voice_label(self) -> str:
        return "your audio" if self.audio_url else self.voice_id or self.voice

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def problems(parameters: Parameters) -> dict[str, str]:
    """What a person must fix before a take can be made: field -> one sentence."""
    found: dict[str, str] = {}
    p = parameters
    if not p.prompt.strip() and not p.audio_url:
        found["prompt"] = (
            "Write what the avatar should say, or add an audio URL under More options."
        )
    if p.prompt.strip() and p.audio_url:
        found["audio_url"] = "Use either a script or an audio URL, not both."
    if p.audio_url and not is_https(p.audio_url):
        found["audio_url"] = "This must be a public https:// link to an MP3 or WAV file."
    if p.video_url and not is_https(p.video_url):
        found["video_url"] = "This must be a public https:// link to an mp4 video."
    if p.background and not (HEX_COLOUR.fullmatch(p.background) or is_https(p.background)):
        found["background"] = "Use a color like #FFFFFF, or an https:// link to an image."
    if p.remove_background and p.output_format == "mp4" and not p.background:
        found["output_format"] = "An mp4 can't be transparent. Choose webm, or set a background."
    return found


def is_https(url: str) -> bool:
    """Whether this is an https address with a host, which Segmind can fetch."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)
