"""The input blocks of a form, and reading their values from a submission.

A field's block_id and action_id are the same word, which also names its value and its error.
As long as views.update sends the same ids, Slack keeps what a person has typed:
https://docs.slack.dev/surfaces/modals#updating_views
"""

from collections.abc import Sequence
from typing import Any

from bot.blocks.text import Block, plain
from bot.domain.text import cut

# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_VALUE_LIMIT = 150
OPTION_TEXT_LIMIT = 75
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


def input_values(view: dict[str, Any], action_id: str) -> dict[str, Any]:
    """The values of all fields with this action id, by their block ids."""
    return {
        block_id: _value(fields[action_id])
        for block_id, fields in state_values(view).items()
        if action_id in fields
    }


def value(state: dict[str, Any], name: str) -> Any:
    """The value of a field of any kind; None if the field is not in the view.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission
    """
    field = _field(state, name)
    return None if field is None else _value(field)


def conversation(state: dict[str, Any], name: str) -> str:
    """The ID of the one that was chosen; "" if none was."""
    return str(_chosen(state, name, "conversations_select") or "")


def people(state: dict[str, Any], name: str) -> tuple[str, ...]:
    """The IDs of those who were chosen."""
    return tuple(_chosen(state, name, "multi_users_select") or ())


def _chosen(state: dict[str, Any], name: str, kind: str) -> Any:
    """Only of a field of this kind: in another, of a forged form, anything may stand for an ID."""
    field = _field(state, name)
    return _value(field) if field and field.get("type") == kind else None


def _field(state: dict[str, Any], name: str) -> dict[str, Any] | None:
    field: dict[str, Any] | None = (state.get(name) or {}).get(name)
    return field


def _value(field: dict[str, Any]) -> Any:
    """What a person has entered or chosen: a text, or a list where several can be chosen."""
    match field.get("type"):
        case "plain_text_input":
            return field.get("value") or ""
        case "checkboxes":
            options = field.get("selected_options") or []
            return [option["value"] for option in options if "value" in option]
        case "conversations_select":
            return field.get("selected_conversation")
        case "datepicker":
            return field.get("selected_date") or ""
        case "file_input":
            return field.get("files") or []
        case "multi_users_select":
            return field.get("selected_users") or []
        case "users_select":
            return field.get("selected_user") or ""
        case "multi_conversations_select":
            return field.get("selected_conversations") or []
        case _:
            return (field.get("selected_option") or {}).get("value")
