"""How the fields of an open form are kept up to date, whatever they are.

Slack keeps what a field holds as long as its ids stay the same. So the fields that are filled with
other values get other action ids: their names, with what they were filled from after them. What
comes back from Slack has its plain names again before anybody reads it (`name_fields_plainly`).
https://docs.slack.dev/surfaces/modals#updating_views
"""

from collections.abc import Iterator
from typing import Any

from bot.blocks.looks.choice import LOOK
from bot.blocks.text import Block
from bot.domain.looks.look import FIELDS, Filled

MARK = "~"
EACH_KEY = {"trigger_actions_on": ["on_character_entered"]}


def kept_up_to_date(blocks: list[Block], filled: Filled) -> list[Block]:
    """Each change is sent to the bot, and the ids say how the fields were filled."""
    return [_input(block, filled) if block["type"] == "input" else block for block in blocks]


def _input(block: Block, filled: Filled) -> Block:
    element = dict(block["element"])
    if element["type"] == "plain_text_input":
        element["dispatch_action_config"] = EACH_KEY
    # What is typed while a look fills its own fields stays.
    look = filled.look if element["action_id"] in (LOOK, *FIELDS) else ""
    if filled.count or look:
        element["action_id"] += f"{MARK}{filled.count}{MARK}{look}"
    if element["type"] == "file_input":  # Slack refuses a field for files that reports changes
        return {**block, "element": element}
    return {**block, "element": element, "dispatch_action": True}


def name_fields_plainly(body: dict[str, Any]) -> None:
    """A filled form is read like any other."""
    view = body.get("view")
    if isinstance(view, dict):
        body["view"] = view = {**view}
        state = view.get("state")
        if isinstance(state, dict) and isinstance(values := state.get("values"), dict):
            view["state"] = {"values": {name: _plain_keys(held) for name, held in values.items()}}
    for named in (body, *_actions(body)):
        if isinstance(action_id := named.get("action_id"), str):
            named["action_id"] = _plain(action_id)


def _actions(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    actions = body.get("actions")
    yield from (
        (one for one in actions if isinstance(one, dict)) if isinstance(actions, list) else ()
    )


def _plain_keys(held: Any) -> Any:
    return {_plain(name): one for name, one in held.items()} if isinstance(held, dict) else held


def _plain(action_id: str) -> str:
    return action_id.partition(MARK)[0]
