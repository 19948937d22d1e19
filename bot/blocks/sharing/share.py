"""The form that shares a take, and what the message of a share says, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks.delivery import AI_LABEL, as_draft
from bot.blocks.fields import checkbox_field, text_field
from bot.blocks.forms.channel import where_field
from bot.blocks.text import context, form, unformatted
from bot.domain.reviewing.reviewers import listed
from bot.domain.takes import Take
from bot.domain.text import escape, unescape

SHARE = "share"
NOTE = "note"
NOTE_LIMIT = 500  # characters
CAPTIONS = "captions"
SOMEBODY = "a colleague"  # whose name isn't known


def share_form(take: Take, shared_in: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """`shared_in`: the channel ids where it is already, each with a link to it, "" if unknown."""
    blocks = [
        *([context(f"Already shared in {_places(shared_in)}.")] if shared_in else []),
        where_field("Channel"),
        text_field(NOTE, "Message", "", limit=NOTE_LIMIT, multiline=True,
                   placeholder="This week's news"),
        *([checkbox_field(CAPTIONS, "Captions", "Include the caption file (.srt)", True)]
          if take.captions_file_id else []),
    ]  # fmt: skip
    return form(SHARE, f"Share take {take.number}", "Share", blocks, take.id)


def _places(shared_in: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"<#{where}>" + (f" (<{link}|see it>)" if link else "")
                     for where, link in shared_in)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credits:
    """The names of people, who must not be notified in a channel that they may not be in.

    "" is not known. `approved_by`: of those who still approve it.
    """

    made_by: str
    shared_by: str
    approved_by: Sequence[str] = ()


def share_comment(
    take: Take,
    people: Credits,
    said: str,
    link: str,
    *,
    was_approved: bool = False,
    publish_for: str = "",
) -> str:
    """The text above a shared video. `said`: by whoever shares it, below all that I say of it.

    `was_approved`: when it was shared, but no longer.

    `publish_for`: the user id of whoever wanted this copy, which is in the thread itself.
    """
    approved = listed([name or SOMEBODY for name in people.approved_by])
    made = f"Made by {people.made_by or SOMEBODY}"
    made += f", approved by {approved}" if approved and not was_approved else ""
    # A mention tells them that it is there. A share notifies nobody.
    shared = f"Shared by {unformatted(people.shared_by or SOMEBODY)}"
    shared = f"Copy to publish, for <@{publish_for}>" if publish_for else shared
    # In front of all names, which people choose: one may say “approved by Grace”.
    what = f"{AI_LABEL}{as_draft(take)}" + ("" if approved or was_approved else ", not reviewed")
    above = ABOVE if approved else ""
    lines = [
        f"{what}. {escape(made)}. {shared}.",
        *([NO_LONGER_APPROVED] if was_approved else []),
        *([above + WATCH_FIRST] if publish_for and not was_approved else []),
        *([f"<{link}|See the review>"] if link and not publish_for else []),
    ]
    return "\n".join(lines) + (f"\n\n{escape(said)}" if said else "")


# A player and ffmpeg may show the same odd file differently, and whoever approved saw a player.
ABOVE = "What was approved is the video above. "
WATCH_FIRST = "This copy is a new file, so watch it before you publish it."
NO_LONGER_APPROVED = ":warning: *This video is no longer approved.* Please don't use it."


def said_in(comment: str) -> str:
    """The words of the person in the text above a shared video, as Slack has it."""
    if comment.startswith(AI_LABEL):
        return unescape(comment.partition("\n\n")[2].strip())
    return unescape(comment.rpartition(f"\n{AI_LABEL}")[0].strip())  # of earlier versions
