"""The mention of the second group of reviewers is owed (messages.py), once for each take.

It is owed in the transaction that makes it their turn. If the first round is open again before
anybody was mentioned, it is owed again with their next turn.
"""

from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.storage.store import Database

ROUND = "round"  # the first part of the key
TOLD = "told"  # in the detail: they were mentioned


def key(take_id: str) -> str:
    return f"{ROUND}.{take_id}"


async def owe(db: Database, take: Take) -> bool:
    """Whether it is owed from now on. The take's request is locked."""
    last = await messages.message(db, key(take.id), for_update=True)
    if last and (last.is_owed or last.detail.get(TOLD)):
        return False
    await messages.owe(db, key(take.id), take.request_id, take.id)
    return True
