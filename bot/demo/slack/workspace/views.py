"""Open views: their stacks, their state, and what stays of it when a view is updated.

Rules: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.demo.slack.blocks.plain_text import elements
from bot.demo.slack.workspace.workspace import Workspace

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]
DEEPEST_STACK = 3


@dataclass(eq=False, slots=True)
class View:
    """`content`: the view as given, ids filled in. `values`: state.values as of now."""

    id: str
    user: str
    kind: Literal["modal", "home"]
    content: Json
    channel: str | None
    hash: str = ""
    root: str = ""
    previous: str | None = None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class Views:
    """All views of a workspace. A person has at most one stack of modals, and one home."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.known: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def find(self, view_id: str | None, external_id: str | None) -> View | None:
        if view_id:
            return self.known.get(view_id)
        given = (v for v in self.known.values() if v.content.get("external_id") == external_id)
        return next(given, None) if external_id else None

    def top(self, user: str) -> View | None:
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def open(self, user: str, content: Json, channel: str | None, on_top: bool) -> View:
        """A modal, on top of the others or in place of them."""
        if not on_top:
            self.close_all(user)
        stack = self.stacks.setdefault(user, [])
        view = View(self.workspace.new_id("V"), user, "modal", {}, channel)
        view.root = stack[0].id if stack else view.id
        view.previous = stack[-1].id if stack else None
        self.known[view.id] = view
        stack.append(view)
        self.fill(view, content)
        self.workspace.tell("view_opened", view)
        return view

    def update(self, view: View, content: Json) -> None:
        self.fill(view, content)
        self.workspace.tell("home" if view.kind == "home" else "view_updated", view)

    def publish(self, user: str, content: Json) -> View:
        view = self.homes.get(user)
        if view is None:
            view = View(self.workspace.new_id("V"), user, "home", {}, None)
            view.root = view.id
            self.homes[user] = self.known[view.id] = view
        self.update(view, content)
        return view

    def close(self, view: View) -> None:
        stack = self.stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)
        self.known.pop(view.id, None)
        self.workspace.tell("view_closed", view)

    def close_all(self, user: str) -> None:
        for view in reversed(self.stacks.pop(user, [])):
            self.close(view)

    def fill(self, view: View, content: Json) -> None:
        """Put new content in. What stands in an element stays where block_id, action_id and type
        are the same as before: https://docs.slack.dev/surfaces/modals#updating_views"""
        before = view.values
        kept: Values = {}
        content = copy.deepcopy(content)
        self.name_ids(content["blocks"])
        for block, element in elements(content["blocks"]):
            if (first := first_value(element, view.channel)) is None:
                continue
            old = before.get(block["block_id"], {}).get(element["action_id"])
            now = old if old and old["type"] == element["type"] else first
            kept.setdefault(block["block_id"], {})[element["action_id"]] = now
        view.content, view.values, view.errors = content, kept, {}
        view.hash = f"{self.workspace.new_ts()}.demo"

    def name_ids(self, blocks: list[Json]) -> list[Json]:
        """Slack makes up the block and action ids that an app leaves out."""
        for block in blocks:
            block.setdefault("block_id", self.workspace.new_id("b"))
            parts = (block.get("element"), block.get("accessory"), *block.get("elements", ()))
            for part in (*parts, *block.get("actions", ())):
                interactive = isinstance(part, dict) and part.get("type") not in _LIFELESS
                if interactive and block["type"] in _WITH_ELEMENTS:
                    part.setdefault("action_id", self.workspace.new_id("a"))
            if block["type"] in ("carousel", "container"):
                self.name_ids(block.get("elements", []) + block.get("child_blocks", []))
        return blocks


_LIFELESS = ("image", "plain_text", "mrkdwn", "card")
_WITH_ELEMENTS = ("actions", "section", "input", "context_actions", "card")

# Where the value of an element stands in state.values, and where it begins.
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


def value_key(element: Json) -> str | None:
    """`value`, `selected_option`…; None for what holds no value (a button, an overflow menu)."""
    return _VALUE_KEYS.get(element["type"], (None, ""))[0]


def first_value(element: Json, channel: str | None) -> Json | None:
    """The entry in state.values before anybody touches the element; None if it has none."""
    if element["type"] not in _VALUE_KEYS:
        return None
    key, initial = _VALUE_KEYS[element["type"]]
    many = key.endswith("s") and key != "rich_text_value"
    value = element.get(initial) or ([] if many else None)
    if element.get("default_to_current_conversation") and channel and not element.get(initial):
        value = [channel] if many else channel
    return {"type": element["type"], key: value}
