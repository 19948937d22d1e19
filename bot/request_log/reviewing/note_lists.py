"""The notes of a thread, as a form lists and a message counts them.

A thread may have thousands of replies of 4,000 letters. So the database puts them in order and
counts them, and the words of only the first ones are read.
"""

from dataclasses import fields

from bot.domain.reviews import Note, NoteCounts, NoteList
from bot.request_log.rows import IS_OPEN
from bot.storage.store import Database

# While take `number` is the one in the thread (0: none is yet). A note that only a later take
# addresses is open until that take is there.
OPEN = f"""(kind = '' AND ({IS_OPEN} OR EXISTS (
    SELECT 1 FROM takes WHERE takes.id = answered_by AND takes.number > ?)))"""
HAS_WORDS = "request_id = ? AND text <> ''"  # the others were deleted in Slack
# In the order of the video; those without a timecode last, oldest first.
VIDEO_ORDER = "start_seconds IS NULL, start_seconds, at, id"
# What a video that was taken down says is hidden, and a take that failed addresses no note.
_READ = {
    "answered_by": f"CASE WHEN {IS_OPEN} THEN '' ELSE answered_by END AS answered_by",
    "spoken": """CASE WHEN EXISTS (
        SELECT 1 FROM takes WHERE takes.id = take_id AND taken_down_by <> '')
        THEN '' ELSE spoken END AS spoken""",
}
_NOTE = ", ".join(_READ.get(f.name, f.name) for f in fields(Note))

LIST = f"""SELECT {_NOTE}, CASE WHEN {OPEN} THEN 1 ELSE 0 END AS is_open
    FROM notes WHERE {HAS_WORDS}
    ORDER BY is_open DESC, CASE WHEN kind = '' THEN 0 ELSE 1 END, {VIDEO_ORDER} LIMIT ?"""
COUNT = f"""SELECT count(*) AS everything, coalesce(sum(is_open), 0) AS still_open,
        coalesce(sum(CASE WHEN is_open = 1 OR is_own = 1 THEN 1 ELSE 0 END), 0) AS open_or_on_take
    FROM (SELECT CASE WHEN {OPEN} THEN 1 ELSE 0 END AS is_open,
            CASE WHEN kind = '' AND take_id = ? THEN 1 ELSE 0 END AS is_own
        FROM notes WHERE {HAS_WORDS}) AS said"""
ADDRESSED = (
    f"SELECT {_NOTE} FROM notes WHERE {HAS_WORDS} AND answered_by = ? ORDER BY {VIDEO_ORDER}"
)


async def first_notes(db: Database, request_id: str, number: int, limit: int) -> NoteList:
    """The open ones first. `number`: of the take that is in the thread now, 0 if none is."""
    rows = await db.query(LIST, number, request_id, limit)
    is_open = frozenset(row["id"] for row in rows if row.pop("is_open"))
    return NoteList([Note(**row) for row in rows], is_open)


async def count(db: Database, request_id: str, number: int, take_id: str) -> NoteCounts:
    """`number` as above; `take_id`: the take whose notes are counted with the open ones."""
    [row] = await db.query(COUNT, number, take_id, request_id)
    return NoteCounts(**row)


async def addressed(db: Database, request_id: str, take_id: str) -> list[Note]:
    return [Note(**row) for row in await db.query(ADDRESSED, request_id, take_id)]
