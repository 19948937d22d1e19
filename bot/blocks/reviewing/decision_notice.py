"""What people are told of a decision in the thread."""

from collections.abc import Sequence

from bot.blocks.text import quote
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.domain.text import escape

NOT_SHARED = "It isn't shared anywhere any more."


def decision_notice(
    take: Take,
    hear: Sequence[str],
    by: str,
    note: str,
    *,
    was_approved: bool,
    shared_in: Sequence[str],
) -> str:
    """Tells the people in `hear` (user ids) what `by` decided.

    `by` is a name, because a mention would notify them of their own decision; "" is not known.
    `shared_in`: the channels with a copy that still says the take is approved.
    """
    people = ", ".join(f"<@{user_id}>" for user_id in hear)
    by = escape(by) or "a reviewer"
    match take.decision:
        case Decision.APPROVED:
            return f"{people}, take {take.number} is approved. {_next(take)}"
        case Decision.CHANGES:
            lines = [f"{people}, {by} requested changes to take {take.number}."]
        case _:
            what = "approval of" if was_approved else "request for changes to"
            lines = [f"{people}, {by} withdrew their {what} take {take.number}."]
    lines += [quote(note)] if note else []
    if shared_in:
        channels = ", ".join(f"<#{channel_id}>" for channel_id in dict.fromkeys(shared_in))
        lines.append(
            f"It was shared in {channels}. I'm adding there that it's no longer approved. "
            "To delete it there, press *Unshare*."
        )
    return "\n".join(lines)


def _next(take: Take) -> str:
    if take.is_draft:
        return f"It's a draft: press *Make the final* to make it in {take.final_resolution}."
    return "You can share it now."


def unshared_notice(notice: str) -> str:
    """What such a notice says once nothing is shared any more. `notice`: as it was posted."""
    return "\n".join([*notice.splitlines()[:-1], NOT_SHARED])
