"""The form behind /avatar and *New take*: from its values to a view, and back.

Block ids are Segmind's parameter names, so a parameter, its field and its error share one word.
`parse(build(values, …)) == values`.
"""

import json
import math
from dataclasses import asdict, replace
from typing import Any

from bot.blocks import checklist
from bot.blocks.card import NEW_TAKE
from bot.blocks.fields import (
    checkbox_field,
    conversation,
    conversation_field,
    date_field,
    file_id,
    kept_in,
    people,
    people_field,
    state_values,
    text,
    text_field,
    ticked_boxes,
)
from bot.blocks.forms import cast as cast_fields
from bot.blocks.forms import more_options, own_audio
from bot.blocks.forms.cast import NOTHING_KNOWN, Cast
from bot.blocks.forms.channel import cant_post
from bot.blocks.forms.fields import kept_up_to_date
from bot.blocks.forms.more_options import DRAFT_FIRST
from bot.blocks.forms.unfinished import Unfinished, offer
from bot.blocks.looks import choice
from bot.blocks.reviewing.due_dates import REVIEW_BY
from bot.blocks.text import Block, button, context, form, section
from bot.domain.audio.own_audio import restored
from bot.domain.estimates import Estimate, a_minute, of_final
from bot.domain.form_values import MOST_REVIEWERS, FormValues, NewTakeOf
from bot.domain.looks.look import NO_LOOKS, Looks
from bot.domain.money.amounts import estimated
from bot.domain.parameters import (
    DEFAULTS,
    NAMES,
    SCRIPT_LIMIT,
    Parameters,
    without_invalid,
)
from bot.domain.scripts.speech import spoken
from bot.domain.takes import is_direct
from bot.domain.text import clock

CALLBACK_ID = "request_video"  # NEW_TAKE where the same form asks for a new take
CHANNEL = "channel_id"
AUDIO = "audio"
SCRIPT_HINT = "Or use your own audio under More options. Segmind stores scripts and settings."
REVIEWERS = "reviewers"
THEN_ASK = "then_ask"
SIGN_OFF = "sign_off"
HINT = "hint"
SHOWN_USD = "shown_usd"
BUDGET = "budget"
CUT = "cut"
CONFIRM = "confirm"
USE_AGAIN = "use_again"
# The estimate or the face depends on these, so the form is updated whenever one of them changes.
LIVE_FIELDS = (
    "prompt", "resolution", DRAFT_FIRST, "audio_url", "avatar", "avatar_id",
)  # fmt: skip
SELECTS = ("avatar", "voice")
# What is in these is only kept, in case the form is closed by mistake.
QUIET_FIELDS = (
    "voice", "caption", "voice_id", "aspect_ratio", "fit", "output_format",
    "remove_background", "background", REVIEWERS, THEN_ASK, REVIEW_BY, checklist.NOTES,
)  # fmt: skip


def build(
    values: FormValues,
    estimate: Estimate,
    *,
    more: bool = False,
    budget: str = "",
    unfinished: Unfinished | None = None,
    refused: str = "",
    looks: Looks = NO_LOOKS,
    cast: Cast = NOTHING_KNOWN,
    converts: bool = True,
) -> dict[str, Any]:
    """The view. `more` shows all options; one that differs from its default is always shown.

    `budget` is the line below the estimate, as mrkdwn. `unfinished`: what to offer to continue.
    `refused`: why the bot can't post where the form says. `looks`: what can be chosen at the top.
    `cast`: what is known of the avatar. What can't be made with it has no price. `converts`: the
    bot has ffmpeg, which makes an mp3 of any audio file.

    The script is required, which Slack itself checks, until there is audio, its alternative.
    """
    # A value that an older version saved may be invalid by now, and Slack would not open the form.
    p, new_take = without_invalid(values.parameters), values.new_take
    has_audio = bool(p.audio_url or values.upload_audio)
    price = None if cast.refused else estimate
    more = more or values.draft_first or has_audio or more_options.differ(p)
    blocks = [
        *(offer(unfinished) if unfinished else []),
        *choice.build(looks, values),
        text_field("prompt", "Script", p.prompt, limit=SCRIPT_LIMIT, multiline=True,
                   optional=has_audio, has_focus=True, placeholder="What the avatar says",
                   hint=SCRIPT_HINT),
        *_cut(values), _hint(values, p, price),
        *([context(budget, block_id=BUDGET)] if budget else []), *_to_confirm(values),
        *(checklist.build(new_take) if new_take else []),
        *cast_fields.fields(p, cast),
        checkbox_field("caption", "Captions", "Add captions (.srt)", p.caption),
        *([] if new_take else _where(values.channel_id, refused)),
        *_reviewers(values),
        *more_options.build(values, p, more=more, converts=converts),
    ]  # fmt: skip
    take = f"take {new_take.number}" if new_take else "video"
    return form(
        NEW_TAKE if new_take else CALLBACK_ID,
        _title(new_take),
        _submit_label(values, take, price),
        kept_up_to_date(blocks, values.filled),
        json.dumps(_kept(values, price, more=more), ensure_ascii=False),
    )


def _cut(values: FormValues) -> list[Block]:
    """Says that the message was too long, where its end would be."""
    if not values.cut_from:
        return []
    return [context(
        f":warning: That message has {values.cut_from:,} characters, but a script can have only "
        f"{SCRIPT_LIMIT:,}. Its end is missing here.", block_id=CUT,
    )]  # fmt: skip


def _title(new_take: NewTakeOf | None) -> str:
    if new_take is None:
        return "Make an avatar video"
    return "Change and retry" if new_take.is_retry else f"Make take {new_take.number}"


def _where(channel_id: str, refused: str) -> list[Block]:
    return [
        conversation_field(CHANNEL, "Where to post", channel_id),
        *cant_post(refused, channel_id),
    ]


def _kept(values: FormValues, price: Estimate | None, *, more: bool) -> dict[str, Any]:
    """What the form has to remember that no field holds."""
    new_take = values.new_take
    kept = {"more": more, "asks": values.asks, "confirms": values.confirms}
    kept |= {SHOWN_USD: price.usd or 0 if price else 0}
    posted_in = {CHANNEL: values.channel_id} if new_take and values.channel_id else {}
    kept |= {CUT: values.cut_from} if values.cut_from else {}
    audio = {AUDIO: asdict(values.audio)} if values.audio else {}
    return kept | posted_in | audio | checklist.metadata(new_take) | choice.metadata(values)


def _to_confirm(values: FormValues) -> list[Block]:
    if not values.confirms:
        return []
    again = {"accessory": button("Use it", USE_AGAIN, values.same_take)} if values.same_take else {}
    return [section(f":warning: *{values.confirms}*", block_id=CONFIRM, **again)]


def _reviewers(values: FormValues) -> list[Block]:
    """Nobody can review a video in a direct message. Who was chosen already stays chosen."""
    if is_direct(values.channel_id) and not values.rounds:
        return []
    ready = "when the video is ready"
    when = f"now to sign off the script, and {ready}" if values.sign_off else ready
    hint = f"I'll mention them {when}. Then I'll remind them every working day."
    return [
        people_field(REVIEWERS, "Reviewers", values.reviewers, most=MOST_REVIEWERS, hint=hint),
        people_field(THEN_ASK, "Then ask", values.then_ask, most=MOST_REVIEWERS,
                     hint="I'll mention them once the reviewers above have approved."),
        date_field(REVIEW_BY, "Review by", values.review_by,
                   hint="By the end of that working day, in your time zone."),
        checkbox_field(SIGN_OFF, "Sign-off", "Ask reviewers to sign off the script first",
                       values.sign_off),
    ]  # fmt: skip


def parse(view: dict[str, Any]) -> FormValues:
    """What the view holds now. A field that is not shown has its default."""
    state = state_values(view)
    shown = {
        block.get("block_id") for block in view.get("blocks", ()) if block.get("type") == "input"
    }
    values: dict[str, Any] = {name: _parameter(state, name) for name in NAMES}
    if "caption" not in shown:
        values["caption"] = DEFAULTS.caption
    for name in ("avatar", "voice"):
        kind, _, chosen = (values[name] or "").partition(":")  # see `name_field`
        values[f"{name}_id"] = values[f"{name}_id"] or (chosen if kind == "id" else "")
        values[name] = "" if values[f"{name}_id"] else chosen or getattr(DEFAULTS, name)
    filled = {name: given for name, given in values.items() if given is not None}
    metadata = kept_in(view)
    audio = restored(metadata.get(AUDIO))
    new_take = checklist.parse(view, metadata)
    posted_in = str(metadata.get(CHANNEL, "")) if new_take else ""
    found = FormValues(
        replace(DEFAULTS, **filled),
        conversation(state, CHANNEL) or posted_in,
        people(state, REVIEWERS),
        then_ask=people(state, THEN_ASK),
        review_by=text(state, REVIEW_BY) or "",
        sign_off=bool(ticked_boxes(state, SIGN_OFF)),
        asks=bool(metadata.get("asks")),
        confirms=str(metadata.get("confirms", "")),
        new_take=new_take,
        filled=choice.filled(metadata),
        draft_first=bool(ticked_boxes(state, DRAFT_FIRST)),
        look=choice.chosen(state),
        upload_audio=_uploads_audio(metadata, state),
        audio_file=file_id(state, own_audio.AUDIO_FILE),
        cut_from=cut if isinstance(cut := metadata.get(CUT), int) else 0,
    )
    return found.with_audio(audio) if audio else found


def _submit_label(values: FormValues, take: str, estimate: Estimate | None) -> str:
    """At most 24 characters: https://docs.slack.dev/reference/views/modal-views"""
    if values.sign_off and not values.confirms:
        return "Ask for sign-off"
    if values.asks:
        return "Ask for approval"
    if not values.confirms or estimate is None:
        return f"Make {take}"
    return "Make it anyway" if estimate.usd is None else f"Make it for {estimated(estimate.usd)}"


def _uploads_audio(metadata: dict[str, Any], state: dict[str, Any]) -> bool:
    ticked = ticked_boxes(state, own_audio.UPLOAD_AUDIO)
    return bool(metadata.get(own_audio.UPLOAD_AUDIO) if ticked is None else ticked)


def more_is_open(view: dict[str, Any]) -> bool:
    return bool(kept_in(view).get("more"))


def shown_usd(view: dict[str, Any]) -> float:
    """The price that the form shows, in dollars; 0 if it shows none.

    It is updated some time after what it depends on. Of a form that an older version built,
    nothing is known: it counts as any price.
    """
    shown = kept_in(view).get(SHOWN_USD)
    return shown if isinstance(shown, int | float) else math.inf


def without_audio(view: dict[str, Any]) -> str:
    """Its `private_metadata` once the audio was removed, and another file is asked for."""
    kept = {name: one for name, one in kept_in(view).items() if name != AUDIO}
    return json.dumps(kept | {own_audio.UPLOAD_AUDIO: True})


def replaced_take(view: dict[str, Any]) -> str:
    """The id of the take that this form makes a new one of; "" where it asks for a new video."""
    return str(kept_in(view).get("replaces", ""))


def _hint(values: FormValues, p: Parameters, estimate: Estimate | None) -> Block:
    """The line below the script: its length and the estimate, if it can be made."""
    count = f"{len(p.prompt):,} of {SCRIPT_LIMIT:,} characters"
    if estimate is None:
        line = f"Your audio: {clock(round(values.audio.seconds))}" if values.audio else count
    elif estimate.seconds is None or estimate.usd is None:
        line = f"Costs {a_minute(estimate)} of audio."
    elif not values.audio and not p.prompt.strip():
        line = f"{count} · about 900 characters make a minute of speech"
    else:
        length = clock(round(estimate.seconds))
        line = f"Your audio: {length}" if values.audio else f"{count} · about {length} of video"
        line += f" · about {estimated(estimate.usd)}"
        if values.draft_first and (final := of_final(estimate, p)).usd is not None:
            final_usd = f"about {estimated(final.usd)} for the {p.resolution} final"
            line += f" for the draft, then {final_usd}"
    if spoken(p.prompt) != p.prompt:
        line += " · Emoji and Slack's codes aren't spoken."
    return context(line, block_id=HINT)


def _parameter(state: dict[str, Any], name: str) -> Any:
    """None if it isn't in the view."""
    if isinstance(getattr(DEFAULTS, name), bool):
        return bool(ticked_boxes(state, name))
    given = text(state, name)
    return given if given is None or name == "prompt" else given.strip()
