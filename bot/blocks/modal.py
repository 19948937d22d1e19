"""The modal behind /avatar: a draft becomes a view, and a view becomes a draft again.

Block ids are Segmind's parameter names, so an error, a value and a parameter share one word.
`parse(build(draft, …)) == draft`. Keeping block_id and action_id the same in views.update keeps
what a person typed: https://docs.slack.dev/surfaces/modals#updating_views
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.blocks.text import Block, button, clock, context, cut, dollars, plain
from bot.takes import (
    ASPECT_RATIOS,
    FITS,
    FOOTAGE_USD,
    OUTPUT_FORMATS,
    RESOLUTIONS,
    SCRIPT_LIMIT,
    Draft,
    Estimate,
    Parameters,
)

CALLBACK_ID = "request_video"
MORE_OPTIONS = "more_options"
CHANNEL = "channel_id"
HINT = "hint"
# Changing one of these changes the estimate, so Slack is asked to tell the bot.
LIVE_FIELDS = ("prompt", "resolution", "audio_url", "video_url")
SELECTS = ("avatar", "voice")

OPTION_VALUE_LIMIT = (
    150  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
)
OPTION_TEXT_LIMIT = 75
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
    p = draft.parameters
    more = more or any(getattr(p, name) != getattr(DEFAULTS, name) for name in MORE_FIELDS)
    blocks = [
        _text("prompt", "Script", p.prompt, limit=SCRIPT_LIMIT, live=True, multiline=True,
              placeholder="What the avatar says",
              hint="Segmind, who renders the video, stores scripts and settings."),
        _hint(p, estimate),
        _name("avatar", "Avatar", p.avatar, p.avatar_id),
        _name("voice", "Voice", p.voice, p.voice_id),
        _checkbox("caption", "Captions", "Add captions (.srt)", p.caption),
        _channel(draft.channel_id),
        *(_more_options(p) if more else [_more_button()]),
    ]  # fmt: skip
    return {
        "type": "modal",
        "callback_id": CALLBACK_ID,
        "title": plain("Make an avatar video"),
        "submit": plain("Make video"),
        "close": plain("Cancel"),
        "private_metadata": json.dumps({"more": more}),
        "blocks": blocks,
    }


def parse(view: dict[str, Any]) -> Draft:
    """What stands in the view now; a field that is not shown has its default."""
    state = view["state"]["values"]
    shown = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    values: dict[str, Any] = {name: _value(state, name) for name in asdict(DEFAULTS)}
    values["caption"] = bool(values["caption"]) if "caption" in shown else DEFAULTS.caption
    values["remove_background"] = bool(values["remove_background"])
    for name in ("avatar", "voice"):
        kind, _, chosen = (values[name] or "").partition(":")
        values[f"{name}_id"] = values[f"{name}_id"] or (chosen if kind == "id" else "")
        values[name] = "" if values[f"{name}_id"] else chosen or getattr(DEFAULTS, name)
    filled = {name: value for name, value in values.items() if value is not None}
    return Draft(replace(DEFAULTS, **filled), _value(state, CHANNEL) or "")


def more_is_open(view: dict[str, Any]) -> bool:
    return bool(json.loads(view.get("private_metadata") or "{}").get("more"))


def suggestions(found: Sequence[str], typed: str) -> list[Block]:
    """The answer to a type-ahead: what is known, then what was typed, as a name or a raw id."""
    typed = typed.strip()[:ID_LIMIT]
    options = [_option(name, f"name:{name}") for name in found]
    if typed and typed.casefold() not in {name.casefold() for name in found}:
        options = options[:98]  # with the two below, Slack's limit of 100
        options.append(_option(f"Use the name “{typed}”", f"name:{typed}"))
        options.append(_option(f"Use the raw HeyGen id “{typed}”", f"id:{typed}"))
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
        _choice("resolution", "Resolution", RESOLUTIONS, p.resolution, live=True),
        _choice("aspect_ratio", "Aspect ratio", ASPECT_RATIOS, p.aspect_ratio),
        _choice("fit", "Fit", FITS, p.fit),
        _choice("output_format", "Output format", OUTPUT_FORMATS, p.output_format),
        _checkbox("remove_background", "Remove background",
                  "Cut the avatar out (webm keeps transparency)", p.remove_background),
        _text("background", "Background", p.background, limit=URL_LIMIT,
              placeholder="#FFFFFF or https://… of an image"),
        _text("audio_url", "Audio URL in place of a script", p.audio_url, limit=URL_LIMIT,
              live=True, placeholder="https://… of a public MP3 or WAV"),
        _text("avatar_id", "Raw avatar id", "", limit=ID_LIMIT,
              placeholder="Overrides the avatar above; a Digital Twin's id, too"),
        _text("voice_id", "Raw voice id", "", limit=ID_LIMIT,
              placeholder="Overrides the voice above"),
        _text("video_url", "Reference footage URL", p.video_url, limit=URL_LIMIT, live=True,
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


def _input(name: str, label: str, element: Block, *, optional: bool, **more: Any) -> Block:
    block = {"type": "input", "block_id": name, "label": plain(label), "optional": optional}
    return {**block, "element": {**element, "action_id": name}, **more}


def _text(
    name: str,
    label: str,
    value: str,
    *,
    limit: int,
    placeholder: str,
    live: bool = False,
    multiline: bool = False,
    hint: str = "",
) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "multiline": multiline,
        "max_length": limit,
        "placeholder": plain(placeholder),
    }
    if value:
        element["initial_value"] = value
    more: Block = {"hint": plain(hint)} if hint else {}
    if live:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
        more["dispatch_action"] = True
    return _input(name, label, element, optional=True, **more)


def _option(label: str, value: str) -> Block:
    return {"text": plain(cut(label, OPTION_TEXT_LIMIT)), "value": value[:OPTION_VALUE_LIMIT]}


def _name(name: str, label: str, chosen: str, raw_id: str) -> Block:
    element: Block = {
        "type": "external_select",
        "min_query_length": 0,
        "placeholder": plain("Type to search"),
    }
    if raw_id:
        element["initial_option"] = _option(f"Raw HeyGen id {raw_id}", f"id:{raw_id}")
    elif chosen:
        element["initial_option"] = _option(chosen, f"name:{chosen}")
    return _input(name, label, element, optional=False)


def _choice(
    name: str, label: str, values: Sequence[str], chosen: str, *, live: bool = False
) -> Block:
    options = [_option(value, value) for value in values]
    element = {
        "type": "static_select",
        "options": options,
        "initial_option": options[values.index(chosen)],
    }
    return _input(name, label, element, optional=False, dispatch_action=live)


def _checkbox(name: str, label: str, text: str, ticked: bool) -> Block:
    option = _option(text, "yes")
    element: Block = {"type": "checkboxes", "options": [option]}
    if ticked:
        element["initial_options"] = [option]
    return _input(name, label, element, optional=True)


def _channel(channel_id: str) -> Block:
    element: Block = {
        "type": "conversations_select",
        "placeholder": plain("Choose a conversation"),
        "filter": {"include": ["public", "private", "im"]},
    }
    if channel_id:
        element["initial_conversation"] = channel_id
    return _input(CHANNEL, "Where to post", element, optional=False)


def _value(state: dict[str, Any], name: str) -> Any:
    """One field's value, whatever its element; None where the field is not in the view.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission
    """
    field = state.get(name, {}).get(name)
    if field is None:
        return None
    match field["type"]:
        case "plain_text_input":
            typed: str = field.get("value") or ""
            return typed if name == "prompt" else typed.strip()
        case "checkboxes":
            return [option["value"] for option in field["selected_options"]]
        case "conversations_select":
            return field.get("selected_conversation")
        case _:
            return (field.get("selected_option") or {}).get("value")
