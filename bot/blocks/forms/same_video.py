"""What replaces the form, or stands on top of it, once the same video is used again."""

from typing import Any

from bot.blocks.text import mrkdwn, notice, plain
from bot.domain.takes import Take

TITLE = "Use it again"


def used(take: Take, channel_id: str) -> dict[str, Any]:
    """What replaces the form once the same video is used in place of a new one."""
    return notice(TITLE, mrkdwn(f"Take {take.number} is on its way to <#{channel_id}>."))


def already_there(channel_id: str, link: str) -> dict[str, Any]:
    """On top of the form. `link`: to the same video in that channel; "" is not known."""
    video = f"<{link}|This video>" if link else "This video"
    words = f"{video} is in <#{channel_id}> already. Close this to choose another channel."
    return notice(TITLE, mrkdwn(words))


def not_used(why: str) -> dict[str, Any]:
    return notice(TITLE, plain(why))
