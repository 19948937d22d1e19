"""Which columns hold people's words, and how these are blanked.

Money, times, states and hashes stay. What an event tells in its `detail` is blanked unless it is
known to be nobody's words, so that a new kind of event can't be forgotten here.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any

from bot.domain.takes import NextStep, Take
from bot.storage.store import Database, Row, Store, placeholders

BATCH = 100  # rows in one transaction
PAUSE_SECONDS = 0.02  # between two scripts or pages, so that others can write to the log meanwhile
# Addresses are words, too: of an audio file, of footage, of a background.
SCRIPT = (
    "prompt", "audio_url", "audio_name", "audio_address", "footage_url", "background", "captions",
    "error",
)  # fmt: skip
# Of a person who is forgotten these go as well: they may be of a Digital Twin, or lead to a video.
LIKENESS = ("avatar", "avatar_id", "voice", "voice_id", "video_url", "caption_url")
WORDS = {
    "takes": (*SCRIPT, *LIKENESS),
    "reviews": ("note",),
    "notes": ("text", "spoken"),
    "twins": ("name", "purpose", "footage", "footage_address", "error"),
    "events": ("detail",),
    "owed_messages": ("detail",),
    "unfinished_forms": ("form",),
    "looks": ("name", "avatar", "avatar_id", "voice", "voice_id", "background"),
    "casting": ("avatar", "voice"),
}

# Fields of a take that are nobody's words, as events about its changes have them.
_SAFE_FIELDS = {f.name for f in fields(Take)} - {"parameters", *SCRIPT, *LIKENESS}
# What else events and owed messages tell without anybody's words. A "note" is the ID of a note in
# the events of notes, and somebody's words in those of decisions.
_SAFE = _SAFE_FIELDS | {
    "after", "answered_by", "before", "by", "card_ts", "channel", "channel_id", "created_at",
    "ends_at", "file_id", "form", "from", "kind", "pseudonym", "reason", "reviewers", "rounds",
    "shows", "since", "team_id", "tried", "to", "ts", "twin_id", "user_id", "user_ids", "why",
}  # fmt: skip
NOTE_EVENTS = ("note edited", "note deleted", "note resolved", "note reopened", "note marked")


def blanked_script(*columns: str) -> str:
    """The SET of an UPDATE that blanks these columns of takes.

    A color stays; so does the ID of a known twin, because the person shown may withdraw their
    consent; and nobody is offered to render a script again that is gone.
    """
    values = dict.fromkeys(columns, "''")
    if "avatar_id" in values:
        values["avatar_id"] = (
            "CASE WHEN avatar_id IN (SELECT avatar_id FROM twins) THEN avatar_id ELSE '' END"
        )
    values["background"] = "CASE WHEN background LIKE '#%' THEN background ELSE '' END"
    values["next_step"] = f"CASE WHEN next_step = '{NextStep.TRY_AGAIN}' THEN '' ELSE next_step END"
    return ", ".join(f"{column} = {value}" for column, value in values.items())


async def blank_takes(store: Store, ids: Iterable[str], *columns: str) -> None:
    """One at a time: to take a script out of SQLite's index of scripts may take 0.1 s."""
    for take_id in ids:
        await blank_take(store, take_id, *columns)
        await asyncio.sleep(PAUSE_SECONDS)


async def blank_take(db: Database, take_id: str, *columns: str) -> None:
    await db.execute(f"UPDATE takes SET {blanked_script(*columns)} WHERE id = ?", take_id)


def pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """For a transaction each, so that nobody waits for long, however many there are."""
    return (keys[first : first + BATCH] for first in range(0, len(keys), BATCH))


async def blank_in_pages(
    store: Store, table: str, key: str, columns: Sequence[str], where: str, *values: str
) -> None:
    """`key`: a column by which few rows are found at a time."""
    blanked = ", ".join(f"{column} = ''" for column in columns)
    has_words = " OR ".join(f"{column} <> ''" for column in columns)
    where = f"{where} AND ({has_words})"
    rows = await store.query(f"SELECT DISTINCT {key} FROM {table} WHERE {where}", *values)
    for page in pages([row[key] for row in rows]):
        sql = f"UPDATE {table} SET {blanked} WHERE {key} IN {placeholders(page)} AND {where}"
        await store.execute(sql, *page, *values)
        await asyncio.sleep(PAUSE_SECONDS)


async def blank_owed(db: Database, page: Sequence[str]) -> None:
    """`page`: keys of messages that are owed, or were."""
    sql = f"SELECT * FROM owed_messages WHERE message_key IN {placeholders(page)}"
    for row in await db.query(sql, *page, for_update=True):
        await db.execute(
            "UPDATE owed_messages SET detail = ? WHERE message_key = ?",
            without_words(row["detail"]), row["message_key"],
        )  # fmt: skip


def without_words(detail: str, kind: str = "") -> str:
    """The JSON of an event or an owed message without people's words."""
    safe = _SAFE | {"note"} if kind in NOTE_EVENTS else _SAFE
    try:
        blanked = _blank(json.loads(detail or "{}"), safe)
    except (ValueError, RecursionError):  # nobody can tell what of it is safe
        return "{}"
    return json.dumps(blanked, ensure_ascii=False)


def _blank(value: Any, safe: set[str], *, keep: bool = False) -> Any:
    match value:
        case dict():
            return {name: _blank(one, safe, keep=name in safe) for name, one in value.items()}
        case list():
            kept = (one for one in value if keep or not isinstance(one, str))
            return [_blank(one, safe, keep=keep) for one in kept]
        case str():
            return value if keep else ""
        case _:
            return value


@asynccontextmanager
async def changing_events(
    db: Database, name: str, request_id: str, why: str
) -> AsyncIterator[None]:
    """Lets events be changed in this transaction; an event tells that they were, and `why`.

    See bot/storage/event_changes.py. `name`: of no other such change at the same moment.
    """
    detail = json.dumps({"why": why})
    await db.execute(
        "INSERT INTO event_changes (name, request_id, detail) VALUES (?, ?, ?)",
        name, request_id, detail,
    )  # fmt: skip
    yield
    await db.execute("DELETE FROM event_changes WHERE name = ?", name)


async def blank_events(db: Database, rows: list[Row]) -> None:
    """Within `changing_events`."""
    for row in rows:
        detail = without_words(row["detail"], row["kind"])
        if detail != row["detail"]:
            await db.execute("UPDATE events SET detail = ? WHERE seq = ?", detail, row["seq"])
