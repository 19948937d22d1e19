"""The modal behind /avatar and *New take*: a draft becomes a view, and a view a draft again.

Block ids are Segmind's parameter names, so an error, a value and a parameter share one word.
`parse(build(draft, …)) == draft`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.blocks import checklist
from bot.blocks.fields import (
    OPTION_VALUE_LIMIT,
    checkbox_field,
    choice_field,
    conversation_field,
    name_field,
    option,
    people_field,
    text_field,
    value,
)
from bot.blocks.text import Block, button, context, plain
from bot.domain.drafts import Draft
from bot.domain.estimates import FOOTAGE_USD, Estimate
from bot.domain.parameters import (
    ASPECT_RATIOS,
    FITS,
    OUTPUT_FORMATS,
    RESOLUTIONS,
    SCRIPT_LIMIT,
    Parameters,
)
from bot.domain.text import clock, dollars

CALLBACK_ID = "request_video"
NEW_TAKE = "new_take"  # of the same form, when it is for a thread that is there
MORE_OPTIONS = "more_options"
CHANNEL = "channel_id"
REVIEWERS = "reviewers"
HINT = "hint"
# Changing one of these changes the estimate, so Slack is asked to tell the bot.
LIVE_FIELDS = ("prompt", "resolution", "audio_url", "video_url")
SELECTS = ("avatar", "voice")

ID_LIMIT = OPTION_VALUE_LIMIT - len("id:")
URL_LIMIT = 2000
MORE_FIELDS = (
    "audio_url",
    "resolution",
    "aspect_ratio",
    "fit",
    "output_format",
    "remove_background",
    "background",
    "video_url",
)
DEFAULTS = Parameters()


def build(draft: Draft, estimate: Estimate, *, more: bool = False) -> dict[str, Any]:
    """The view. Options that differ from the defaults are never hidden."""
    p, again = draft.parameters, draft.new_take
    more = more or any(getattr(p, name) != getattr(DEFAULTS, name) for name in MORE_FIELDS)
    blocks = [
        text_field("prompt", "Script", p.prompt, limit=SCRIPT_LIMIT, live=True, multiline=True,
                   placeholder="What the avatar says",
                   hint="Write it here, or give an audio URL under More options. Segmind, who "
                        "renders the video, stores scripts and settings."),
        _hint(p, estimate),
        *(checklist.build(again) if again else []),
        name_field("avatar", "Avatar", p.avatar, p.avatar_id),
        name_field("voice", "Voice", p.voice, p.voice_id),
        checkbox_field("caption", "Captions", "Add captions (.srt)", p.caption),
        *([] if again else [conversation_field(CHANNEL, "Where to post", draft.channel_id)]),
        people_field(REVIEWERS, "Reviewers", draft.reviewers,
                     hint="Mentioned once in the thread, then reminded once a working day until "
                          "it is decided."),
        *(_more_options(p) if more else [_more_button()]),
    ]  # fmt: skip
    take = f"take {again.number}" if again else "video"
    return {
        "type": "modal",
        "callback_id": NEW_TAKE if again else CALLBACK_ID,
        "title": plain(f"Make {take}" if again else "Make an avatar video"),
        "submit": plain(f"Make {take}"),
        "close": plain("Cancel"),
        "private_metadata": json.dumps({"more": more, **checklist.kept(again)}),
        "blocks": blocks,
    }


def parse(view: dict[str, Any]) -> Draft:
    """What stands in the view now; a field that is not shown has its default."""
    state = view["state"]["values"]
    shown = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    values: dict[str, Any] = {name: _parameter(state, name) for name in asdict(DEFAULTS)}
    values["caption"] = bool(values["caption"]) if "caption" in shown else DEFAULTS.caption
    values["remove_background"] = bool(values["remove_background"])
    for name in ("avatar", "voice"):
        kind, _, chosen = (values[name] or "").partition(":")
        values[f"{name}_id"] = values[f"{name}_id"] or (chosen if kind == "id" else "")
        values[name] = "" if values[f"{name}_id"] else chosen or getattr(DEFAULTS, name)
    filled = {name: given for name, given in values.items() if given is not None}
    return Draft(
        replace(DEFAULTS, **filled),
        value(state, CHANNEL) or "",
        tuple(value(state, REVIEWERS) or ()),
        checklist.parse(view, _metadata(view)),
    )


def more_is_open(view: dict[str, Any]) -> bool:
    return bool(_metadata(view).get("more"))


def _metadata(view: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(view.get("private_metadata") or "{}")
    return kept


def suggestions(found: Sequence[str], typed: str) -> list[Block]:
    """The answer to a type-ahead: what is known, then what was typed, as a name or a raw id."""
    typed = typed.strip()[:ID_LIMIT]
    options = [option(name, f"name:{name}") for name in found]
    if typed and typed.casefold() not in {name.casefold() for name in found}:
        options = options[:98]  # with the two below, Slack's limit of 100
        options.append(option(f"Use the name “{typed}”", f"name:{typed}"))
        options.append(option(f"Use the raw HeyGen id “{typed}”", f"id:{typed}"))
    return options[:100]


def _more_button() -> Block:
    return {
        "type": "actions",
        "block_id": MORE_OPTIONS,
        "elements": [button("More options", MORE_OPTIONS, "")],
    }


def _more_options(p: Parameters) -> list[Block]:
    return [
        {"type": "divider"},
        choice_field("resolution", "Resolution", RESOLUTIONS, p.resolution, live=True),
        choice_field("aspect_ratio", "Aspect ratio", ASPECT_RATIOS, p.aspect_ratio),
        choice_field("fit", "Fit", FITS, p.fit),
        choice_field("output_format", "Output format", OUTPUT_FORMATS, p.output_format),
        checkbox_field("remove_background", "Remove background",
                       "Cut the avatar out (webm keeps transparency)", p.remove_background),
        text_field("background", "Background", p.background, limit=URL_LIMIT,
                   placeholder="#FFFFFF or https://… of an image"),
        text_field("audio_url", "Audio URL in place of a script", p.audio_url, limit=URL_LIMIT,
                   live=True, placeholder="https://… of a public MP3 or WAV"),
        text_field("avatar_id", "Raw avatar id", "", limit=ID_LIMIT,
                   placeholder="Overrides the avatar above; a Digital Twin's id, too"),
        text_field("voice_id", "Raw voice id", "", limit=ID_LIMIT,
                   placeholder="Overrides the voice above"),
        text_field("video_url", "Reference footage URL", p.video_url, limit=URL_LIMIT, live=True,
                   placeholder="https://… of an mp4, 15 s or longer",
                   hint=f"Trains a Digital Twin in the same render: + {dollars(FOOTAGE_USD)} once. "
                        "The person shown has to consent."),
    ]  # fmt: skip


def _hint(p: Parameters, estimate: Estimate) -> Block:
    """The line that follows the script. Its estimate is an estimate: it says "about"."""
    count = f"{len(p.prompt):,} of {SCRIPT_LIMIT:,} characters"
    if estimate.seconds is None or estimate.usd is None:
        line = "The length of your audio decides what it costs."
    elif not p.prompt.strip():
        line = f"{count} · a minute of speech is about 900 characters"
    else:
        line = f"{count} · about {clock(estimate.seconds)} of video · about {dollars(estimate.usd)}"
    return context(line, block_id=HINT)


def _parameter(state: dict[str, Any], name: str) -> Any:
    given = value(state, name)
    return given.strip() if isinstance(given, str) and name != "prompt" else given
