"""The parameters of the model heygen-avatar-v, and how they are checked. Pure."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.domain.addresses import is_public_https, is_slacks
from bot.domain.audio.own_audio import is_reference
from bot.domain.scripts.pauses import odd_pause
from bot.domain.scripts.speech import spoken

RESOLUTIONS = ("720p", "1080p", "4k")
ASPECT_RATIOS = ("16:9", "9:16", "4:5", "5:4", "1:1", "auto")
FITS = ("cover", "contain")
OUTPUT_FORMATS = ("mp4", "webm")
SCRIPT_LIMIT = 3000  # characters: the most that Slack's plain_text_input takes
ID_LIMIT = 147  # of a name or an ID: with "id:" before it, what the value of an option takes
URL_LIMIT = 2000
SLACKS = (
    "Only people of this workspace can open that link, and Segmind can't. Tick “Own audio” below, "
    "and upload the file."
)
HEX_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The 14 parameters of heygen-avatar-v, under Segmind's names; "" is not given.

    An ID replaces the name: with an `avatar_id`, `avatar` is "".
    """

    prompt: str = ""
    audio_url: str = ""
    avatar: str = "Abigail Sofa Front"
    avatar_id: str = ""
    voice: str = "Allison"
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
        """The JSON body of a submission. Leaves out emoji, empty values and replaced ones."""
        replaced_by = {
            "avatar": self.avatar_id,
            "voice": self.voice_id or self.audio_url,
            "voice_id": self.audio_url,
        }
        values = (asdict(self) | {"prompt": spoken(self.prompt)}).items()
        return {name: value for name, value in values if value != "" and not replaced_by.get(name)}

    @property
    def avatar_label(self) -> str:
        return self.avatar_id or self.avatar

    @property
    def voice_label(self) -> str:
        return "your audio" if self.audio_url else self.voice_id or self.voice


DEFAULTS = Parameters()
NAMES = tuple(asdict(DEFAULTS))
# What the form can send, and so all that is accepted.
CHOICES = {
    "resolution": RESOLUTIONS,
    "aspect_ratio": ASPECT_RATIOS,
    "fit": FITS,
    "output_format": OUTPUT_FORMATS,
}
LIMITS = {
    "prompt": SCRIPT_LIMIT,
    **dict.fromkeys(("avatar", "avatar_id", "voice", "voice_id"), ID_LIMIT),
    **dict.fromkeys(("audio_url", "video_url", "background"), URL_LIMIT),
}


def invalid_values(parameters: Parameters) -> dict[str, str]:
    """The values that the form can't send, such as those of a forged request: name -> why."""
    found: dict[str, str] = {}
    for name in NAMES:
        value = getattr(parameters, name)
        if type(value) is not type(getattr(DEFAULTS, name)):
            found[name] = "This value can't be used."
        elif name in CHOICES and value not in CHOICES[name]:
            found[name] = f"Choose one of {', '.join(CHOICES[name])}."
        elif name in LIMITS and len(value) > LIMITS[name]:
            found[name] = f"This can have at most {LIMITS[name]:,} characters."
    return found


def without_invalid(parameters: Parameters) -> Parameters:
    """The same, with the default in place of every value that the form can't show."""
    defaults = {name: getattr(DEFAULTS, name) for name in invalid_values(parameters)}
    if not (parameters.avatar or parameters.avatar_id):  # it was erased
        defaults["avatar"] = DEFAULTS.avatar
    if not (parameters.voice or parameters.voice_id):
        defaults["voice"] = DEFAULTS.voice
    return replace(parameters, **defaults)


def problems(parameters: Parameters) -> dict[str, str]:
    """What a person must fix before a take can be made: field -> one sentence."""
    if invalid := invalid_values(parameters):  # an ID comes from the field of its name, too
        return {name.removesuffix("_id"): why for name, why in invalid.items()}
    found: dict[str, str] = {}
    p = parameters
    if p.prompt.strip() and not spoken(p.prompt).strip():
        found["prompt"] = "Emoji aren't spoken. Write what the avatar should say."
    if why := odd_pause(p.prompt):
        found["prompt"] = why
    if not p.prompt.strip() and not p.audio_url:
        found["prompt"] = (
            "Write what the avatar should say, or add your own audio under More options."
        )
    found |= _audio_problems(p)
    if p.background and not (HEX_COLOR.fullmatch(p.background) or is_public_https(p.background)):
        found["background"] = "Use a color like #FFFFFF, or a public https:// link to an image."
    if p.remove_background and p.output_format == "mp4" and not p.background:
        found["output_format"] = "An mp4 can't be transparent. Choose webm, or set a background."
    return found


def problem_again(parameters: Parameters, button: str) -> str:
    """Why no other take can be made of these, and which button helps; "" if one can."""
    if not (found := problems(parameters)):
        return ""
    if parameters.prompt.strip():
        return f"{next(iter(found.values()))} Press *{button}* to change it."
    return f"Its script was deleted. Press *{button}* to write it again."


def _audio_problems(p: Parameters) -> dict[str, str]:
    if not p.audio_url:
        return {}
    own = is_reference(p.audio_url)  # the form then has no field for a link
    if p.prompt.strip():
        field, what = ("prompt", "your audio") if own else ("audio_url", "an audio URL")
        return {field: f"Use either a script or {what}, not both."}
    if not own and not is_public_https(p.audio_url):
        return {"audio_url": "This must be a public https:// link to an MP3 or WAV file."}
    if not own and is_slacks(p.audio_url):
        return {"audio_url": SLACKS}
    if len(p.audio_url.encode()) > URL_LIMIT:  # an index of Postgres can't hold many more
        return {"audio_url": "This link is too long. Use a shorter one."}
    return {}


def without_query(url: str) -> str:
    """An address as others may see it: its query may be what lets somebody in."""
    return re.split(r"[?#]", url, maxsplit=1)[0] if url.startswith("https://") else url
