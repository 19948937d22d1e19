"""What replaces the form, or stands on top of it, once the same video is used again."""

from typing import Any

from bot.blocks.text import plain, section
from bot.domain.takes import Take
from bot.domain.text import escape


def used(take: Take, channel_id: str) -> dict[str, Any]:
    """What replaces the form once the same video is used in place of a new one."""
    return _told(f"Take {take.number} is on its way to <#{channel_id}>.")


def already_there(channel_id: str, link: str) -> dict[str, Any]:
    """On top of the form. `link`: to the same video in that channel; "" is not known."""
    video = f"<{link}|This video>" if link else "This video"
    return _told(f"{video} is in <#{channel_id}> already. Close this to choose another channel.")


def not_used(why: str) -> dict[str, Any]:
    return _told(escape(why))


def _told(text: str) -> dict[str, Any]:
    view = {"type": "modal", "title": plain("Use it again"), "close": plain("Close")}
    return {**view, "blocks": [section(text)]}
