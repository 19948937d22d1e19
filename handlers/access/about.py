"""What a payload is about: the take of a button or a form, or what a command looks for."""

from typing import Any

from bot.blocks import modal
from bot.blocks.card import NEW_TAKE
from bot.domain.scripts.finding import to_find
from bot.domain.text import unescape
from bot.slack import payloads
from bot.slack.payloads import part, pressed, text


def looks_for(body: dict[str, Any]) -> str:
    """What a command is about, after "can", if it isn't about a new video."""
    typed = unescape(text(body, "text")).strip() if text(body, "command") else ""
    return "" if to_find(typed) is None else "find videos"


def take_id_of(body: dict[str, Any]) -> str:
    """The take that a button of a message, or a form that was sent, is about."""
    if not payloads.is_form(body):
        return text(pressed(body), "value")
    view = part(body, "view")
    if view.get("callback_id") == NEW_TAKE:
        return modal.replaced_take(view)
    return text(view, "private_metadata")
