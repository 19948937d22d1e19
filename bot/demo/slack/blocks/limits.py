"""What Slack allows in blocks and views, as tables; `validation.py` applies them.

A table names every field that a block may have. Slack refuses any other ("invalid additional
property"), and so does the stand-in. https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Literal

from bot.demo.slack.blocks.element_limits import ELEMENTS, PARTS
from bot.demo.slack.blocks.rules import (
    URL,
    Anything,
    Fields,
    Flag,
    Part,
    Several,
    String,
    Text,
)

SurfaceKind = Literal["message", "modal", "home"]

_PICKERS = tuple(kind for kind in ELEMENTS if kind.endswith(("_select", "picker")))
_INPUTS = tuple(kind for kind in ELEMENTS if kind.endswith("_input"))
_CHOICES = (*_PICKERS, "checkboxes", "radio_buttons")
_IN_ACTIONS = ("button", "overflow", *_CHOICES)
_IN_CONTAINER = (
    "actions", "context", "divider", "file", "header", "image", "input", "rich_text",
    "section", "table", "video",
)  # fmt: skip

BLOCKS: dict[str, Fields] = {
    "section": {
        "text": Text(3000),
        "fields": Several(Text(2000), 10),
        "accessory": Part(kinds=("image", *_IN_ACTIONS)),
        "expand": Flag(),
    },
    "header": {"text": Text(150, plain_only=True)},
    "divider": {},
    "image": {
        "image_url": URL,
        "slack_file": Part("slack_file"),
        "alt_text": String(2000, least=1),
        "title": Text(2000, plain_only=True),
    },
    "context": {"elements": Several(Part(kinds=("text", "image")), 10)},
    "actions": {"elements": Several(Part(kinds=_IN_ACTIONS), 25)},
    "context_actions": {"elements": Several(Part(kinds=("feedback_buttons", "icon_button")), 5)},
    "input": {
        "label": Text(2000, plain_only=True),
        "element": Part(kinds=(*_INPUTS, *_CHOICES)),
        "dispatch_action": Flag(),
        "hint": Text(2000, plain_only=True),
        "optional": Flag(),
    },
    "alert": {
        "text": Text(200),
        "level": String(one_of=("default", "info", "warning", "error", "success")),
    },
    "markdown": {"text": String(12000, least=1)},
    "rich_text": {"elements": Several(Anything(), 1000)},
    "card": {
        "hero_image": Part(kinds=("image",)),
        "icon": Part(kinds=("image",)),
        "slack_icon": Anything(),
        "title": Text(150),
        "subtitle": Text(150),
        "body": Text(200),
        "subtext": Text(200),
        "actions": Several(Part(kinds=("button",)), 3),
    },
    "carousel": {"elements": Several(Part(kinds=("card",)), 10)},
    "container": {
        "child_blocks": Several(Part(kinds=_IN_CONTAINER), 10),
        "title": Text(150, plain_only=True),
        "rich_text_title": Part(kinds=("rich_text",)),
        "subtitle": Text(150),
        "width": String(one_of=("narrow", "standard", "wide", "full")),
        "icon": Part(kinds=("image",)),
        "is_collapsible": Flag(),
        "default_collapsed": Flag(),
        "has_header_divider": Flag(),
    },
    # Only a task card within a plan can be "pending".
    "task_card": {
        **PARTS["task_card_in_plan"],
        "status": String(one_of=("in_progress", "complete", "error")),
    },
    "plan": {"title": String(), "tasks": Several(Part("task_card_in_plan"), 50)},
    "table": {"rows": Several(Anything(), 100), "column_settings": Several(Anything(), 20)},
    "video": {
        "alt_text": String(2000, least=1),
        "title": Text(200, plain_only=True),
        "title_url": String(2000, url=True),
        "video_url": URL,
        "thumbnail_url": URL,
        "description": Text(200, plain_only=True),
        "author_name": String(50),
        "provider_name": String(50),
        "provider_icon_url": String(2000, url=True),
    },
    "file": {"external_id": String(), "source": String(one_of=("remote",))},
}

ON_SURFACE: dict[SurfaceKind, frozenset[str]] = {
    "message": frozenset(BLOCKS) - {"alert"},
    "modal": frozenset(
        ("actions", "alert", "card", "context", "divider", "header", "image", "input",
         "rich_text", "section", "video")
    ),
    "home": frozenset(BLOCKS)
    - {"alert", "context_actions", "file", "markdown", "plan", "task_card"},
}  # fmt: skip
MOST_BLOCKS: dict[SurfaceKind, int] = {"message": 50, "modal": 100, "home": 100}

VIEW: Fields = {
    "type": String(one_of=("modal", "home")),
    "title": Text(24, plain_only=True),
    "submit": Text(24, plain_only=True),
    "close": Text(24, plain_only=True),
    "private_metadata": String(3000),
    "callback_id": String(255),
    "external_id": String(255),
    "clear_on_close": Flag(),
    "notify_on_close": Flag(),
    "submit_disabled": Flag(),
    "blocks": Anything(),
}

REQUIRED: dict[str, tuple[str, ...]] = {
    "option": ("text", "value"),
    "option_group": ("label", "options"),
    "confirm": ("title", "text", "confirm", "deny"),
    "feedback_button": ("text", "value"),
    "source": ("url", "text"),
    "task_card_in_plan": ("task_id", "title", "status"),
    "task_card": ("task_id", "title", "status"),
    "plan": ("title",),
    "button": ("text",),
    "checkboxes": ("options",),
    "radio_buttons": ("options",),
    "overflow": ("options",),
    "number_input": ("is_decimal_allowed",),
    "feedback_buttons": ("positive_button", "negative_button"),
    "icon_button": ("icon", "text"),
    "image": ("alt_text",),
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "context_actions": ("elements",),
    "input": ("label", "element"),
    "alert": ("text",),
    "markdown": ("text",),
    "rich_text": ("elements",),
    "carousel": ("elements",),
    "container": ("child_blocks",),
    "table": ("rows",),
    "video": ("alt_text", "title", "video_url", "thumbnail_url"),
    "file": ("external_id", "source"),
}
# At least one of these fields must be present.
ONE_NEEDED: dict[str, tuple[str, ...]] = {
    "section": ("text", "fields"),
    "card": ("hero_image", "title", "actions", "body"),
    "container": ("title", "rich_text_title"),
}
# Exactly one of these fields must be present.
EXACTLY_ONE: dict[str, tuple[str, ...]] = {
    "static_select": ("options", "option_groups"),
    "multi_static_select": ("options", "option_groups"),
    "image": ("image_url", "slack_file"),
}
