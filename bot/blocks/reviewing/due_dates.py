"""When a review is due: its line on the card and below the video, its form, and what is said once
it is overdue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.blocks.fields import date_field, state_values, text
from bot.blocks.reviewing.video import of_video
from bot.blocks.text import Block, button, form, menu, section
from bot.domain.reviewing.due_dates import is_past
from bot.domain.reviewing.reviewers import listed
from bot.domain.takes import Take
from bot.domain.text import escape

REVIEW_BY = "review_by"
CHANGE_DUE_DATE = "change_due_date"
LABEL = "Change the due date"


def when(at: str) -> str:
    """A time of the log, as each reader's clock shows it.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    seconds = int(datetime.fromisoformat(at).timestamp())
    in_utc = f"{at[:16].replace('T', ' ')} UTC"
    return f"<!date^{seconds}^{{date_short_pretty}}, {{time}}|{in_utc}>"


def due_line(due_at: str, now: datetime | None = None) -> str:
    """`now`: where it is said once, and may be too late by then."""
    if now and is_past(due_at, now):
        return f":calendar: It was due {when(due_at)}"
    return f":calendar: Review by {when(due_at)}"


def due_block(take: Take) -> Block:
    """Below the video, with the menu that changes it."""
    return section(due_line(take.due_at), accessory=menu([(LABEL, CHANGE_DUE_DATE)], take.id))


def due_date_form(take: Take, day: str) -> dict[str, Any]:
    """`day`: what is chosen at first; "" is nothing."""
    hint = "Leave it empty for no due date."
    field = date_field(REVIEW_BY, f"Review take {take.number} by", day, hint=hint)
    return form(CHANGE_DUE_DATE, "Due date", "Save", [field], take.id)


def day_in(view: dict[str, Any]) -> str:
    """The day that was chosen in the form; "" if none."""
    return text(state_values(view), REVIEW_BY) or ""


def saved(number: int, due_at: str) -> str:
    """Said to whoever has changed that of take `number`."""
    if not due_at:
        return f"Take {number} has no due date anymore."
    return f"The review of take {number} is due {when(due_at)}."


def overdue(
    take: Take, waiting_for: Sequence[str], approvals: int, link: str
) -> tuple[str, list[Block]]:
    """Tells the requester. `waiting_for`: names of reviewers. `link`: to the review, or "".

    `approvals`: how many people have approved it, which is not enough.
    """
    lines = [f"The review of {of_video(take, link, ends='')} was due {when(take.due_at)}."]
    if waiting_for:
        lines.append(f"Still waiting for {escape(listed(waiting_for))}.")
    elif approvals:
        lines.append("It needs more approvals.")
    else:
        lines.append("Nobody has decided yet.")
    text = " ".join(lines)
    buttons = {"type": "actions", "elements": [button(LABEL, CHANGE_DUE_DATE, take.id)]}
    return text, [section(text), buttons]
