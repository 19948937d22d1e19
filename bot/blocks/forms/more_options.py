"""The part of the form behind *More options*."""

from dataclasses import replace

from bot.blocks.fields import checkbox_field, choice_field, text_field
from bot.blocks.forms import own_audio
from bot.blocks.text import Block, button
from bot.domain.form_values import DRAFT_RESOLUTION, FormValues
from bot.domain.parameters import (
    ASPECT_RATIOS,
    DEFAULTS,
    FITS,
    ID_LIMIT,
    OUTPUT_FORMATS,
    RESOLUTIONS,
    URL_LIMIT,
    Parameters,
)

MORE_OPTIONS = "more_options"
DRAFT_FIRST = "draft_first"
MORE_FIELDS = (
    "audio_url",
    "resolution",
    "aspect_ratio",
    "fit",
    "output_format",
    "remove_background",
    "background",
)


def differ(p: Parameters) -> bool:
    """Whether one of them is not at its default: it is never hidden then."""
    return any(getattr(p, name) != getattr(DEFAULTS, name) for name in MORE_FIELDS)


def _more_button() -> Block:
    return {
        "type": "actions",
        "block_id": MORE_OPTIONS,
        "elements": [button("More options", MORE_OPTIONS, "")],
    }


def build(values: FormValues, p: Parameters, *, more: bool, converts: bool) -> list[Block]:
    """All options, or the button that shows them. `p`: its parameters, without invalid ones.

    `converts`: any kind of audio file can be used.
    """
    if not more:
        return [_more_button()]
    return [
        {"type": "divider"},
        choice_field("resolution", "Resolution", RESOLUTIONS, p.resolution),
        checkbox_field(DRAFT_FIRST, "Draft", f"Make a {DRAFT_RESOLUTION} draft first",
                       values.draft_first),
        choice_field("aspect_ratio", "Aspect ratio", ASPECT_RATIOS, p.aspect_ratio),
        choice_field("fit", "Fit", FITS, p.fit),
        choice_field("output_format", "Output format", OUTPUT_FORMATS, p.output_format),
        checkbox_field("remove_background", "Remove background",
                       "Transparent background (webm only)", p.remove_background),
        text_field("background", "Background", p.background, limit=URL_LIMIT,
                   placeholder="#FFFFFF, or https://… for an image"),
        *own_audio.build(replace(values, parameters=p), converts=converts),
        text_field("avatar_id", "HeyGen avatar ID", "", limit=ID_LIMIT,
                   placeholder="Replaces the avatar above. First ask whom it shows: /avatar twin"),
        text_field("voice_id", "HeyGen voice ID", "", limit=ID_LIMIT,
                   placeholder="Replaces the voice above"),
    ]  # fmt: skip
