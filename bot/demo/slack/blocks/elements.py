"""Interactive elements: where they are in a list of blocks, and what value they hold.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_HOLDERS = ("actions", "context_actions")
# The key of an element's value in state.values, and of its initial value in the element.
_VALUE_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", ""),
}


def interactive_elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that a person can use, each with its block."""
    for block in blocks:
        inner = block.get("elements", []) if block["type"] in _HOLDERS else []
        single = (block.get("element"), block.get("accessory"))
        for one in (*inner, *single, *block.get("actions", ())):
            if isinstance(one, dict) and "action_id" in one:
                yield block, one
        if block["type"] in ("carousel", "container"):
            inner = block.get("elements", []) + block.get("child_blocks", [])
            yield from interactive_elements(inner)


def value_key(element: Json) -> str | None:
    """`value`, `selected_option`…; None for an element without a value (a button, a menu)."""
    return _VALUE_KEYS.get(element["type"], (None, ""))[0]


def initial_state(element: Json, channel: str | None) -> Json | None:
    """The entry in state.values before anyone uses the element; None if it has none."""
    if element["type"] not in _VALUE_KEYS:
        return None
    key, initial = _VALUE_KEYS[element["type"]]
    many = key.endswith("s") and key != "rich_text_value"
    value = element.get(initial) or ([] if many else None)
    if element.get("default_to_current_conversation") and channel and not element.get(initial):
        value = [channel] if many else channel
    return {"type": element["type"], key: value}
