"""The select at the top of the form, and what the form remembers of it."""

from typing import Any

from bot.blocks.fields import input_block, option, text
from bot.blocks.text import Block, plain
from bot.domain.form_values import FormValues
from bot.domain.looks.look import NOT_FILLED, Filled, Looks

LOOK = "look"
NONE = "none"  # an option's value can't be ""
NOTICE = "look_notice"
NOTICE_LIMIT = 1000  # of the form's metadata, which has room for 3,000


def build(looks: Looks, values: FormValues) -> list[Block]:
    """Nothing as long as there is no look."""
    notice = values.filled.notice
    notices = [_notice(notice)] if notice else []
    if not looks.all:
        return notices
    first = {**option("No look", NONE), "description": plain("Fills in your last choices")}
    groups = [
        # A new take begins with the settings of the take before.
        _group("Without a look", [] if values.new_take else [first]),
        _group("Yours", [option(look.name, look.id) for look in looks.own]),
        _group("The team's", [option(look.name, look.id) for look in looks.team]),
    ]
    element: Block = {
        "type": "static_select",
        "placeholder": plain("Choose a look"),
        "option_groups": [group for group in groups if group["options"]],
    }
    options = [one for group in groups for one in group["options"]]
    if now := next((one for one in options if one["value"] == (values.look or NONE)), None):
        element["initial_option"] = now
    return [input_block(LOOK, "Look", element, optional=True), *notices]


def _group(label: str, options: list[Block]) -> Block:
    return {"label": plain(label), "options": options}


def _notice(notice: str) -> Block:
    """As plain text: it has names that somebody has typed."""
    return {"type": "context", "block_id": NOTICE, "elements": [plain(f":warning: {notice}")]}


def chosen(state: dict[str, Any]) -> str:
    """The id of the look; "" is none."""
    look_id = text(state, LOOK) or ""
    return "" if look_id == NONE else look_id


def metadata(values: FormValues) -> dict[str, Any]:
    """What goes into the view's private_metadata."""
    if values.filled == NOT_FILLED:
        return {}
    filled = values.filled
    return {"filled": {"times": filled.count, "look": filled.look, "notice": filled.notice}}


def filled(metadata: dict[str, Any]) -> Filled:
    match metadata.get("filled"):
        case {"times": int(count), "look": str(look), "notice": str(notice)}:
            return Filled(count, look, notice[:NOTICE_LIMIT])
        case _:
            return NOT_FILLED
