"""The messages about a twin that are owed (bot/request_log/owed): who gets which.

The person shown has one with the question, which is updated and has the button to withdraw. The
others say once that the twin has come into a state.
"""

from bot.domain.twins.twin import Twin
from bot.request_log.owed import messages
from bot.request_log.rows import now
from bot.storage.store import Database

TWIN = "twin"  # the first part of the key
ASK = "ask"  # the last part: this, or the state of the twin that is told


def key(twin_id: str, user_id: str, kind: str) -> str:
    return f"{TWIN}.{twin_id}.{user_id}.{kind}"


async def owe(db: Database, twin: Twin, user_id: str, kind: str) -> None:
    message_key = key(twin.id, user_id, kind)
    sql = "UPDATE owed_messages SET wanted = wanted + 1, changed_at = ? WHERE message_key = ?"
    if not await db.execute(sql, now(), message_key):  # its detail says where it is
        detail = {"twin_id": twin.id, "to": user_id, "kind": kind}
        await messages.owe(db, message_key, "", "", detail=detail)
