"""The input blocks of a form, and reading their values from a submission.

A field's block_id and action_id are the same word, which also names its value and its error.
As long as views.update sends the same ids, Slack keeps what a person has typed:
https://docs.slack.dev/surfaces/modals#updating_views
"""

from collections.abc import Sequence
from typing import Any

from bot.blocks.text import Block, plain
from bot.domain.text import cut, json_object, read_json, visible

# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_VALUE_LIMIT = 150
OPTION_TEXT_LIMIT = 75
METADATA_LIMIT = 3000  # https://docs.slack.dev/reference/views/modal-views
CONVERSATIONS = ("public", "private", "im")


def input_block(name: str, label: str, element: Block, *, optional: bool, **more: Any) -> Block:
    block = {"type": "input", "block_id": name, "label": plain(label), "optional": optional}
    return {**block, "element": {**element, "action_id": name}, **more}


def text_field(
    name: str,
    label: str,
    value: str,
    *,
    limit: int,
    placeholder: str,
    multiline: bool = False,
    optional: bool = True,
    hint: str = "",
    has_focus: bool = False,
) -> Block:
    """`has_focus`: the cursor is here when the form opens, of one field at most."""
    element: Block = {
        "type": "plain_text_input",
        "multiline": multiline,
        "max_length": limit,
        "placeholder": plain(placeholder),
    }
    if 0 < len(value) <= limit:  # Slack rejects a view with a longer value
        element["initial_value"] = value
    if has_focus:
        element["focus_on_load"] = True
    more: Block = {"hint": plain(hint)} if hint else {}
    return input_block(name, label, element, optional=optional, **more)


def option(label: str, value: str) -> Block:
    return {"text": plain(cut(label, OPTION_TEXT_LIMIT)), "value": value[:OPTION_VALUE_LIMIT]}


def name_field(
    name: str, label: str, chosen: str, raw_id: str, *, hint: str, id_label: str = ""
) -> Block:
    element: Block = {
        "type": "external_select",
        "min_query_length": 0,
        "placeholder": plain("Type to search"),
    }
    if raw_id:
        element["initial_option"] = option(id_label or f"HeyGen ID {raw_id}", f"id:{raw_id}")
    elif chosen:
        element["initial_option"] = option(chosen, f"name:{chosen}")
    return input_block(name, label, element, optional=False, hint=plain(hint))


def choice_field(name: str, label: str, values: Sequence[str], chosen: str) -> Block:
    options = [option(value, value) for value in values]
    element = {
        "type": "static_select",
        "options": options,
        "initial_option": options[values.index(chosen)],
    }
    return input_block(name, label, element, optional=False)


def checkbox_field(name: str, label: str, text: str, ticked: bool) -> Block:
    box = option(text, "yes")
    element: Block = {"type": "checkboxes", "options": [box]}
    if ticked:
        element["initial_options"] = [box]
    return input_block(name, label, element, optional=True)


def conversation_field(
    name: str,
    label: str,
    chosen: str = "",
    *,
    kinds: Sequence[str] = CONVERSATIONS,
) -> Block:
    element: Block = {
        "type": "conversations_select",
        "placeholder": plain("Choose a conversation"),
        "filter": {"include": list(kinds)},
    }
    if chosen:
        element["initial_conversation"] = chosen
    return input_block(name, label, element, optional=False)


def date_field(name: str, label: str, chosen: str, *, hint: str) -> Block:
    """`chosen`: a day such as "2026-12-04", or "" for none."""
    element: Block = {"type": "datepicker", "placeholder": plain("Choose a date")}
    if chosen:
        element["initial_date"] = chosen
    return input_block(name, label, element, optional=True, hint=plain(hint))


def people_field(name: str, label: str, chosen: Sequence[str], *, most: int, hint: str) -> Block:
    element: Block = {"type": "multi_users_select", "placeholder": plain("Choose people")}
    element["max_selected_items"] = most
    if chosen:
        element["initial_users"] = list(chosen[:most])
    return input_block(name, label, element, optional=True, hint=plain(hint))


def person_field(name: str, label: str) -> Block:
    element = {"type": "users_select", "placeholder": plain("Choose a person")}
    return input_block(name, label, element, optional=False)


def channels_field(name: str, label: str, *, most: int) -> Block:
    element: Block = {"type": "multi_conversations_select", "max_selected_items": most}
    element |= {"placeholder": plain("Choose channels"),
                "filter": {"include": ["public", "private"]}}  # fmt: skip
    return input_block(name, label, element, optional=False)


def state_values(view: dict[str, Any]) -> dict[str, Any]:
    """What the fields of a view hold; Slack leaves the state out of a view without fields."""
    return (view.get("state") or {}).get("values") or {}


def kept_in(view: dict[str, Any]) -> dict[str, Any]:
    """The `private_metadata` that a form was built with; nothing if none of the bot's has it."""
    kept = view.get("private_metadata")
    if not isinstance(kept, str) or len(kept) > METADATA_LIMIT:
        return {}
    return json_object(kept, read_json) or {}


# What a field holds is read as what its kind can hold: in a forged form, it may be of any kind.
# https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission


def text(state: dict[str, Any], name: str) -> str | None:
    """What was typed into it, as people see it, or chosen; None if nothing was chosen, or it isn't
    in the view."""
    field = _field(state, name)
    match field.get("type"):
        case "plain_text_input":
            found = field.get("value", "")
        case "datepicker":
            found = field.get("selected_date", "")
        case "users_select":
            found = field.get("selected_user", "")
        case _:
            found = (field.get("selected_option") or {}).get("value")
    return visible(found) if isinstance(found, str) else None


def ticked_boxes(state: dict[str, Any], name: str, action_id: str = "") -> list[str] | None:
    """The values of the boxes that are ticked; None if it isn't in the view.

    `action_id`: if it isn't the name of its block.
    """
    options = _of_kind("checkboxes", _field(state, name, action_id), "selected_options")
    return None if options is None else [one["value"] for one in options if "value" in one]


def file_id(state: dict[str, Any], name: str) -> str:
    """The ID of the file that was uploaded; "" if none was."""
    files = _of_kind("file_input", _field(state, name), "files") or [{}]
    return str(files[0].get("id", ""))


def conversation(state: dict[str, Any], name: str) -> str:
    """The ID of the one that was chosen; "" if none was."""
    found = _of_kind("conversations_select", _field(state, name), "selected_conversation")
    return str(found or "")


def conversations(state: dict[str, Any], name: str) -> list[str]:
    """The IDs of those that were chosen."""
    kind = "multi_conversations_select"
    return _of_kind(kind, _field(state, name), "selected_conversations") or []


def people(state: dict[str, Any], name: str) -> tuple[str, ...]:
    """The IDs of those who were chosen."""
    found = _of_kind("multi_users_select", _field(state, name), "selected_users")
    return tuple(found or ())


def _of_kind(kind: str, field: dict[str, Any], holds: str) -> Any:
    """What a field of this kind holds; None if it is none."""
    return (field.get(holds) or []) if field.get("type") == kind else None


def _field(state: dict[str, Any], name: str, action_id: str = "") -> dict[str, Any]:
    """Empty if it isn't in the view."""
    field: dict[str, Any] = (state.get(name) or {}).get(action_id or name) or {}
    return field
