"""Messages that a review is overdue are owed (messages.py): one for each due date that passes."""

from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.request_log.reviewing.waiting import UNDER_REVIEW
from bot.request_log.statements import one_row, takes_where
from bot.storage.store import Store

OVERDUE = "overdue"  # the first part of the key
# Nobody was told of this due date yet.
PASSED = f"""due_at <> '' AND due_at <= ? AND state = 'delivered' AND {UNDER_REVIEW}
    AND NOT EXISTS (SELECT 1 FROM owed_messages WHERE message_key = '{OVERDUE}.' || takes.id
        AND detail LIKE '%' || takes.due_at || '%')"""


def key(take_id: str) -> str:
    return f"{OVERDUE}.{take_id}"


async def owe(store: Store, now: str) -> list[str]:
    """Owes a message for each review whose due date has passed. Returns their keys."""
    found = await takes_where(store, f"{PASSED} ORDER BY due_at, id", now)
    return [key(take.id) for take in found if await _owe(store, take, now)]


async def _owe(store: Store, take: Take, now: str) -> bool:
    """False: another process was faster, or it has been decided or postponed meanwhile."""
    async with store.transaction() as db:
        await one_row(db, "requests", take.request_id, for_update=True)  # one process at a time
        if not await takes_where(db, f"{PASSED} AND id = ?", now, take.id):
            return False
        detail = {"due_at": take.due_at}
        await messages.owe(db, key(take.id), take.request_id, take.id, detail=detail)
        return True
