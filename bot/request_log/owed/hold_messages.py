"""The messages about a take on hold that are owed (messages.py): to those who can release it.

Each of them is sent one, which is updated as soon as somebody has decided. If a take is declined,
its thread is owed a notice, too.
"""

from collections.abc import Iterable

from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.request_log.rows import now
from bot.storage.store import Database

HOLD = "hold"  # the first part of the key
THREAD = "thread"  # the last part of the notice's key; otherwise that is a person's id


def key(take_id: str, to: str) -> str:
    return f"{HOLD}.{take_id}.{to}"


def take_of(message_key: str) -> str:
    """The id of the take that a message with this key is about."""
    return message_key.split(".")[1]


async def ask(db: Database, take: Take, user_ids: Iterable[str]) -> None:
    for user_id in user_ids:
        to = {"to": user_id}
        await messages.owe(db, key(take.id, user_id), take.request_id, take.id, detail=to)


async def update(db: Database, take_id: str) -> None:
    """Somebody has decided, or nobody has to any more: all copies have to show that."""
    await db.execute(
        "UPDATE owed_messages SET wanted = wanted + 1, changed_at = ?"
        " WHERE take_id = ? AND message_key LIKE ?",
        now(), take_id, f"{HOLD}.%",
    )  # fmt: skip


async def owe_notice(db: Database, take: Take) -> None:
    to = {"to": THREAD}
    await messages.owe(db, key(take.id, THREAD), take.request_id, take.id, detail=to)


async def forget(db: Database, request_id: str) -> None:
    """The request is withdrawn."""
    sql = "DELETE FROM owed_messages WHERE request_id = ? AND message_key LIKE ?"
    await db.execute(sql, request_id, f"{HOLD}.%")
