"""The form in which an admin makes the casting sheet, and what they are told when it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks.fields import state_values, value
from bot.blocks.forms.channel import WHERE, where_field
from bot.blocks.home.for_admins import MAKE_SHEET, PAUSED
from bot.blocks.text import context, plain, section
from bot.domain.casting.clips import RESOLUTION
from bot.domain.money.amounts import estimated
from bot.domain.takes import Pause
from bot.domain.text import escape

LABEL_LIMIT = 24  # characters: https://docs.slack.dev/reference/views/modal-views
UNDER_WAY = "The casting sheet is being made already."
NOTHING_MISSING = "Every avatar in the list is in the casting sheet already."
NO_FFMPEG = (
    "Without ffmpeg the sheet has clips, but no faces. For faces, run "
    "`pip install imageio-ffmpeg` on the bot's machine and restart the bot."
)
AGAIN = "press *Make the casting sheet* in Home again"


@dataclass(frozen=True, slots=True)
class Order:
    """What would be made: `clips`, for about `usd`."""

    clips: int
    usd: float
    has_ffmpeg: bool
    pause: Pause | None


def build(order: Order, channel_id: str = "") -> dict[str, Any]:
    number, price = clips(order.clips), estimated(order.usd)
    whose = "one of each known avatar" if order.clips > 1 else "of the one known avatar"
    text = (
        f"I'll make {number} for about {price}: {whose} that has none yet, in {RESOLUTION}, two "
        "seconds long, each with another voice. Nobody is mentioned."
    )
    blocks = [section(text), where_field("Where to post them", channel_id)]
    if not order.has_ffmpeg:
        blocks.append(context(NO_FFMPEG))
    if order.pause:
        blocks.append(context(f":warning: The queue is paused. {PAUSED[order.pause.reason]}"))
    label = f"Make {number} for {price}"
    return {
        "type": "modal",
        "callback_id": MAKE_SHEET,
        "title": plain("Make the casting sheet"),
        "submit": plain(label if len(label) <= LABEL_LIMIT else f"Make {order.clips} for {price}"),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def told(why: str) -> dict[str, Any]:
    """In place of the form."""
    view = {"type": "modal", "title": plain("Make the casting sheet"), "close": plain("Close")}
    return {**view, "blocks": [section(why)]}


def channel_of(view: dict[str, Any]) -> str:
    return str(value(state_values(view), WHERE) or "")


def clips(number: int) -> str:
    return f"{number} clip{'' if number == 1 else 's'}"


def done(made: int, channel_id: str, failed: Sequence[str]) -> str:
    """What the admin is told when all clips have ended. `failed`: avatars without one."""
    where = f"{clips(made)} in <#{channel_id}>. Open it with *Casting sheet* in Home."
    if not failed:
        return f"The casting sheet is ready: {where}"
    names = escape(", ".join(failed))
    missing = f"Not made: {names}. Their cards say why. To retry, {AGAIN}."
    return f"The casting sheet has {where}\n{missing}"


def stopped(asked: int, planned: int, why: str) -> str:
    """What the admin is told when no more clips can be asked for."""
    so_far = f"after {asked} of {clips(planned)}" if asked else "before its first clip"
    return f"The casting sheet stopped {so_far}. {why} Then {AGAIN} for the rest."
