"""Open views: their stacks, their values, and which values an update keeps.

Rules: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.demo.slack.blocks.elements import initial_state, interactive_elements
from bot.demo.slack.workspace.workspace import Workspace

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]
DEEPEST_STACK = 3


@dataclass(eq=False, slots=True)
class View:
    """`content`: the view as the app sent it, with ids filled in. `values`: its state.values."""

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
    """All views of a workspace. A person has at most one stack of modals and one home."""

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
        """A new modal, on top of the open ones or instead of them."""
        if not on_top:
            self.close_all(user)
        stack = self.stacks.setdefault(user, [])
        view = View(self.workspace.new_id("V"), user, "modal", {}, channel)
        view.root = stack[0].id if stack else view.id
        view.previous = stack[-1].id if stack else None
        self.known[view.id] = view
        stack.append(view)
        self.fill(view, content)
        self.workspace.announce("view_opened", view)
        return view

    def update(self, view: View, content: Json) -> None:
        self.fill(view, content)
        self.workspace.announce("home" if view.kind == "home" else "view_updated", view)

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
        self.workspace.announce("view_closed", view)

    def close_all(self, user: str) -> None:
        for view in reversed(self.stacks.pop(user, [])):
            self.close(view)

    def fill(self, view: View, content: Json) -> None:
        """Replace the content. An element keeps its value where block_id, action_id and type are
        the same as before: https://docs.slack.dev/surfaces/modals#updating_views"""
        before = view.values
        kept: Values = {}
        content = copy.deepcopy(content)
        self.fill_in_ids(content["blocks"])
        for block, element in interactive_elements(content["blocks"]):
            if (first := initial_state(element, view.channel)) is None:
                continue
            old = before.get(block["block_id"], {}).get(element["action_id"])
            now = old if old and old["type"] == element["type"] else first
            kept.setdefault(block["block_id"], {})[element["action_id"]] = now
        view.content, view.values, view.errors = content, kept, {}
        view.hash = f"{self.workspace.new_ts()}.demo"

    def fill_in_ids(self, blocks: list[Json]) -> list[Json]:
        """As Slack does, give an id to blocks and elements that have none."""
        for block in blocks:
            block.setdefault("block_id", self.workspace.new_id("b"))
            parts = (block.get("element"), block.get("accessory"), *block.get("elements", ()))
            for part in (*parts, *block.get("actions", ())):
                interactive = isinstance(part, dict) and part.get("type") not in _NOT_INTERACTIVE
                if interactive and block["type"] in _WITH_ELEMENTS:
                    part.setdefault("action_id", self.workspace.new_id("a"))
            if block["type"] in ("carousel", "container"):
                self.fill_in_ids(block.get("elements", []) + block.get("child_blocks", []))
        return blocks


_NOT_INTERACTIVE = ("image", "plain_text", "mrkdwn", "card")
_WITH_ELEMENTS = ("actions", "section", "input", "context_actions", "card")
