"""The reminder: one message a morning and person, which lists all that waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.blocks.holds import approvals, sign_offs
from bot.blocks.reviewing.due_dates import due_line
from bot.blocks.text import quote
from bot.domain.takes import Take, waits_for_approval, waits_for_sign_off
from bot.domain.text import cut, escape

MOST_LISTED = 20  # more would not be read
SCRIPT_SHOWN = 120  # characters
SHORT_SCRIPT = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A take that waits for somebody's decision. `link`: to where they decide; "" is not known."""

    take: Take
    channel_id: str
    link: str


def reminder(waiting: Sequence[Waiting], now: datetime) -> str:
    """`waiting`: the most urgent first."""
    if len(waiting) == 1:
        return _of_one(waiting[0], now)
    lines = [f"{len(waiting)} videos are waiting for you:"]
    lines += [_line(one, now) for one in waiting[:MOST_LISTED]]
    if (more := len(waiting) - MOST_LISTED) > 0:
        lines.append(f"and {more} more.")
    return "\n".join(lines)


def _of_one(one: Waiting, now: datetime) -> str:
    take = one.take
    if waits_for_sign_off(take):
        return sign_offs.reminder(take, one.channel_id, one.link)
    if waits_for_approval(take):
        return approvals.reminder(take, one.link)
    where = f"<{one.link}|Review it>" if one.link else f"It's in <#{one.channel_id}>"
    lines = [f"<@{take.requester_id}> is waiting for your review of take {take.number}. {where}."]
    lines += [due_line(take.due_at, now)] if take.due_at else []
    script = take.parameters.prompt.strip() or take.audio_name
    return "\n".join([*lines, *([quote(cut(script, SCRIPT_SHOWN))] if script else [])])


def _line(one: Waiting, now: datetime) -> str:
    take = one.take
    script = escape(cut(take.words, SHORT_SCRIPT))
    what = f"take {take.number}" + (f" of “{script}”" if script else "")
    act = "Review"
    if waits_for_sign_off(take):
        act, what = "Sign off", f"the script “{script}”"
    elif waits_for_approval(take):
        act, what = "Approve or decline", f"“{script}”" if script else "a video"
        what += f", {approvals.price(take)}"
    linked = f"<{one.link}|{act} {what}>" if one.link else f"{act} {what} in <#{one.channel_id}>"
    due = f"\n   {due_line(take.due_at, now)}" if take.due_at else ""
    return f"• {linked}, for <@{take.requester_id}>{due}"
