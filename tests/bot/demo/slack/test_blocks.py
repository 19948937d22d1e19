"""Each limit of Block Kit, as Slack would enforce it, with the place that it points at."""

# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.slack.blocks.validation import (
    problems_of_message,
    problems_of_options,
    problems_of_view,
)

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str, **more: Any) -> Json:
    return {"text": plain(text), "value": text, **more}


def section(**more: Any) -> Json:
    return {"type": "section", "text": plain("x"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain("Go"), **more}


def entry(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def view(*blocks: Json, **more: Any) -> Json:
    shape = {"type": "modal", "title": plain("Title"), "submit": plain("Go")}
    return {**shape, "blocks": list(blocks), **more}


TEXT_INPUT = {"type": "plain_text_input", "action_id": "t"}
SELECT = {"type": "static_select", "action_id": "s"}
DIALOG = {
    "title": plain("Sure?"),
    "text": plain("Really"),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}

GOOD_MESSAGES: list[list[Json]] = [
    [section(fields=[plain("a")] * 10), {"type": "divider"}, section(block_id="b" * 255)],
    [actions(button(style="primary", value="v" * 2000, confirm=DIALOG, url="https://a.example"))],
    [{"type": "context", "elements": [plain("a"), {"type": "mrkdwn", "text": "b"}] * 5}],
    [{"type": "image", "image_url": "https://a.example/x.png", "alt_text": "A picture"}],
    [{"type": "markdown", "text": "# Hi"}],
    [
        {
            "type": "plan",
            "title": "Video",
            "tasks": [
                {"type": "task_card", "task_id": "1", "title": "Render", "status": "pending"}
            ],
        }
    ],
    [{"type": "card", "title": plain("A video"), "actions": [button()]}],
]

# fmt: off
BAD_MESSAGES: list[tuple[list[Any], str]] = [
    ([section(text=plain("x" * 3001))], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section(text=plain(""))], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([section(fields=[plain("x")] * 11)], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    ([section(fields=[plain("x" * 2001)])], "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
    ([section(color="red")], "invalid additional property: color [json-pointer:/blocks/0]"),
    ([section(block_id="same"), section(block_id="same")], "block_id already exists: same [json-pointer:/blocks]"),
    ([section(block_id="b" * 256)], "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ([{"type": "sparkle"}], "unsupported type: sparkle [json-pointer:/blocks/0/type]"),
    ([{"type": "alert", "text": plain("x")}], "unsupported type: alert [json-pointer:/blocks/0/type]"),
    ([{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "must be one of: plain_text [json-pointer:/blocks/0/text/type]"),
    ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    ([{"type": "context", "elements": []}], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    ([actions(*[button(action_id=f"a{n}") for n in range(26)])], "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    ([actions(button(), button())], "action_id already exists: a [json-pointer:/blocks/0]"),
    ([actions(button(value="v" * 2001))], "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"),
    ([actions(button(text=plain("x" * 76)))], "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    ([actions(button(url="ftp://a.example"))], "invalid url [json-pointer:/blocks/0/elements/0/url]"),
    ([actions(button(style="green"))], "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]"),
    ([actions(button(confirm={"title": plain("?")}))], "missing required field: text [json-pointer:/blocks/0/elements/0/confirm]"),
    ([actions({"type": "knob", "action_id": "k"})], "unsupported type: knob [json-pointer:/blocks/0/elements/0/type]"),
    ([actions(TEXT_INPUT)], "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ([{"type": "image", "image_url": "https://a.example/x.png"}], "missing required field: alt_text [json-pointer:/blocks/0]"),
    ([{"type": "markdown", "text": "x" * 7000}] * 2, "markdown blocks must be less than 12001 characters in all [json-pointer:/blocks]"),
    ([{"type": "task_card", "task_id": "1", "title": "x", "status": "pending"}], "must be one of: in_progress, complete, error [json-pointer:/blocks/0/status]"),
    (["words"], "missing required field: type [json-pointer:/blocks/0]"),
]

BAD_VIEWS: list[tuple[Json, str]] = [
    (view(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    (view(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
    (view(close=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
    (view(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
    (view(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
    (view(color="red"), "invalid additional property: color [json-pointer:/view]"),
    (view(*[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    (view(entry({"type": "file_input", "action_id": "f"}, dispatch_action=True)), "unsupported type: file_input [json-pointer:/view/blocks/0/element/type]"),
    (view(entry({"type": "file_input", "max_files": 11})), "must be at most 10 [json-pointer:/view/blocks/0/element/max_files]"),
    (view({"type": "plan", "title": "x"}), "unsupported type: plan [json-pointer:/view/blocks/0/type]"),
    ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
    ({"type": "modal", "title": plain("x")}, "missing required field: blocks [json-pointer:/view]"),
    ({"type": "modal", "title": plain("x"), "blocks": [entry(TEXT_INPUT)]}, "missing required field: submit [json-pointer:/view]"),
    (view({"type": "alert", "text": plain("x" * 201)}), "must be less than 201 characters [json-pointer:/view/blocks/0/text/text]"),
    (view({"type": "alert", "text": plain("x"), "level": "loud"}), "must be one of: default, info, warning, error, success [json-pointer:/view/blocks/0/level]"),
    (view(entry({**TEXT_INPUT, "max_length": 3001})), "must be at most 3000 [json-pointer:/view/blocks/0/element/max_length]"),
    (view(entry({**TEXT_INPUT, "max_length": 3, "initial_value": "four"})), "must be less than 4 characters [json-pointer:/view/blocks/0/element/initial_value]"),
    (view(entry({**TEXT_INPUT, "max_length": 3, "min_length": 4})), "min_length must not be more than max_length [json-pointer:/view/blocks/0/element]"),
    (view(entry(button())), "unsupported type: button [json-pointer:/view/blocks/0/element/type]"),
    (view(entry({**SELECT, "options": [option(str(n)) for n in range(101)]})), "no more than 100 items allowed [json-pointer:/view/blocks/0/element/options]"),
    (view(entry({**SELECT, "options": []})), "no fewer than 1 items allowed [json-pointer:/view/blocks/0/element/options]"),
    (view(entry(SELECT)), "must have exactly one of options, option_groups [json-pointer:/view/blocks/0/element]"),
    (view(entry({"type": "datepicker", "action_id": "d", "initial_date": "4.12.2026"})), "invalid date, expected YYYY-MM-DD [json-pointer:/view/blocks/0/element/initial_date]"),
    (view(entry({**SELECT, "options": [option("a")], "initial_option": option("b")})), "initial option must be one of the options [json-pointer:/view/blocks/0/element]"),
    (view(entry({**SELECT, "options": [option("x" * 76, value="x")]})), "must be less than 76 characters [json-pointer:/view/blocks/0/element/options/0/text/text]"),
    (view(entry({**SELECT, "options": [option("x", value="v" * 151)]})), "must be less than 151 characters [json-pointer:/view/blocks/0/element/options/0/value]"),
    (view(entry({"type": "checkboxes", "options": [option(str(n)) for n in range(11)]})), "no more than 10 items allowed [json-pointer:/view/blocks/0/element/options]"),
    (view(entry({"type": "external_select", "initial_option": {"text": plain("x")}})), "missing required field: value [json-pointer:/view/blocks/0/element/initial_option]"),
    (view(entry({**TEXT_INPUT, "focus_on_load": True}), entry({**TEXT_INPUT, "focus_on_load": True})), "focus_on_load can only be set on one element [json-pointer:/view/blocks]"),
    (view(entry(TEXT_INPUT, label={"type": "mrkdwn", "text": "x"})), "must be one of: plain_text [json-pointer:/view/blocks/0/label/type]"),
]
# fmt: on


@pytest.mark.parametrize("blocks", GOOD_MESSAGES)
def test_valid_blocks_are_accepted(blocks: list[Json]) -> None:
    assert problems_of_message(blocks) == []


@pytest.mark.parametrize(("blocks", "problem"), BAD_MESSAGES)
def test_a_message_past_a_limit_is_refused_with_a_json_pointer(
    blocks: list[Any], problem: str
) -> None:
    assert problem in problems_of_message(blocks)


@pytest.mark.parametrize(("content", "problem"), BAD_VIEWS)
def test_a_view_past_a_limit_is_refused_with_a_json_pointer(content: Json, problem: str) -> None:
    assert problem in problems_of_view(content)


def test_a_modal_at_its_limits_is_accepted() -> None:
    blocks = [
        entry({**TEXT_INPUT, "max_length": 3000, "initial_value": "x" * 3000}, block_id="a"),
        entry({**SELECT, "options": [option(str(n)) for n in range(100)]}, block_id="b"),
        entry({"type": "external_select", "initial_option": option("x")}, block_id="c"),
        section(accessory=button()),
        {"type": "alert", "text": plain("x" * 200), "level": "warning"},
    ]
    assert problems_of_view(view(*blocks, *[{"type": "divider"}] * 95)) == []


def test_a_type_ahead_offers_at_most_a_hundred_options() -> None:
    hundred = [option(str(n)) for n in range(100)]
    assert problems_of_options({"options": hundred}) == []
    assert problems_of_options({"options": []}) == []
    assert problems_of_options({"option_groups": [{"label": plain("A"), "options": hundred}]}) == []
    assert problems_of_options({"options": [*hundred, option("one more")]}) != []
    assert problems_of_options({}) != []
    assert problems_of_options("") != []
