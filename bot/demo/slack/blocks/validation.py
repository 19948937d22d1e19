"""What Slack would find wrong with the blocks of a message or with a view, in Slack's words.

`problems_of_message` and `problems_of_view` return sentences such as "must be less than 3001
characters [json-pointer:/blocks/0/text/text]", which the Web API returns in
`response_metadata.messages`. An empty list means that Slack accepts it.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

from bot.demo.slack.blocks import element_limits, limits
from bot.demo.slack.blocks.elements import interactive_elements
from bot.demo.slack.blocks.rules import (
    Anything,
    Fields,
    Flag,
    Number,
    Part,
    Rule,
    Several,
    String,
    Text,
)

Json = dict[str, Any]
_URL = re.compile(r"https?://[^\s/]+\S*$")
_DAY = "2026-01-31"  # https://docs.slack.dev/reference/block-kit/block-elements/date-picker-element


def problems_of_message(blocks: object) -> list[str]:
    return _Checker("message").blocks(blocks, "/blocks")


def problems_of_view(view: object) -> list[str]:
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return ["missing required field: type [json-pointer:/view]"]
    checker = _Checker(kind)
    checker.fields(view, limits.VIEW, "view", "/view")
    if kind == "modal" and view.get("title") is None:
        checker.add("missing required field: title", "/view")
    if not isinstance(view.get("blocks"), list):
        checker.add("missing required field: blocks", "/view")
        return checker.found
    checker.blocks(view["blocks"], "/view/blocks")
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in view["blocks"])
    if kind == "modal" and has_input and view.get("submit") is None:
        checker.add("missing required field: submit", "/view")
    return checker.found


def problems_of_options(answer: object) -> list[str]:
    """Of an answer to a block_suggestion: `options` or `option_groups`, at most 100 of them."""
    if not isinstance(answer, dict):
        return ["must be an object [json-pointer:/]"]
    checker = _Checker("modal")
    given = [key for key in ("options", "option_groups") if key in answer]
    if len(given) != 1:
        checker.add("must have exactly one of options, option_groups", "/")
    for key in given:
        kind = "option" if key == "options" else "option_group"
        checker.value(answer[key], Several(Part(kind), 100, least=0), f"/{key}")
    return checker.found


class _Checker:
    def __init__(self, surface: limits.SurfaceKind) -> None:
        self.surface = surface
        self.found: list[str] = []

    def add(self, problem: str, pointer: str) -> None:
        self.found.append(f"{problem} [json-pointer:{pointer}]")

    def blocks(self, blocks: object, pointer: str) -> list[str]:
        if not isinstance(blocks, list):
            self.add("must be an array", pointer)
            return self.found
        most = limits.MOST_BLOCKS[self.surface]
        if len(blocks) > most:
            self.add(f"no more than {most} items allowed", pointer)
        for index, block in enumerate(blocks):
            self.block(block, f"{pointer}/{index}", limits.ON_SURFACE[self.surface])
        if not self.found:  # the rules across blocks need well-formed ones
            self._across(blocks, pointer)
        return self.found

    def block(self, block: object, pointer: str, allowed: frozenset[str]) -> None:
        kind = block.get("type") if isinstance(block, dict) else None
        if not isinstance(block, dict) or not isinstance(kind, str):
            self.add("missing required field: type", pointer)
        elif kind not in allowed:
            self.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            also: Fields = {"type": String(), "block_id": String(255)}
            self.fields(block, {**limits.BLOCKS[kind], **also}, kind, pointer)
            self._input(block, pointer)

    def fields(self, part: Json, fields: Fields, kind: str, pointer: str) -> None:
        for name in limits.REQUIRED.get(kind, ()):
            if part.get(name) is None:
                self.add(f"missing required field: {name}", pointer)
        for name, value in part.items():
            if name not in fields:
                self.add(f"invalid additional property: {name}", pointer)
            elif value is not None:
                self.value(value, fields[name], f"{pointer}/{name}")
        present = set(part)
        needed = limits.ONE_NEEDED.get(kind)
        if needed and not present.intersection(needed):
            self.add(f"missing required field: {needed[0]}", pointer)
        one = limits.EXACTLY_ONE.get(kind)
        if one and len(present.intersection(one)) != 1:
            self.add(f"must have exactly one of {', '.join(one)}", pointer)

    def value(self, value: Any, rule: Rule, pointer: str) -> None:
        match rule:
            case Text():
                self._text(value, rule, pointer)
            case String():
                self._string(value, rule, pointer)
            case Number():
                self._number(value, rule, pointer)
            case Flag() if not isinstance(value, bool):
                self.add("must be a boolean", pointer)
            case Several():
                self._several(value, rule, pointer)
            case Part():
                self._part(value, rule, pointer)
            case Flag() | Anything():
                pass

    def _text(self, value: Any, rule: Text, pointer: str) -> None:
        if not isinstance(value, dict):
            return self.add("must be an object", pointer)
        kinds = ("plain_text",) if rule.plain_only else ("plain_text", "mrkdwn")
        if value.get("type") not in kinds:
            self.add(f"must be one of: {', '.join(kinds)}", f"{pointer}/type")
        extra = set(value) - {"type", "text", "emoji", "verbatim"}
        for name in sorted(extra):
            self.add(f"invalid additional property: {name}", pointer)
        return self._string(value.get("text"), String(rule.most, least=1), f"{pointer}/text")

    def _string(self, value: Any, rule: String, pointer: str) -> None:
        if not isinstance(value, str):
            self.add("must be a string", pointer)
        elif len(value) < rule.least:
            self.add(f"must be more than {rule.least - 1} characters", pointer)
        elif len(value) > rule.most:
            self.add(f"must be less than {rule.most + 1} characters", pointer)
        elif rule.one_of and value not in rule.one_of:
            self.add(f"must be one of: {', '.join(rule.one_of)}", pointer)
        elif rule.url and not _URL.match(value):
            self.add("invalid url", pointer)

    def _number(self, value: Any, rule: Number, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add("must be a number", pointer)
        elif rule.least is not None and value < rule.least:
            self.add(f"must be at least {rule.least:g}", pointer)
        elif rule.most is not None and value > rule.most:
            self.add(f"must be at most {rule.most:g}", pointer)

    def _several(self, value: Any, rule: Several, pointer: str) -> None:
        if not isinstance(value, list):
            return self.add("must be an array", pointer)
        if len(value) < rule.least:
            self.add(f"no fewer than {rule.least} items allowed", pointer)
        if len(value) > rule.most:
            self.add(f"no more than {rule.most} items allowed", pointer)
        for index, one in enumerate(value):
            self.value(one, rule.each, f"{pointer}/{index}")
        return None

    def _part(self, value: Any, rule: Part, pointer: str) -> None:
        if not isinstance(value, dict):
            return self.add("must be an object", pointer)
        if rule.fields:
            return self.fields(value, element_limits.PARTS[rule.fields], rule.fields, pointer)
        kind = value.get("type")
        if kind in ("plain_text", "mrkdwn") and "text" in rule.kinds:
            return self._text(value, Text(3000), pointer)
        if kind not in rule.kinds:
            return self.add(f"unsupported type: {kind}", f"{pointer}/type")
        if kind in element_limits.ELEMENTS and not (kind == "image" and "block_id" in value):
            fields = {**element_limits.ELEMENTS[kind], "type": String()}
            self.fields(value, fields, kind, pointer)
            return self._element(value, pointer)
        return self.block(value, pointer, frozenset(rule.kinds))

    def _element(self, element: Json, pointer: str) -> None:
        """Rules about several fields of one element."""
        most, value = element.get("max_length", 3000), element.get("initial_value")
        if element["type"] == "plain_text_input" and isinstance(most, int):
            if element.get("min_length", 0) > most:
                self.add("min_length must not be more than max_length", pointer)
            if isinstance(value, str) and len(value) > most:
                self.add(f"must be less than {most + 1} characters", f"{pointer}/initial_value")
        if element["type"] == "datepicker" and not _is_day(element.get("initial_date", _DAY)):
            self.add("invalid date, expected YYYY-MM-DD", f"{pointer}/initial_date")
        groups = element.get("option_groups") or []
        offered = [*(element.get("options") or []), *(o for g in groups for o in g["options"])]
        if not offered:
            return
        initial = element.get("initial_options") or []
        for option in [*initial, *filter(None, [element.get("initial_option")])]:
            if option not in offered:
                self.add("initial option must be one of the options", pointer)

    def _input(self, block: Json, pointer: str) -> None:
        """https://docs.slack.dev/reference/block-kit/blocks/input-block"""
        element = block.get("element")
        kind = element.get("type") if isinstance(element, dict) else None
        if kind == "file_input" and block.get("dispatch_action"):
            self.add("unsupported type: file_input", f"{pointer}/element/type")

    def _across(self, blocks: list[Json], pointer: str) -> None:
        """Rules about all blocks together: unique ids, one focus, the total length of markdown."""
        ids = Counter(b["block_id"] for b in blocks if b.get("block_id"))
        for block_id in (i for i, times in ids.items() if times > 1):
            self.add(f"block_id already exists: {block_id}", pointer)
        for index, block in enumerate(blocks):
            actions = Counter(e["action_id"] for _, e in interactive_elements([block]))
            for action_id in (i for i, times in actions.items() if times > 1):
                self.add(f"action_id already exists: {action_id}", f"{pointer}/{index}")
        if sum(1 for _, e in interactive_elements(blocks) if e.get("focus_on_load")) > 1:
            self.add("focus_on_load can only be set on one element", pointer)
        if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > 12_000:
            self.add("markdown blocks must be less than 12001 characters in all", pointer)


def _is_day(text: object) -> bool:
    try:
        return date.fromisoformat(str(text)).isoformat() == text
    except ValueError:
        return False
