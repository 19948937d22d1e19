"""The forms in which a look is saved, renamed and deleted."""

import json
from typing import Any

from bot.blocks.card import SAVE_LOOK
from bot.blocks.fields import (
    checkbox_field,
    choice_field,
    kept_in,
    state_values,
    text,
    text_field,
    ticked_boxes,
)
from bot.blocks.text import Block, context, form, notice, plain, unformatted
from bot.domain.looks.look import FIELDS, NAME_LIMIT, Look, clean_name, look_parameters
from bot.domain.parameters import DEFAULTS, Parameters, invalid_values
from bot.domain.text import cut

# Action ids of the items in Home's menus; the first two are also those of their forms.
RENAME_LOOK, DELETE_LOOK = "rename_look", "delete_look"
DEFAULT_LOOK, NO_DEFAULT_LOOK = "default_look", "no_default_look"
TEAM_DEFAULT_LOOK, NO_TEAM_DEFAULT_LOOK = "team_default_look", "no_team_default_look"

NAME = "name"
WHOSE = "whose"
ME, TEAM = "Me", "The whole team"
IS_DEFAULT = "is_default"
VALUE_SHOWN = 60  # characters


def settings(parameters: Parameters) -> str:
    """What a look has, in one line of plain text."""
    p = parameters
    parts = [
        p.avatar_label, p.voice_id or p.voice, f"{p.resolution} {p.aspect_ratio} {p.output_format}",
        p.fit if p.fit != DEFAULTS.fit else "", "transparent" if p.remove_background else "",
        p.background, "with captions" if p.caption else "no captions",
    ]  # fmt: skip
    return " · ".join(cut(part, VALUE_SHOWN) for part in parts if part)


def save(parameters: Parameters, shown: Parameters, *, for_team: bool) -> dict[str, Any]:
    """`shown`: with names for people. `for_team`: this person may save it for the team."""
    kept = {name: getattr(parameters, name) for name in FIELDS}
    whose = choice_field(WHOSE, "For", (ME, TEAM), ME)
    blocks = [
        _name_field(""),
        *([whose] if for_team else []),
        checkbox_field(IS_DEFAULT, "Default", "Open the form with it", False),
        context(f"Saves {unformatted(settings(shown))}. A look has no script or audio."),
    ]
    metadata = json.dumps(kept, ensure_ascii=False)
    return form(SAVE_LOOK, "Save this look", "Save", blocks, metadata)


def parse_saved(view: dict[str, Any], user_id: str) -> tuple[Look, bool] | None:
    """The look to save, and whether it is to be the default. None: it isn't the bot's form."""
    kept = kept_in(view)
    if not {*FIELDS} <= kept.keys():
        return None
    values = {name: kept[name] for name in FIELDS}
    if invalid_values(Parameters(**values)):
        return None
    state = state_values(view)
    owner = "" if text(state, WHOSE) == TEAM else user_id
    parameters = look_parameters(Parameters(**values))
    look = Look(str(view.get("id")), parse_name(view), owner, parameters)
    return look, bool(ticked_boxes(state, IS_DEFAULT))


def parse_name(view: dict[str, Any]) -> str:
    return clean_name(text(state_values(view), NAME) or "")


def saved(look: Look, *, is_default: bool) -> dict[str, Any]:
    """What replaces the form."""
    whose = "everybody without a default of their own" if look.is_team else "you"
    how = (
        f"The form opens with it for {whose} from now on."
        if is_default
        else "Choose it at the top of the form."
    )
    where = "Rename or delete it in the Home tab."
    return notice("Save this look", plain(f"“{look.name}” is saved. {how} {where}"))


def not_deleted(why: str) -> dict[str, Any]:
    return notice("Delete look", plain(why))


def rename(look: Look) -> dict[str, Any]:
    return form(RENAME_LOOK, "Rename look", "Rename", [_name_field(look.name)], look.id)


def delete(look: Look, *, others: int) -> dict[str, Any]:
    """`others`: how many other people's default it is."""
    words = f"This deletes “{look.name}” for {'everybody' if look.is_team else 'you'}."
    words += " Videos that were made with it stay."
    if others:
        people = "1 other person" if others == 1 else f"{others} other people"
        words += f" It is the default of {people}: they are told when they next open the form."
    says = {"type": "section", "text": plain(words)}
    return form(DELETE_LOOK, "Delete look", "Delete", [says], look.id)


def _name_field(name: str) -> Block:
    return text_field(NAME, "Name", name, limit=NAME_LIMIT, optional=False,
                      placeholder="Company news")  # fmt: skip
