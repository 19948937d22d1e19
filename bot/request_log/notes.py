"""Notes in the request log: added, edited and deleted together with the reply in Slack.

Slack may deliver an event twice, and late: https://docs.slack.dev/apis/events-api#retries
So every change is kept as an event with the time that Slack gives it, and a change is ignored if a
later one of the same note is known. What changes the bot's answer to a note makes it owed (owed/).
All functions run in a transaction of `ReviewLog`.
"""

import json
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

from bot.domain.reviews import Note, NoteKind
from bot.request_log.owed import messages
from bot.request_log.rows import ADD_NOTE, IS_OPEN, now, timestamp
from bot.request_log.statements import add_event, one_row
from bot.storage.store import Database

# No take has addressed what a person has resolved, or what one is to address that isn't there yet,
# and may never come. So its author can still change it, and take it back.
BY_NO_TAKE = "NOT EXISTS (SELECT 1 FROM takes WHERE takes.id = answered_by)"
DELETE_UNLESS_ADDRESSED = f"""DELETE FROM notes WHERE id = ? AND ({IS_OPEN} OR {BY_NO_TAKE}
    OR EXISTS (SELECT 1 FROM takes WHERE takes.id = answered_by
        AND state NOT IN ('delivering', 'delivered')))"""
DELETE_OPEN_OF_REVIEW = f"DELETE FROM notes WHERE (id = ? OR id LIKE ?) AND {IS_OPEN}"
EDITED, DELETED = "note edited", "note deleted"
RESOLVED, REOPENED = "note resolved", "note reopened"
MARKED = "note marked"  # a reply became one; earlier versions called that reopened, too
CHANGES = EDITED, DELETED, RESOLVED, REOPENED, MARKED
TS_LENGTH = 30  # characters that a time of Slack and the quotes behind it have at most
ANSWER = "note"  # the first part of the key of an answer


def answer_key(note_id: str) -> str:
    return f"{ANSWER}.{note_id}"


async def one_note(db: Database, note_id: str) -> Note | None:
    rows = await db.query("SELECT * FROM notes WHERE id = ?", note_id)
    return Note(**rows[0]) if rows else None


async def add(db: Database, note: Note, *, is_answered: bool) -> bool:
    if await _later_change_is_known(db, note, ""):
        return False
    added = bool(await db.execute(ADD_NOTE, *astuple(note)))
    if added and is_answered:
        await _owe_answer(db, note)
    elif added:  # so that nobody has to look for it in Slack after an edit
        await messages.was_never_posted(db, answer_key(note.id), note.request_id, note.take_id)
    return added


async def edit(db: Database, note: Note, ts: str) -> Note | None:
    if await _later_change_is_known(db, note, ts):
        return None
    known = await one_note(db, note.id)
    if known and not known.text:
        return None  # its words were deleted: that Slack still has them is no edit
    before = known or replace(note, text="", start_seconds=None, end_seconds=None, spoken="")
    becomes_note = note.is_note and not (known and known.is_note)
    if known and known.is_note:
        note = replace(note, kind=NoteKind.NOTE)  # somebody may have marked it
    if before.text == note.text:
        # Edited and edited back: the first of the two events may still arrive, and must not count.
        await _add_change(db, EDITED, before, ts)
        return None
    resolved = f"SELECT answered_by FROM notes WHERE id = ? AND {BY_NO_TAKE}"
    for row in await db.query(resolved, note.id):
        note = replace(note, answered_by=row["answered_by"])
    if known and not await db.execute(DELETE_UNLESS_ADDRESSED, note.id):
        return None  # a take has addressed it
    await db.execute(ADD_NOTE, *astuple(note))
    await _add_change(db, EDITED, before, ts)
    has_timecode = note.start_seconds is not None or before.start_seconds is not None
    if has_timecode or becomes_note or await _was_owed(db, note):
        await _owe_answer(db, note, may_be_there=known is not None)
    return before


async def delete(db: Database, note: Note, ts: str) -> bool:
    if await _later_change_is_known(db, note, ts):
        return False
    known = await one_note(db, note.id)
    if known and not await db.execute(DELETE_UNLESS_ADDRESSED, note.id):
        return False
    await _add_change(db, DELETED, known or note, ts)
    if await _was_owed(db, note) or (known and known.start_seconds is not None):
        await _owe_answer(db, note, may_be_there=True)
    return True


async def settle(db: Database, request_id: str, note_id: str, by: str, *, is_open: bool) -> None:
    """Resolves or reopens a note; a reply that is reopened becomes a note."""
    known = await one_note(db, note_id)
    if known is None or known.request_id != request_id:
        return
    unsettled = await db.query(f"SELECT id FROM notes WHERE id = ? AND {IS_OPEN}", note_id)
    if is_open == (known.is_note and bool(unsettled)):
        return
    await db.execute(
        "UPDATE notes SET answered_by = ?, kind = ? WHERE id = ?",
        "" if is_open else by, NoteKind.NOTE, note_id,
    )  # fmt: skip
    kind = RESOLVED if not is_open else REOPENED if known.is_note else MARKED
    detail = {"note": note_id, "answered_by": known.answered_by}  # and no words of its author
    await add_event(db, kind, known.request_id, known.take_id, by, detail)


async def owe_without_quotes(db: Database, take_id: str) -> None:
    """The answers that quote a take, which was taken down, have to say no more than the others."""
    await messages.outdate(db, take_id, ANSWER)


async def withdraw_requested_changes(db: Database, note_id: str) -> str:
    """Deletes the note of a person's last review of a take, unless a take has addressed it.

    Returns the id for the note of their next review. It differs from `note_id` if that one stays.
    """
    await db.execute(DELETE_OPEN_OF_REVIEW, note_id, f"{note_id}.%")
    return f"{note_id}.{now()}" if await one_note(db, note_id) else note_id


async def _was_owed(db: Database, note: Note) -> bool:
    answer = await messages.message(db, answer_key(note.id))
    return answer is not None and answer.wanted > 0


async def _owe_answer(db: Database, note: Note, *, may_be_there: bool = False) -> None:
    key = answer_key(note.id)
    await messages.owe(db, key, note.request_id, note.take_id, may_be_there=may_be_there)


async def _add_change(db: Database, kind: str, before: Note, ts: str) -> None:
    """By the author of the note: only they can edit it, and Slack does not say who deleted it."""
    detail = {"note": before.id, "ts": ts, "text": before.text}  # in this order, to be found
    await add_event(db, kind, before.request_id, before.take_id, before.user_id, detail)


async def _later_change_is_known(db: Database, note: Note, ts: str) -> bool:
    """Whether there is one in the log, whose last change of a note is the latest.

    However often a reply is edited, with thousands of characters each time, little is read: of the
    edits of others only their time, which is before this reply.
    """
    await one_row(db, "requests", note.request_id, for_update=True)  # one change after another
    start = json.dumps({"note": note.id, "ts": ""}, ensure_ascii=False).removesuffix('"}')
    rows = await db.query(
        "SELECT substr(detail, ?, ?) AS ts FROM events WHERE request_id = ? AND kind IN (?, ?)"
        " AND at >= ? AND substr(detail, 1, ?) = ? ORDER BY seq DESC LIMIT 1",
        len(start) + 1, TS_LENGTH, note.request_id, EDITED, DELETED, _before(note.at),
        len(start), start,
    )  # fmt: skip
    return any(row["ts"].partition('"')[0] >= ts for row in rows)


def _before(at: str) -> str:
    """An hour before: Slack's clock may not be the bot's."""
    return timestamp(datetime.fromisoformat(at).astimezone(UTC) - timedelta(hours=1))
