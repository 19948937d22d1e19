"""What Slack allows in elements and composition objects, as tables of their fields.

https://docs.slack.dev/reference/block-kit/block-elements
https://docs.slack.dev/reference/block-kit/composition-objects
"""

from bot.demo.slack.blocks.rules import (
    FEEDBACK,
    ID,
    LABEL,
    OPTION,
    PLACEHOLDER,
    URL,
    Anything,
    Fields,
    Flag,
    Number,
    Part,
    Several,
    String,
    Text,
)

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
