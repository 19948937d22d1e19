"""The form in which an admin makes the casting sheet, and what they are told when it is done."""

from collections.abc import Sequence
from typing import Any

from bot.blocks.card_state import queue_line
from bot.blocks.forms.channel import where_field
from bot.blocks.home.for_admins import MAKE_SHEET
from bot.blocks.text import context, form, page, section
from bot.domain.casting.clips import RESOLUTION
from bot.domain.casting.orders import Order
from bot.domain.money.amounts import estimated
from bot.domain.takes import channel_label
from bot.domain.text import escape

TITLE = "Make the casting sheet"
LABEL_LIMIT = 24  # characters: https://docs.slack.dev/reference/views/modal-views
UNDER_WAY = "The casting sheet is already being made."
NOTHING_MISSING = "Every avatar in the list is in the casting sheet already."
NO_FFMPEG = (
    "Without ffmpeg the sheet has clips, but no faces. For faces, run "
    "`pip install imageio-ffmpeg` on the bot's machine and restart the bot."
)
OVER_BUDGET = "The budget won't pay for all of them: I'll stop when it's used up."
WARNING = ":warning: "
CHANGE_LIMITS = "You can change the limits in Home."
# Also true if another admin is faster.
CHECKED = "I can post the clips of the casting sheet here."
ORDERED = "Got it. I'll post the clips there, and write to you when the casting sheet is ready."
AGAIN = "press *Make the casting sheet* in Home again"


def build(order: Order, channel_id: str = "") -> dict[str, Any]:
    """What can't be ordered is said in place of the form."""
    if why := nothing_to_make(order):
        return answer(why)
    first, *more = lines(order)
    label = offer(order)
    if len(label) > LABEL_LIMIT:
        label = f"Make {len(order.pairs)} for {estimated(order.usd)}"
    blocks = [
        section(first),
        where_field("Where to post them", channel_id),
        *map(context, more),
    ]
    return form(MAKE_SHEET, TITLE, label, blocks)


def nothing_to_make(order: Order) -> str:
    """Why; "" if there is something to make."""
    if order.is_under_way:
        return UNDER_WAY
    return "" if order.pairs else NOTHING_MISSING


def offer(order: Order) -> str:
    """What the admin agrees to."""
    return f"Make {clips(len(order.pairs))} for {estimated(order.usd)}"


def lines(order: Order) -> list[str]:
    """What the admin is told before, as mrkdwn: what is made, the money, what is in the way."""
    number, price = clips(len(order.pairs)), estimated(order.usd)
    whose = "one of each known avatar" if len(order.pairs) > 1 else "of the one known avatar"
    found = [
        f"I'll make {number} for about {price}: {whose} that has none yet, in {RESOLUTION}, two "
        "seconds long, each with a different voice. Nobody is mentioned."
    ]
    if order.left:
        found.append(order.left)
    if order.is_over_budget:
        found.append(f"{WARNING}{OVER_BUDGET}")
    if not order.has_ffmpeg:
        found.append(NO_FFMPEG)
    if order.pause:
        found.append(f"{WARNING}{queue_line(order.pause.reason)}")
    return found


def answer(why: str) -> dict[str, Any]:
    """In place of the form."""
    return page(TITLE, [section(why)])


def clips(number: int) -> str:
    return f"{number} clip{'' if number == 1 else 's'}"


def done(made: int, channel_id: str, failed: Sequence[str]) -> str:
    """What the admin is told when all clips have ended. `failed`: avatars without one."""
    where = f"{clips(made)} in {channel_label(channel_id)}. Open it with *Casting sheet* in Home."
    if not failed:
        return f"The casting sheet is ready: {where}"
    names = escape(", ".join(failed))
    missing = f"Not made: {names}. Their cards say why. To retry, {AGAIN}."
    return f"The casting sheet has {where}\n{missing}"


def stopped(asked: int, planned: int, why: str) -> str:
    """What the admin is told when no more clips can be asked for."""
    so_far = f"after {asked} of {clips(planned)}" if asked else "before its first clip"
    return f"The casting sheet stopped {so_far}. {escape(why)} Then {AGAIN} for the rest."
