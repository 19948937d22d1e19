"""The part of the form that only a new take has: what it replaces, and the open notes."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from bot.blocks.fields import OPTION_TEXT_LIMIT, input_block, state_values, ticked_boxes
from bot.blocks.notes import NOTES as ALL_NOTES
from bot.blocks.text import Block, button, context, mrkdwn, plain
from bot.domain.captions import timecodes
from bot.domain.form_values import NewTakeOf, OpenNote
from bot.domain.reviews import DIGEST_LENGTH, Note
from bot.domain.text import clock, cut, escape, with_names

NOTES = "notes"
# https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element
MOST_NOTES = 10


def build(new_take: NewTakeOf) -> list[Block]:
    """No note is ticked when the form opens: only a person can say that the take addresses it."""
    where = context(
        f"Everything is as it was in take {new_take.number - 1}, which has no video. Change what "
        "you like. The new take posts in this thread."
        if new_take.is_retry
        else "Posts in this thread. Once it's there, earlier takes stay visible but can't be "
        "approved or shared anymore.",
        block_id="replaces",
    )
    if not new_take.notes:
        return [where]
    boxes = [_box(note) for note in new_take.notes]
    element: Block = {"type": "checkboxes", "options": boxes}
    if ticked := [box for box, note in zip(boxes, new_take.notes, strict=True) if note.ticked]:
        element["initial_options"] = ticked
    more = new_take.more
    hint = {"hint": plain(f"{more} more open {'note' if more == 1 else 'notes'}.")} if more else {}
    label = "Notes this take addresses"
    read = button("Read all notes", ALL_NOTES, new_take.replaces)
    return [
        where,
        input_block(NOTES, label, element, optional=True, **hint),
        {"type": "actions", "block_id": ALL_NOTES, "elements": [read]},
    ]


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
        return None  # a form for a new video, or not one of the bot's forms
    block = next((b for b in view["blocks"] if b.get("block_id") == NOTES), None)
    boxes = ((block or {}).get("element") or {}).get("options") or []
    ticked = {*(ticked_boxes(state_values(view), NOTES) or ())}
    notes = [_open_note(box, is_ticked=box["value"] in ticked) for box in boxes if box.get("value")]
    return NewTakeOf(
        replaces,
        number,
        tuple(notes),
        more,
        bool(metadata.get("is_retry")),  # not in forms opened before an update
    )


def open_notes(
    notes: Sequence[Note], ticked: Container[str], names: Mapping[str, str]
) -> tuple[OpenNote, ...]:
    """A note each, and below it what is spoken there, once if the next is about the same.

    `ticked`: ids of notes. `names`: of whom the notes mention, by ID.
    """
    before = ["", *(note.spoken for note in notes)]
    return tuple(
        _shown(note, with_names(note.text, names), note.spoken if note.spoken != last else "",
               ticked=note.id in ticked)
        for note, last in zip(notes, before, strict=False)
    )  # fmt: skip


def _shown(note: Note, said: str, spoken: str, *, ticked: bool) -> OpenNote:
    text = " ".join(said.split())
    who = f"<@{note.user_id}> "
    if note.start_seconds is not None and not timecodes(text):
        who += f"{clock(note.start_seconds)} "
    quoted = f"“{_cut(spoken, OPTION_TEXT_LIMIT - 2)}”" if spoken else ""
    return OpenNote(
        note.id, note.digest, who + _cut(text, OPTION_TEXT_LIMIT - len(who)), quoted, ticked
    )


def _cut(text: str, limit: int) -> str:
    """As mrkdwn of at most so many characters."""
    shown = limit
    while len(found := escape(cut(text, shown))) > limit:  # escaping makes it longer
        shown -= 1
    return found


def _box(note: OpenNote) -> Block:
    box: Block = {"text": mrkdwn(note.text), "value": f"{note.digest}:{note.id}"}
    if note.more:
        box["description"] = mrkdwn(note.more)
    return box


def _open_note(box: Block, *, is_ticked: bool) -> OpenNote:
    digest, _, note_id = box["value"].partition(":")
    if len(digest) != DIGEST_LENGTH:  # of a form that was opened before an update
        digest, note_id = "", box["value"]
    said, more = (str((box.get(n) or {}).get("text", "")) for n in ("text", "description"))
    return OpenNote(note_id, digest, said, more, is_ticked)
