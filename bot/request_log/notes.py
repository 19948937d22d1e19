"""A note in the log, added, edited or deleted with its reply, in a transaction of review_log.py.

Slack sends events again, and then out of order: https://docs.slack.dev/apis/events-api#retries
So each change is an event of the log with Slack's time of it, and nothing older counts after it.
"""

import json
from dataclasses import astuple, replace

from bot.domain.reviews import Note
from bot.request_log.rows import ADD_NOTE, now
from bot.request_log.statements import add_event, one_row
from bot.storage.store import Statements

# What a take answers that never came is still open.
OPEN = """(answered_by = ''
    OR answered_by IN (SELECT id FROM takes WHERE state IN ('failed', 'cancelled')))"""
DELETE_OPEN = f"DELETE FROM notes WHERE id = ? AND {OPEN}"
DELETE_ASKED = f"DELETE FROM notes WHERE (id = ? OR id LIKE ?) AND {OPEN}"
EDITED, DELETED = "note edited", "note deleted"


async def one_note(db: Statements, note_id: str) -> Note | None:
    rows = await db.query("SELECT * FROM notes WHERE id = ?", note_id)
    return Note(**rows[0]) if rows else None


async def add(db: Statements, note: Note) -> bool:
    if await _changed_since(db, note, ""):
        return False
    return bool(await db.execute(ADD_NOTE, *astuple(note)))


async def edit(db: Statements, note: Note, ts: str) -> Note | None:
    if await _changed_since(db, note, ts):
        return None
    known = await one_note(db, note.id)
    before = known or replace(note, text="", start_seconds=None, end_seconds=None, spoken="")
    if before.text == note.text:
        # There and back: the way there may be told later, and is older.
        await _add_change(db, EDITED, before, ts)
        return None
    if known and not await db.execute(DELETE_OPEN, note.id):
        return None  # a take has answered it
    await db.execute(ADD_NOTE, *astuple(note))
    await _add_change(db, EDITED, before, ts)
    return before


async def delete(db: Statements, note: Note, ts: str) -> bool:
    if await _changed_since(db, note, ts):
        return False
    known = await one_note(db, note.id)
    if known and not await db.execute(DELETE_OPEN, note.id):
        return False
    await _add_change(db, DELETED, known or note, ts)
    return True


async def take_back(db: Statements, note_id: str) -> str:
    """Deletes what a person asks of a take, but for what is answered. The id of what they ask next:
    it never takes the place of what a take has answered."""
    await db.execute(DELETE_ASKED, note_id, f"{note_id}.%")
    return f"{note_id}.{now()}" if await one_note(db, note_id) else note_id


async def _add_change(db: Statements, kind: str, before: Note, ts: str) -> None:
    """By its author: nobody else can edit a message, and Slack does not tell who deleted it."""
    detail = {"note": before.id, "ts": ts, "text": before.text}
    await add_event(db, kind, before.request_id, before.take_id, before.user_id, detail)


async def _changed_since(db: Statements, note: Note, ts: str) -> bool:
    await one_row(db, "requests", note.request_id, lock=True)  # one change after the other
    rows = await db.query(
        "SELECT detail FROM events WHERE request_id = ? AND kind IN (?, ?)",
        note.request_id, EDITED, DELETED,
    )  # fmt: skip
    changes = (json.loads(row["detail"]) for row in rows)
    return any(change["note"] == note.id and change["ts"] >= ts for change in changes)
