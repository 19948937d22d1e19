"""The form with everything that was said about a video: resolve, reopen and mark notes there."""

import json
from collections.abc import Mapping
from typing import Any

from bot.blocks.fields import option, state_values, ticked_boxes
from bot.blocks.text import Block, context, form, page, plain, quote_within, section
from bot.domain.reviews import Note, NoteList
from bot.domain.text import clock, escape, with_names

NOTES = "review_notes"
TICKED = "settled"
RESOLVED = option("Resolved", "resolved")
IS_NOTE = option("This is a note", "note")
MOST_SHOWN = 80  # a view can have 100 blocks
TEXT_LIMIT = 2_900  # characters; a block can have 3,000
# Of all notes together, as JSON, where most letters outside ASCII take six bytes: a view can have
# 250 kB. https://docs.slack.dev/reference/methods/views.open#errors
MOST_BYTES = 180_000


def build(
    take_id: str,
    found: NoteList,
    hidden: int,
    takes: Mapping[str, int],
    names: Mapping[str, str],
) -> dict[str, Any]:
    """`hidden`: how many more notes there are. `takes`: the numbers of all takes, by their ids.
    `names`: of whom the notes mention, by ID."""
    room = MOST_BYTES // max(1, len(found.shown))
    blocks = [
        _note(note, _quoted(with_names(note.text, names), room), takes,
              is_open=note.id in found.is_open)
        for note in found.shown
    ]  # fmt: skip
    if hidden > 0:
        blocks.append(context(f"{hidden} more are in the thread."))
    if not blocks:
        return page("Notes", [section("Nobody has left a note yet.")])
    return {**form(NOTES, "Notes", "Save", blocks, take_id), "close": plain("Close")}


def not_saved(why: str) -> dict[str, Any]:
    """In place of the form, which has no field that Slack could show an error at."""
    return page("Notes", [section(f"Nothing was saved. {escape(why)}")])


def parse(view: dict[str, Any]) -> dict[str, bool]:
    """What the person has changed: by the id of a note whether it is to be open."""
    state, changed = state_values(view), {}
    for block in view["blocks"]:
        note_id, element = block.get("block_id", ""), block.get("accessory") or {}
        if not (options := element.get("options")):
            continue
        is_ticked = bool(ticked_boxes(state, note_id, TICKED))
        if is_ticked != bool(element.get("initial_options")):
            is_reply = options[0].get("value") == IS_NOTE["value"]
            changed[note_id] = is_reply or not is_ticked
    return changed


def _quoted(text: str, room: int) -> str:
    """`room`: bytes of JSON; one of many long notes is cut, and whole in the thread."""
    limit = TEXT_LIMIT - 200
    while (size := len(json.dumps(found := quote_within(text, limit)))) > room:
        limit = min(limit * 9 // 10, limit * room // size)
    return found


def _note(note: Note, text: str, takes: Mapping[str, int], *, is_open: bool) -> Block:
    about = [f"<@{note.user_id}>", f"take {takes.get(note.take_id, 1)}"]
    if note.start_seconds is not None:
        about.insert(1, clock(note.start_seconds))
    if is_open and note.answered_by:  # there is nothing to tick until that take is there
        about.append(f"to be fixed in take {takes[note.answered_by]}")
        return section(f"{' · '.join(about)}\n{text}", block_id=note.id)
    if by := note.answered_by:
        about.append(f"fixed in take {takes[by]}" if by in takes else f"resolved by <@{by}>")
    boxes: Block = {"type": "checkboxes", "action_id": TICKED}
    boxes["options"] = [RESOLVED if note.is_note else IS_NOTE]
    if note.is_note and not is_open:
        boxes["initial_options"] = [RESOLVED]
    return section(f"{' · '.join(about)}\n{text}", block_id=note.id, accessory=boxes)
