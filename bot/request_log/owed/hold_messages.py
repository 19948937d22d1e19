"""The messages about a take on hold that are owed (messages.py): to those who can release it.

Each admin is sent one, which is updated as soon as somebody has decided. The rest is for the
take's thread: a notice that somebody else declined or cancelled it, or that it has to be approved
after all; that reviewers are asked for their sign-off; a change that somebody suggests. These stay
as they were posted, but for the button of a suggestion. Once nobody has to sign off that script any
more, the message that asks for it goes.

A take in doubt isn't on hold. But admins may be asked whether it is rendered again over a limit.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.request_log.rows import detail_of
from bot.storage.store import Database

HOLD = "hold"  # the first part of the key
# The third part of the key, and who or what the message is for: a person's id, or one of these.
THREAD = "thread"  # a notice that it was declined
OVER_LIMIT, ASKED, SUGGESTION, CANCELLED = "over_limit", "asked", "suggestion", "cancelled"
FOR_THE_THREAD = (THREAD, OVER_LIMIT, ASKED, SUGGESTION, CANCELLED)


AGAIN = "again"  # before the id of an admin who is asked about a take in doubt


def key(take_id: str, to: str) -> str:
    return f"{HOLD}.{take_id}.{to}"


def take_of(message_key: str) -> str:
    """The id of the take that a message with this key is about."""
    return message_key.split(".")[1]


def mentions_reviewers(message_key: str) -> bool:
    """Whether it asks for sign-offs, which notifies all of them."""
    return message_key.split(".")[2] == ASKED


async def ask(db: Database, take: Take, user_ids: Iterable[str], *, again: bool = False) -> None:
    """`again`: whether it can be rendered again, in place of one in doubt."""
    for user_id in user_ids:
        to = f"{AGAIN}.{user_id}" if again else user_id
        detail = {"to": user_id, "again": again}
        await messages.owe(db, key(take.id, to), take.request_id, take.id, detail=detail)


async def sent_to(
    db: Database, user_id: str, take_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """By the id of each of these takes that this person is asked about: the channel and the ts of
    the message; both "" until it is sent."""
    if not take_ids:
        return {}
    keys = [key(take_id, user_id) for take_id in take_ids]
    rows = await db.query(
        "SELECT take_id, ts, detail FROM owed_messages"
        f" WHERE message_key IN ({', '.join('?' * len(keys))})",
        *keys,
    )
    return {row["take_id"]: (str(detail_of(row)["channel_id"]), row["ts"]) for row in rows}


async def update(db: Database, take_id: str) -> None:
    """Somebody has decided, or nobody has to anymore: all copies have to show that."""
    await messages.outdate(db, take_id, HOLD)


async def owe_notice(db: Database, take: Take, to: str = THREAD, **detail: Any) -> None:
    """Each take gets at most one of each kind."""
    detail |= {"to": to}
    await messages.owe(db, key(take.id, to), take.request_id, take.id, detail=detail)


async def owe_another(db: Database, take: Take, to: str, **detail: Any) -> None:
    """A message of its own each time. The take's request is locked."""
    prefix = key(take.id, to)
    sql = "SELECT count(*) AS many FROM owed_messages WHERE take_id = ? AND message_key LIKE ?"
    number = int((await db.query(sql, take.id, f"{prefix}.%"))[0]["many"]) + 1
    detail |= {"to": to, "number": number}
    await messages.owe(db, f"{prefix}.{number}", take.request_id, take.id, detail=detail)


async def forget(db: Database, request_id: str) -> None:
    """The request is withdrawn."""
    sql = "DELETE FROM owed_messages WHERE request_id = ? AND message_key LIKE ?"
    await db.execute(sql, request_id, f"{HOLD}.%")
