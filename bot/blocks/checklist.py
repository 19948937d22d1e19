"""The part of the form that only a new take has: what it replaces, and the open notes."""

from typing import Any

from bot.blocks.fields import OPTION_TEXT_LIMIT, input_block, state_values, value
from bot.blocks.text import Block, context, plain
from bot.domain.drafts import NewTakeOf, OpenNote
from bot.domain.text import cut

NOTES = "notes"
# https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element
MOST_NOTES = 10


def build(new_take: NewTakeOf) -> list[Block]:
    """No note is ticked to begin with: only a person can say that the take addresses it."""
    where = context(
        f"Everything is as it was in take {new_take.number - 1}, which has no video. Change what "
        "you like. The new take posts in this thread."
        if new_take.is_retry
        else "Posts in this thread. Earlier takes stay visible but can no longer be approved or "
        "shared.",
        block_id="replaces",
    )
    if not new_take.notes:
        return [where]
    boxes = [_box(note) for note in new_take.notes]
    element: Block = {"type": "checkboxes", "options": boxes}
    if ticked := [box for box, note in zip(boxes, new_take.notes, strict=True) if note.ticked]:
        element["initial_options"] = ticked
    more = new_take.more
    older = (
        "1 older note is in the thread." if more == 1 else f"{more} older notes are in the thread."
    )
    hint = {"hint": plain(older)} if more else {}
    label = "Notes this take addresses"
    return [where, input_block(NOTES, label, element, optional=True, **hint)]


def metadata(new_take: NewTakeOf | None) -> dict[str, Any]:
    """What goes into the view's private_metadata."""
    if new_take is None:
        return {}
    return {
        "replaces": new_take.replaces,
        "number": new_take.number,
        "more_notes": new_take.more,
        "is_retry": new_take.is_retry,
    }


def parse(view: dict[str, Any], metadata: dict[str, Any]) -> NewTakeOf | None:
    replaces, number = metadata.get("replaces"), metadata.get("number")
    more = metadata.get("more_notes", 0)
    if not (isinstance(replaces, str) and type(number) is type(more) is int):
        return None  # a form for a new video, or none of the bot's
    ticked = value(state_values(view), NOTES) or []
    block = next((b for b in view["blocks"] if b.get("block_id") == NOTES), None)
    boxes = ((block or {}).get("element") or {}).get("options") or []
    notes = [
        OpenNote(box["value"], _text(box), box["value"] in ticked)
        for box in boxes
        if box.get("value")
    ]
    return NewTakeOf(
        replaces,
        number,
        tuple(notes),
        more,
        bool(metadata.get("is_retry")),  # not in forms opened before an update
    )


def checkbox_text(text: str) -> str:
    """A note on one line, cut to what the label and description of a checkbox can hold."""
    return cut(" ".join(text.split()), 2 * OPTION_TEXT_LIMIT)


def _box(note: OpenNote) -> Block:
    box: Block = {"text": plain(note.text[:OPTION_TEXT_LIMIT]), "value": note.id}
    if rest := note.text[OPTION_TEXT_LIMIT:]:
        box["description"] = plain(rest)
    return box


def _text(box: Block) -> str:
    texts = (box.get(name) or {} for name in ("text", "description"))
    return "".join(str(one.get("text", "")) for one in texts)
