"""The record of reviews: who was asked and reminded, and every note, sign-off, decision and share.

It is read from events, so it has what was withdrawn or resolved since. Words that were deleted are
missing from it, too.
"""

from collections import deque
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from typing import Any

from bot.domain.reviews import Note
from bot.domain.takes import Take
from bot.domain.text import ids_in, with_names
from bot.request_log import notes
from bot.request_log.money.sign_offs import SIGNED_OFF, SUGGESTED
from bot.request_log.owed.later_takes import TAKEN_DOWN
from bot.request_log.reviewing.rows import ASKED, DECIDED, EDITED
from bot.request_log.rows import detail_of
from bot.request_log.sharing.shares import SHARED, UNSHARED
from bot.request_log.statements import ASKED_TO_SIGN_OFF, add_event, one_row
from bot.storage.store import Database, Row, Store, placeholders

COLUMNS = ("at", "what", "user_id", "decision", "note", "take_id", "sha256", "answered_by",
           "place", "take_decision", "number", "request_id", "asked_by", "channel_id",
           "thread_ts")  # fmt: skip
_NAMED = ("asked_by", "answered_by", "place")  # a person, a person or take, a channel or time
NAMED_COLUMNS = ("who", "channel", *COLUMNS)
REMINDED, NOTE = "reminded", "note"
FILE = "record"  # the first part of the key of a file that is owed to a thread
KINDS = (ASKED, REMINDED, DECIDED, SHARED, UNSHARED, TAKEN_DOWN, ASKED_TO_SIGN_OFF, SUGGESTED,
         EDITED, SIGNED_OFF, *notes.CHANGES)  # fmt: skip

_OF_TAKES = """takes.decision AS take_decision, takes.number, takes.requester_id AS asked_by,
    requests.id AS request_id, requests.channel_id, requests.card_ts AS thread_ts"""
_JOIN = """LEFT JOIN takes ON takes.id = {table}.take_id
    JOIN requests ON requests.id = {table}.request_id"""
EVENTS = f"""
    SELECT events.*, {_OF_TAKES} FROM events {_JOIN.format(table="events")}
    WHERE events.kind IN {placeholders(KINDS)}"""
NOTES = f"""
    SELECT notes.*, {_OF_TAKES} FROM notes {_JOIN.format(table="notes")} WHERE true"""
LAST_NOTES = """ AND notes.id IN (
    SELECT id FROM notes WHERE request_id = ? ORDER BY at DESC, id DESC LIMIT ?)"""
LAST_EVENTS = f""" AND events.seq IN (
    SELECT seq FROM events WHERE request_id = ? AND kind IN ({", ".join(f"'{k}'" for k in KINDS)})
    ORDER BY seq DESC LIMIT ?)"""
# Before who was asked was an event, there was only when they were last told.
TOLD = f"""
    SELECT reviewers.*, {_OF_TAKES} FROM reviewers {_JOIN.format(table="reviewers")}
    WHERE told_at <> '' AND NOT EXISTS (SELECT 1 FROM events
        WHERE events.request_id = reviewers.request_id
        AND kind IN ('{ASKED}', '{ASKED_TO_SIGN_OFF}')
        AND detail LIKE '%"' || reviewers.user_id || '"%')"""


async def record_asked(db: Database, take: Take, user_ids: Iterable[str]) -> None:
    """Who is mentioned for a take: each once, also if it is delivered again."""
    await one_row(db, "requests", take.request_id, for_update=True)
    events = "SELECT detail FROM events WHERE take_id = ? AND kind = ?"
    rows = await db.query(events, take.id, ASKED)
    known = {user_id for row in rows for user_id in detail_of(row)["user_ids"]}
    if new := [user_id for user_id in user_ids if user_id not in known]:
        await add_event(db, ASKED, take.request_id, take.id, "bot", {"user_ids": new})


async def review_rows(db: Store, *, newest: int | None = None, **which: Any) -> list[Row]:
    """As `each_row`; the last ones if `newest` is how many."""
    rows = [row async for row in each_row(db, newest=newest, **which)]
    return rows[-newest:] if newest else rows


async def each_row(
    db: Store,
    *,
    user: str | None = None,
    since: str | None = None,
    until: str | None = None,
    request_id: str | None = None,
    newest: int | None = None,
) -> AsyncIterator[Row]:
    """COLUMNS of what matches, the oldest first; of one request, or of all.

    `newest`: not much more is read than so many of one request, however long its thread is.
    """
    # Only if there is one: with it, an index is used.
    of_request, one = (" AND {}.request_id = ?", [request_id]) if request_id else ("", [])
    last_notes, last_events, most = "", "", list[Any]()
    if newest:
        last_notes, last_events, most = LAST_NOTES, LAST_EVENTS, [request_id, newest]
    written = await db.query(NOTES + of_request.format("notes") + last_notes, *one, *most)
    told = await db.query(TOLD + of_request.format("reviewers"), *one)
    texts = {row["id"]: row["text"] for row in written}
    waiting = deque(sorted((*_notes(written), *_told(told)), key=lambda row: row["at"]))
    of_these = of_request.format("events") + last_events
    events = f"{EVENTS}{of_these} ORDER BY events.at, events.seq"

    def matches(row: Row) -> bool:
        is_in_time = row["at"] >= (since or "") and (not until or row["at"] < until)
        return is_in_time and (not user or row["user_id"] == user)

    async for event in db.each(events, *KINDS, *one, *most):  # there may be a million
        while waiting and waiting[0]["at"] <= event["at"]:
            if matches(row := waiting.popleft()):
                yield row
        for row in filter(matches, _event(event, texts)):
            yield row
    for row in filter(matches, waiting):
        yield row


def for_thread(row: Row, taken_down: Container[str]) -> Row:
    """Whoever has edited or deleted a reply there has taken those words back.

    And nobody may read there what takes were to say that have been `taken_down`, by their ids.
    """
    is_script = row["what"] in (SUGGESTED, EDITED) and row["take_id"] in taken_down
    is_gone = is_script or row["what"] in (notes.EDITED, notes.DELETED)
    return row | {"note": ""} if is_gone else row


def ids_in_rows(rows: Iterable[Row]) -> list[str]:
    """Of the people and channels that a person would read there as IDs."""
    rows = list(rows)
    ids = [row[name] or "" for row in rows for name in ("user_id", *_NAMED)]
    return [*ids, *ids_in(row["note"] for row in rows)]


def named(row: Row, names: Mapping[str, str]) -> Row:
    """NAMED_COLUMNS of it. `names`: by ID, which stands where the name isn't known."""
    read = {name: names.get(row[name], row[name]) for name in _NAMED}
    who, channel = (names.get(row[name], row[name]) for name in ("user_id", "channel_id"))
    return {"who": who, "channel": channel} | row | read | {"note": with_names(row["note"], names)}


def _row(row: Row, what: str, user_id: str, **more: Any) -> Row:
    known = {name: row[name] for name in COLUMNS if name in row}
    return dict.fromkeys(COLUMNS, "") | known | {"what": what, "user_id": user_id} | more


def _notes(rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        is_note = Note(**{name: row[name] for name in ("id", "request_id", "take_id", "user_id",
                          "at", "text", "kind")}).is_note  # fmt: skip
        if is_note and not row["id"].startswith(f"{row['take_id']}."):  # that is a decision's
            start = row["start_seconds"]
            place = "" if start is None else f"{start:g} s"
            yield _row(row, NOTE, row["user_id"], note=row["text"], place=place)


def _event(row: Row, texts: dict[str, str]) -> Iterable[Row]:
    detail, kind = detail_of(row), row["kind"]
    match kind:
        case "asked" | "asked to sign off":
            for user_id in detail["user_ids"]:
                yield _row(row, kind, user_id)
        case "reminded":
            yield _row(row, kind, detail["user_id"])
        case "decided":
            names = ("decision", "note", "sha256")
            told = {name: detail.get(name, "") for name in names}
            yield _row(row, kind, row["by"], **told)
        case "change suggested":
            said = (detail.get("note", ""), detail.get("script", ""))
            yield _row(row, kind, row["by"], note="\n".join(filter(None, said)))
        case "script edited":  # as with notes, the text is the one before it
            yield _row(row, kind, row["by"], note=detail.get("was", ""))
        case "signed off":  # the hash is the script's
            yield _row(row, kind, row["by"], sha256=detail.get("sha256", ""))
        case "shared" | "unshared":
            yield _row(row, kind, row["by"], place=detail["channel_id"])
        case "taken down":
            yield _row(row, kind, row["by"])
        case _:  # a note's; the text is the one before an edit
            text = detail.get("text", texts.get(detail["note"], ""))
            yield _row(row, kind, row["by"], note=text)


def _told(rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        yield _row(row, ASKED, row["user_id"], at=row["told_at"])
