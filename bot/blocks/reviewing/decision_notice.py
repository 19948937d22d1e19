"""What people are told of a decision in the thread."""

from collections.abc import Sequence

from bot.blocks.text import quote
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.domain.text import escape


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
            return f"{people} Take {take.number} is approved. You can share it now."
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
