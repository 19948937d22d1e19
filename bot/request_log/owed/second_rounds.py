"""The mention of the second group of reviewers is owed (messages.py), once for each take.

It is owed in the transaction that makes it their turn. If the first round is open again before
anybody was mentioned, it is owed again with their next turn. Once they were mentioned, an update of
that message is owed whenever the round changes.
"""

from bot.domain.reviewing.rounds import SECOND, Standing
from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.storage.store import Database

ROUND = "round"  # the first part of the key
TOLD = "told"  # in the detail: they were mentioned
ROUND_SAID = "round"  # in the detail: what the message says of the round, or is to say


def key(take_id: str) -> str:
    return f"{ROUND}.{take_id}"


async def owe(db: Database, take: Take, now: Standing) -> bool:
    """Whether it is owed from now on, or its update. The take's request is locked."""
    last = await messages.message(db, key(take.id), for_update=True)
    if last and (last.is_owed or last.detail.get(TOLD)):  # it may be on its way right now
        if last.detail.get(ROUND_SAID, SECOND) == now.round:
            return False
        detail = last.detail | {ROUND_SAID: now.round}
        await messages.owe(db, key(take.id), take.request_id, take.id, detail=detail)
        return True
    if now.round != SECOND or now.verdict is not None:
        return False
    await messages.owe(db, key(take.id), take.request_id, take.id)
    return True
