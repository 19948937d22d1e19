"""The videos that were found: a section each, for one person alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.blocks.text import Block, actions, button, context, quote, section
from bot.domain.takes import channel_label, is_direct
from bot.domain.text import cut, escape

USE_AS_SCRIPT = "use_as_script"
HOW = "Say what to look for, such as `/avatar find welcome`."
LABEL_LIMIT = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element


@dataclass(frozen=True, slots=True)
class FoundVideo:
    """`link`: of its message in the thread; "" if it isn't known."""

    number: int  # of the take
    requester_id: str
    channel_id: str
    delivered_at: str
    link: str
    snippet: str


def summary(looked_for: str, many: int) -> str:
    words = f"“{escape(looked_for)}”"
    if not many:
        return f"No video that you can see has {words} in its script. Try fewer words."
    return f"{many} video{'' if many == 1 else 's'} with {words}:"


def build(looked_for: str, found: Sequence[FoundVideo], typed: str, *, is_all: bool) -> list[Block]:
    """`typed`: all that follows the command, which may have been meant as a script.

    `is_all`: False if it isn't known whether the person may see more.
    """
    label = cut(f"Use as a script: “{typed}”", LABEL_LIMIT)
    slow = "Slack was slow, so some may be missing. Try again in a minute."
    return [
        section(summary(looked_for, len(found))),
        *(section(_line(video)) for video in found),
        *([] if is_all else [context(slow)]),
        actions([button(label, USE_AS_SCRIPT, typed)]),
    ]


def _line(video: FoundVideo) -> str:
    at = int(datetime.fromisoformat(video.delivered_at).timestamp())
    # https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    when = f"<!date^{at}^{{date_short_pretty}}|{video.delivered_at[:10]}>"
    what = f"Take {video.number}"
    named = f"*<{video.link}|{what}>*" if video.link else f"*{what}*"
    where = "our messages" if is_direct(video.channel_id) else channel_label(video.channel_id)
    who = f"{named} by <@{video.requester_id}> in {where}, {when}"
    return f"{who}\n{quote(video.snippet)}"
