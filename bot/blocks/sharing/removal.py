"""The forms that delete a video, from other channels or from its thread."""

from collections.abc import Sequence
from typing import Any

from bot.blocks.fields import input_block, state_values, ticked_boxes
from bot.blocks.reviewing.due_dates import when
from bot.blocks.text import Block, button, context, form, mrkdwn, page, plain, section
from bot.domain.reviews import ShareRecord
from bot.domain.takes import Take
from bot.domain.text import escape

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
    return form(UNSHARE, f"Unshare take {take.number}", "Unshare", fields, take.id)


def take_down_form(take: Take, shares: Sequence[ShareRecord]) -> dict[str, Any]:
    """Whoever takes a video down expects it to be gone everywhere, so all boxes are ticked."""
    blocks = [
        section(
            "This deletes the video and its captions from the thread, for everybody. "
            "It can't be undone. Other takes keep their scripts, also those that failed or were "
            "cancelled."
        ),
        *_fields("Also delete it where it was shared", shares, ticked=True, optional=True),
        context(
            "The log keeps who asked for it, what it cost and who decided. Segmind deletes its "
            "own copy after 7 days."
        ),
    ]
    return form(TAKE_DOWN, f"Take down take {take.number}", "Take it down", blocks, take.id)


def ticked_shares(view: dict[str, Any]) -> set[str]:
    """The `form` of each share that is ticked."""
    values = state_values(view)
    names = (name for name in values if name.startswith(SHARES))
    return {form for name in names for form in ticked_boxes(values, name) or []}


def kept_shares(view: dict[str, Any]) -> set[str]:
    """The `form` of each share that the form offers, and that isn't ticked."""
    elements = (block.get("element", {}) for block in view.get("blocks", []))
    options = (option for element in elements for option in element.get("options", []))
    return {option["value"] for option in options if "value" in option} - ticked_shares(view)


def not_done(title: str, why: str) -> dict[str, Any]:
    """In place of the form: Slack shows errors at fields only, and it may have none."""
    return page(title, [section(f"Nothing was deleted. {escape(why)}")])


def _fields(
    label: str, shares: Sequence[ShareRecord], *, ticked: bool, optional: bool, **more: Any
) -> list[Block]:
    boxes = [_box(share) for share in shares[: MOST_FIELDS * MOST_BOXES]]
    fields = []
    for first in range(0, len(boxes), MOST_BOXES):
        some = boxes[first : first + MOST_BOXES]
        element: Block = {"type": "checkboxes", "options": some}
        if ticked:
            element["initial_options"] = some
        name = f"{SHARES}{first // MOST_BOXES}"
        fields.append(input_block(name, label, element, optional=optional, **more))
    return fields


def _box(share: ShareRecord) -> Block:
    text = mrkdwn(f"<#{share.channel_id}> by <@{share.user_id}>")
    at = {"description": mrkdwn(when(share.at))} if share.at else {}
    return {"text": text, "value": share.form_id, **at}


# --- texts ------------------------------------------------------------------------------------


def unshare_button(take_id: str) -> Block:
    return button("Unshare", UNSHARE, take_id)


def taken_down(take: Take) -> str:
    """In place of the text above the video, where Slack doesn't let me delete it."""
    return f"Take {take.number} was taken down by <@{take.taken_down_by}>."


def taken_down_notice(take: Take, link: str, *, is_own: bool, has_files: bool) -> str:
    """For whoever asked for the take, or for the video: `is_own`. `link`: to its card, or "".

    `has_files`: Slack didn't let them be deleted.
    """
    what = "your video" if is_own else "this video"
    where = f"<{link}|{what}>" if link else what
    files = "Slack still has its files" if has_files else "Its files were deleted"
    return f"<@{take.taken_down_by}> took down take {take.number} of {where}. {files}."
