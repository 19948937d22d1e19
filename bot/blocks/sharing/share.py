"""The form that shares a take, and what the message of a share says, before and after."""

from collections.abc import Sequence
from typing import Any

from bot.blocks.delivery import AI_LABEL
from bot.blocks.fields import checkbox_field, conversation_field, text_field
from bot.blocks.text import plain
from bot.domain.takes import Take
from bot.domain.text import escape, unescape

SHARE = "share"
WHERE = "where"
NOTE = "note"
NOTE_LIMIT = 500  # characters
CAPTIONS = "captions"


def share_form(take: Take) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": SHARE,
        "title": plain(f"Share take {take.number}"),
        "submit": plain("Share"),
        "close": plain("Cancel"),
        "private_metadata": take.id,
        "blocks": [
            conversation_field(WHERE, "Channel"),
            text_field(NOTE, "Message", "", limit=NOTE_LIMIT, multiline=True,
                       placeholder="This week's news"),
            *([checkbox_field(CAPTIONS, "Captions", "Include the caption file (.srt)", True)]
              if take.captions_file_id else []),
        ],
    }  # fmt: skip


def share_comment(
    take: Take,
    by: str,
    said: str,
    link: str,
    approved_by: Sequence[str],
    *,
    was_approved: bool = False,
) -> str:
    """The text above a shared video. `was_approved`: when it was shared, but no longer."""
    names = ", ".join(f"<@{user_id}>" for user_id in approved_by)
    draft = f", a {take.parameters.resolution} draft" if take.is_draft else ""
    approved = f", approved by {names}." if names and not was_approved else "."
    lines = [
        *([escape(said)] if said else []),
        f"{AI_LABEL}{draft}. Shared by <@{by}>{approved}",
        *([NO_LONGER_APPROVED] if was_approved else []),
        *([f"<{link}|See the review>"] if link else []),
    ]
    return "\n".join(lines)


NO_LONGER_APPROVED = ":warning: *This video is no longer approved.* Please don't use it."


def said_in(comment: str) -> str:
    """The words of the person in the text above a shared video, as Slack has it."""
    said, label, _ = f"\n{comment}".rpartition(f"\n{AI_LABEL}")
    return unescape(said.strip()) if label else ""
