"""What Slack allows in blocks, elements and views, as tables; `blocks.py` applies them.

Source: https://docs.slack.dev/reference/block-kit and its pages. A table names every field that a
part may have: Slack refuses others ("invalid additional property"), and so do we.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Surface = Literal["message", "modal", "home"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text object of at most `most` characters."""

    most: int
    plain_only: bool = False


@dataclass(frozen=True, slots=True)
class String:
    most: int = 3000
    least: int = 0
    one_of: tuple[str, ...] = ()
    url: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    pass


@dataclass(frozen=True, slots=True)
class Part:
    """An object with its own table; `kinds` names the types of ELEMENTS or BLOCKS it may be."""

    fields: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Several:
    """A list of `least` to `most` things that each keep to `each`."""

    each: Rule
    most: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Anything:
    """Taken as it comes: Slack's rules for it are not imitated."""


Rule = Text | String | Number | Flag | Part | Several | Anything
Fields = dict[str, Rule]

LABEL = Text(75, plain_only=True)
PLACEHOLDER = Text(150, plain_only=True)
OPTION = Part("option")
FEEDBACK = Part("feedback_button")
ID = String(255, least=1)
URL = String(3000, url=True)

PARTS: dict[str, Fields] = {
    "option": {"text": Text(75), "value": String(150), "description": Text(75), "url": URL},
    "option_group": {"label": LABEL, "options": Several(OPTION, 100)},
    "confirm": {
        "title": Text(100, True),
        "text": Text(300),
        "confirm": Text(30, True),
        "deny": Text(30, True),
        "style": String(one_of=("primary", "danger")),
    },
    "dispatch_action_config": {
        "trigger_actions_on": Several(
            String(one_of=("on_enter_pressed", "on_character_entered")), 2
        ),
    },
    "filter": {
        "include": Several(String(one_of=("im", "mpim", "private", "public")), 4),
        "exclude_external_shared_channels": Flag(),
        "exclude_bot_users": Flag(),
    },
    "feedback_button": {"text": LABEL, "value": String(2000), "accessibility_label": String(75)},
    "source": {"type": String(one_of=("url",)), "url": URL, "text": String()},
    "slack_file": {"id": String(), "url": String()},
    "task_card_in_plan": {
        "type": String(one_of=("task_card",)),
        "task_id": String(),
        "title": String(),
        "details": Part(kinds=("rich_text",)),
        "output": Part(kinds=("rich_text",)),
        "sources": Several(Part("source"), 100),
        "status": String(one_of=("pending", "in_progress", "complete", "error")),
    },
}

_SELECT: Fields = {
    "action_id": ID,
    "placeholder": PLACEHOLDER,
    "confirm": Part("confirm"),
    "focus_on_load": Flag(),
}
_MULTI: Fields = {**_SELECT, "max_selected_items": Number(1)}
_OPTIONS: Fields = {
    "options": Several(OPTION, 100),
    "option_groups": Several(Part("option_group"), 100),
}
_TYPED: Fields = {
    "action_id": ID,
    "placeholder": PLACEHOLDER,
    "initial_value": String(3000),
    "dispatch_action_config": Part("dispatch_action_config"),
    "focus_on_load": Flag(),
}
_CONVERSATION: Fields = {
    "filter": Part("filter"),
    "default_to_current_conversation": Flag(),
    "response_url_enabled": Flag(),
}

ELEMENTS: dict[str, Fields] = {
    "button": {
        "text": LABEL,
        "action_id": ID,
        "url": URL,
        "value": String(2000),
        "style": String(one_of=("primary", "danger")),
        "confirm": Part("confirm"),
        "accessibility_label": String(75),
        "visible_to_user_ids": Several(String(), 10),
    },
    "image": {
        "image_url": URL,
        "alt_text": String(2000, least=1),
        "slack_file": Part("slack_file"),
    },
    "static_select": {**_SELECT, **_OPTIONS, "initial_option": OPTION},
    "multi_static_select": {**_MULTI, **_OPTIONS, "initial_options": Several(OPTION, 100)},
    "external_select": {**_SELECT, "initial_option": OPTION, "min_query_length": Number(0)},
    "multi_external_select": {
        **_MULTI,
        "initial_options": Several(OPTION, 100),
        "min_query_length": Number(0),
    },
    "users_select": {**_SELECT, "initial_user": String()},
    "multi_users_select": {**_MULTI, "initial_users": Several(String(), 100)},
    "conversations_select": {**_SELECT, **_CONVERSATION, "initial_conversation": String()},
    "multi_conversations_select": {
        **_MULTI,
        **_CONVERSATION,
        "initial_conversations": Several(String(), 100),
    },
    "channels_select": {**_SELECT, "initial_channel": String(), "response_url_enabled": Flag()},
    "multi_channels_select": {**_MULTI, "initial_channels": Several(String(), 100)},
    "overflow": {"action_id": ID, "options": Several(OPTION, 5), "confirm": Part("confirm")},
    "checkboxes": {
        "action_id": ID,
        "options": Several(OPTION, 10),
        "initial_options": Several(OPTION, 10),
        "confirm": Part("confirm"),
        "focus_on_load": Flag(),
    },
    "radio_buttons": {
        "action_id": ID,
        "options": Several(OPTION, 10),
        "initial_option": OPTION,
        "confirm": Part("confirm"),
        "focus_on_load": Flag(),
    },
    "plain_text_input": {
        **_TYPED,
        "multiline": Flag(),
        "min_length": Number(0, 3000),
        "max_length": Number(1, 3000),
    },
    "email_text_input": _TYPED,
    "url_text_input": _TYPED,
    "number_input": {
        **_TYPED,
        "is_decimal_allowed": Flag(),
        "min_value": String(),
        "max_value": String(),
    },
    "datepicker": {**_SELECT, "initial_date": String()},
    "timepicker": {**_SELECT, "initial_time": String(), "timezone": String()},
    "datetimepicker": {**_SELECT, "initial_date_time": Number(0)},
    "file_input": {
        "action_id": ID,
        "filetypes": Several(String(), 100),
        "max_files": Number(1, 10),
    },
    "rich_text_input": {
        **_TYPED,
        "initial_value": Anything(),
        "min_lines": Number(1, 100),
        "max_lines": Number(1, 100),
    },
    "feedback_buttons": {
        "action_id": ID,
        "positive_button": FEEDBACK,
        "negative_button": FEEDBACK,
    },
    "icon_button": {
        "action_id": ID,
        "icon": String(one_of=("trash",)),
        "text": LABEL,
        "value": String(2000),
        "accessibility_label": String(75),
        "visible_to_user_ids": Several(String(), 10),
        "confirm": Part("confirm"),
    },
}

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
    # A task card on its own is never "pending": only those of a plan are.
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

ON_SURFACE: dict[Surface, frozenset[str]] = {
    "message": frozenset(BLOCKS) - {"alert"},
    "modal": frozenset(
        ("actions", "alert", "card", "context", "divider", "header", "image", "input",
         "rich_text", "section", "video")
    ),
    "home": frozenset(BLOCKS)
    - {"alert", "context_actions", "file", "markdown", "plan", "task_card"},
}  # fmt: skip
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}

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
# At least one of these must be there: …
ONE_NEEDED: dict[str, tuple[str, ...]] = {
    "section": ("text", "fields"),
    "card": ("hero_image", "title", "actions", "body"),
    "container": ("title", "rich_text_title"),
}
# … and exactly one of these:
EXACTLY_ONE: dict[str, tuple[str, ...]] = {
    "static_select": ("options", "option_groups"),
    "multi_static_select": ("options", "option_groups"),
    "image": ("image_url", "slack_file"),
}
