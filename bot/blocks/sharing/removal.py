"""The forms that delete a video, from other channels or from its thread; and what the message of a
share says, before and after."""

from collections.abc import Sequence
from typing import Any

from bot.blocks.delivery import AI_LABEL
from bot.blocks.fields import input_block, state_values, value
from bot.blocks.text import Block, button, context, mrkdwn, plain, section
from bot.domain.reviews import ShareRecord
from bot.domain.takes import Take
from bot.domain.text import escape, unescape

UNSHARE = "unshare"
TAKE_DOWN = "take_down"
SHARES = "shares"  # and a number: each field has room for ten
# https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element
MOST_BOXES = 10
MOST_FIELDS = 90  # of the 100 blocks of a view


def unshare_form(take: Take, shares: Sequence[ShareRecord]) -> dict[str, Any]:
    """`shares`: those that this person may unshare."""
    fields = _fields(
        "Where should I delete it?",
        shares,
        ticked=len(shares) == 1,
        optional=len(shares) > MOST_BOXES,
        hint=plain("Deletes my message there, with the video and its captions."),
    )
    return _form(UNSHARE, f"Unshare take {take.number}", "Unshare", take, fields)


def take_down_form(take: Take, shares: Sequence[ShareRecord]) -> dict[str, Any]:
    """Whoever takes a video down expects it to be gone everywhere, so all boxes are ticked."""
    blocks = [
        section(
            "This deletes the video and its captions from the thread, for everybody. "
            "It can't be undone."
        ),
        *_fields("Also delete it where it was shared", shares, ticked=True, optional=True),
        context(
            "The log keeps who asked for it, what it cost and who decided. Segmind deletes its "
            "own copy after 7 days."
        ),
    ]
    return _form(TAKE_DOWN, f"Take down take {take.number}", "Take it down", take, blocks)


def ticked_shares(view: dict[str, Any]) -> set[str]:
    """The `form` of each share that is ticked."""
    values = state_values(view)
    names = (name for name in values if name.startswith(SHARES))
    return {form for name in names for form in value(values, name) or []}


def kept_shares(view: dict[str, Any]) -> set[str]:
    """The `form` of each share that the form offers, and that isn't ticked."""
    elements = (block.get("element", {}) for block in view.get("blocks", []))
    options = (option for element in elements for option in element.get("options", []))
    return {option["value"] for option in options} - ticked_shares(view)


def not_done(title: str, why: str) -> dict[str, Any]:
    """In place of the form: Slack shows errors at fields only, and it may have none."""
    return {
        "type": "modal",
        "title": plain(title),
        "close": plain("Close"),
        "blocks": [section(f"Nothing was deleted. {why}")],
    }


def _form(
    callback_id: str, title: str, submit: str, take: Take, blocks: list[Block]
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": take.id,
        "blocks": blocks,
    }


def _fields(
    label: str, shares: Sequence[ShareRecord], *, ticked: bool, optional: bool, **more: Any
) -> list[Block]:
    boxes = [
        {"text": mrkdwn(f"<#{share.channel_id}> by <@{share.user_id}>"), "value": share.form}
        for share in shares[: MOST_FIELDS * MOST_BOXES]
    ]
    fields = []
    for first in range(0, len(boxes), MOST_BOXES):
        some = boxes[first : first + MOST_BOXES]
        element: Block = {"type": "checkboxes", "options": some}
        if ticked:
            element["initial_options"] = some
        name = f"{SHARES}{first // MOST_BOXES}"
        fields.append(input_block(name, label, element, optional=optional, **more))
    return fields


# --- texts ------------------------------------------------------------------------------------


def unshare_button(take_id: str) -> Block:
    return button("Unshare", UNSHARE, take_id)


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


def taken_down(take: Take) -> str:
    """In place of the text above the video."""
    return f"Take {take.number} was taken down by <@{take.taken_down_by}>."
