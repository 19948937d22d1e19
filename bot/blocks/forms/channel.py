"""Below the channel of a form: that the bot can't post there, and what to do."""

from typing import Any

from bot.blocks.fields import conversation, conversation_field, state_values
from bot.blocks.text import Block, button, section
from bot.domain.takes import is_direct
from bot.domain.text import escape

CHECK_AGAIN = "check_channel"
# In the forms that are not about a video to make, but have a channel, too:
WHERE, CHECK_WHERE = "where", "check_where"
# What views.update takes of a view: https://docs.slack.dev/reference/methods/views.update
KEPT = ("type", "callback_id", "title", "submit", "close", "private_metadata")


def cant_post(why: str, channel_id: str) -> list[Block]:
    """Nothing if there is no reason."""
    if why and not is_direct(channel_id):
        why += " If you close this form for that, what you typed is kept."
    return [_warning(why, CHECK_AGAIN, channel_id)] if why else []


def where_field(label: str, chosen: str = "") -> Block:
    """A channel that `checked` warns about as soon as it is chosen."""
    return {**conversation_field(WHERE, label, chosen), "dispatch_action": True}


def chosen_in(view: dict[str, Any]) -> str:
    """The ID of the channel; "" if none is chosen."""
    return conversation(state_values(view), WHERE)


def checked(view: dict[str, Any], why: str) -> dict[str, Any]:
    """The view, as Slack has sent it, to update it with. `why`: the bot can't post there, or ""."""
    blocks: list[Block] = []
    for block in view.get("blocks") or []:
        if block.get("block_id") != CHECK_WHERE:
            blocks.append(block)
        if block.get("block_id") == WHERE and why:
            blocks.append(_warning(why, CHECK_WHERE, chosen_in(view)))
    return {name: view[name] for name in KEPT if view.get(name) is not None} | {"blocks": blocks}


def _warning(words: str, check: str, channel_id: str) -> Block:
    """Nobody can invite the bot to a direct message of others, so there is nothing to check."""
    again = {} if is_direct(channel_id) else {"accessory": button("Check again", check, "")}
    return section(f":warning: {escape(words)}", block_id=check, **again)
