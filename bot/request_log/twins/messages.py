"""The messages about a twin that are owed (bot/request_log/owed): who gets which.

The person shown has one with the question, which is updated and has the button to withdraw. The
others say that the twin has come into a state: once, or each time if that can happen again.
"""

import json
from collections.abc import Collection

from bot.domain.twins.twin import Twin, TwinState
from bot.request_log.owed import messages
from bot.request_log.rows import now
from bot.storage.store import Database

TWIN = "twin"  # the first part of the key
ASK = "ask"  # the fourth part: this, or the state of the twin that is told
ELSEWHERE = "elsewhere"  # an admin asks somebody else about an avatar that one didn't allow
NOTICE = "own"  # an admin hears that a twin was allowed; at first, only of people's own
# Also a PauseReason: it waits for credits, or for a key that works.
# These have buttons, and can be told again: the others of them have a number as their last part.
WITH_BUTTONS = (TwinState.IN_DOUBT, TwinState.NOT_SENT)
# A LIKE would read all keys there are.
BEGINS = "message_key > ? AND message_key < ?"


def between(first: str) -> tuple[str, str]:
    """Between these are the keys that begin with `first` and a dot: a slash comes next to it."""
    return f"{first}.", f"{first}/"


def key(twin_id: str, user_id: str, kind: str) -> str:
    return f"{TWIN}.{twin_id}.{user_id}.{kind}"


async def owe(db: Database, twin: Twin, user_id: str, kind: str) -> None:
    message_key = key(twin.id, user_id, kind)
    if not await owe_again(db, message_key):
        detail = {"twin_id": twin.id, "to": user_id, "kind": kind}
        await messages.owe(db, message_key, "", "", detail=detail)


async def owe_once(db: Database, twin: Twin, user_id: str, kind: str) -> None:
    """Unless this person has been told that before."""
    if not await _told(db, key(twin.id, user_id, kind)):
        await owe(db, twin, user_id, kind)


async def owe_another(db: Database, twin: Twin, user_id: str, kind: str) -> None:
    """In addition to those that have told this person the same before."""
    first = key(twin.id, user_id, kind)
    told = await _told(db, first)
    message_key = f"{first}.{len(told) + 1}" if told else first
    detail = {"twin_id": twin.id, "to": user_id, "kind": kind}
    await messages.owe(db, message_key, "", "", detail=detail)


async def end_buttons(db: Database, twin: Twin) -> None:
    """The messages with buttons are owed as they are now: somebody has pressed one."""
    for kind in WITH_BUTTONS:
        for message_key in await _told(db, key(twin.id, twin.requested_by, kind)):
            await owe_again(db, message_key)


async def owe_notices(db: Database, twin: Twin, admin_user_ids: Collection[str]) -> None:
    """The other admins hear who says that it shows them: nobody else was asked."""
    for user_id in admin_user_ids:
        if user_id not in (twin.requested_by, twin.shows_user_id):
            await owe(db, twin, user_id, NOTICE)


async def end_notices(db: Database, twin_id: str) -> None:
    """They have no buttons anymore."""
    for message_key in await _notices(db, twin_id):
        await owe_again(db, message_key)


async def keep_copy(db: Database, message_key: str, file_id: str) -> None:
    """Of the footage, in the thread of this notice: it is deleted with the twin."""
    if owed := await messages.message(db, message_key, for_update=True):
        detail = owed.detail | {"file_ids": [*owed.detail.get("file_ids", ()), file_id]}
        sql = "UPDATE owed_messages SET detail = ? WHERE message_key = ?"
        await db.execute(sql, json.dumps(detail, ensure_ascii=False), message_key)


async def copies(db: Database, twin_id: str) -> list[str]:
    """The IDs of the files that `keep_copy` has kept."""
    notices = [await messages.message(db, one) for one in await _notices(db, twin_id)]
    return [file_id for one in notices if one for file_id in one.detail.get("file_ids", ())]


async def _notices(db: Database, twin_id: str) -> list[str]:
    sql = f"SELECT message_key FROM owed_messages WHERE {BEGINS} AND message_key LIKE ?"
    rows = await db.query(sql, *between(f"{TWIN}.{twin_id}"), f"%.{NOTICE}")
    return [row["message_key"] for row in rows]


async def owe_again(db: Database, message_key: str) -> bool:
    """Its detail says where it is. False: there is none."""
    sql = "UPDATE owed_messages SET wanted = wanted + 1, changed_at = ? WHERE message_key = ?"
    return bool(await db.execute(sql, now(), message_key))


async def _told(db: Database, first: str) -> list[str]:
    where = f"message_key = ? OR ({BEGINS})"
    sql = f"SELECT message_key FROM owed_messages WHERE {where}"
    return [row["message_key"] for row in await db.query(sql, first, *between(first))]
