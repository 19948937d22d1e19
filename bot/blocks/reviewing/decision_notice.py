"""What people are told of a decision."""

from collections.abc import Sequence

from bot.blocks.reviewing.video import of_video
from bot.blocks.text import quote, unformatted
from bot.domain.reviewing.reviewers import listed
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.domain.text import escape

NOT_SHARED = "It isn't shared anywhere anymore."


def decision_notice(
    take: Take,
    by: str,
    note: str,
    *,
    link: str,
    approved_by: Sequence[str],
    was_approved: bool,
    shared_in: Sequence[str],
    refused: str = "",
) -> str:
    """What `by` decided.

    `by` and `approved_by` are names, or "you"; "" is not known. `link`: to the review, or "".
    `shared_in`: the channels with a copy that still says the take is approved. `refused`: why what
    comes next for an approved take can't be done.
    """
    by = unformatted(by) or "A reviewer"
    named = of_video(take, link)
    match take.decision:
        case Decision.APPROVED:
            who = escape(listed([name or "a reviewer" for name in approved_by])) or by
            return f"{who[0].upper()}{who[1:]} approved {named} {escape(refused) or _next(take)}"
        case Decision.CHANGES:
            lines = [f"{by} requested changes to {named}"]
        case _:
            what = "approval of" if was_approved else "request for changes to"
            lines = [f"{by} withdrew their {what} {named}"]
    lines += [quote(note)] if note else []
    if shared_in:
        channels = ", ".join(f"<#{channel_id}>" for channel_id in dict.fromkeys(shared_in))
        lines.append(
            f"It was shared in {channels}. I'm adding there that it's no longer approved. "
            "To delete it there, press *Unshare* below the video."
        )
    return "\n".join(lines)


def _next(take: Take) -> str:
    if take.is_draft:
        return f"It's a draft: press *Make the final* to make it in {take.final_resolution}."
    return "You can share it now."
