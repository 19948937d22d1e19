"""Takes on hold: nothing is sent to Segmind before somebody has released them.

They don't count toward budgets, but toward the takes that one person may have under way. A take
that is released counts from then on, and gets its place in the queue then.
"""

import json
from dataclasses import dataclass

from bot.domain.takes import HoldReason, State, Take, WrongMove
from bot.request_log.owed import hold_messages
from bot.request_log.queue import next_priority
from bot.request_log.rows import now
from bot.request_log.statements import add_event, move_take, one_row, one_take
from bot.storage.store import Store, Transaction

# The kinds of events. Each has who did it.
APPROVED, DECLINED = "approved", "declined"


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """What somebody has decided about a take that was on hold."""

    approved: bool
    by: str
    reason: str = ""


class HoldLog:
    """Every answer raises NotInLog, and WrongMove if the take is not on hold any more.

    So the first answer counts, in however many processes others are given.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def approve(self, take_id: str, by: str) -> Take:
        """Queues the take at its quoted price, whatever is left of the budgets.

        Whoever approves it has seen what is left. The take counts in the month of the approval.
        """
        async with self._store.transaction() as db:
            take = await lock(db, take_id)
            check_reason(take, HoldReason.APPROVAL)
            released = await release(db, take_id, by)
            detail = {"usd": take.estimated_usd}
            await add_event(db, APPROVED, take.request_id, take_id, by, detail)
            return released

    async def decline(self, take_id: str, by: str, reason: str, sentence: str) -> None:
        """Cancels the take, free of charge. `sentence`: what its card and its thread say."""
        async with self._store.transaction() as db:
            take = await lock(db, take_id)
            check_reason(take, HoldReason.APPROVAL)
            error = {"error": sentence}
            await move_take(db, take_id, State.CANCELLED, by, [State.ON_HOLD], error)
            await add_event(db, DECLINED, take.request_id, take_id, by, {"note": reason})
            await hold_messages.owe_notice(db, take)

    async def answer(self, take_id: str) -> HoldAnswer | None:
        """None: nobody has answered, or it was cancelled before."""
        rows = await self._store.query(
            'SELECT kind, "by", detail FROM events WHERE take_id = ? AND kind IN (?, ?)'
            " ORDER BY seq",
            take_id, APPROVED, DECLINED,
        )  # fmt: skip
        if not rows:
            return None
        row = rows[-1]
        reason = json.loads(row["detail"]).get("note", "")
        return HoldAnswer(row["kind"] == APPROVED, row["by"], reason)

    async def direct_channel(self, user_id: str) -> str:
        """The direct message with this person where the last one about a hold is, or ""."""
        rows = await self._store.query(
            "SELECT detail FROM owed_messages WHERE message_key LIKE ? AND ts <> ''"
            " ORDER BY changed_at DESC LIMIT 1",
            f"{hold_messages.HOLD}.%.{user_id}",
        )
        return str(json.loads(rows[0]["detail"]).get("channel_id", "")) if rows else ""


async def lock(db: Transaction, take_id: str) -> Take:
    """The request is locked before its take, as everywhere. Raises NotInLog."""
    request_id = (await one_take(db, take_id)).request_id
    await one_row(db, "requests", request_id, for_update=True)
    return await one_take(db, take_id, for_update=True)


def check_reason(take: Take, reason: HoldReason) -> None:
    """Raises WrongMove if the take isn't on hold any more, or waits for somebody else."""
    if take.state is not State.ON_HOLD or take.hold_reason != reason:
        raise WrongMove(f"take {take.id} is {take.state}, and not on hold for its {reason}")


async def release(db: Transaction, take_id: str, by: str) -> Take:
    _, take = await move_take(db, take_id, State.QUEUED, by, [State.ON_HOLD], {})
    await db.lock(f"takes of {take.requester_id}")
    # It is queued itself by now, so it is one of those that `next_priority` counts.
    priority = await next_priority(db, take.requester_id) - 1
    sql = "UPDATE takes SET turn = ?, requested_at = ? WHERE id = ?"
    await db.execute(sql, priority, now(), take_id)
    return await one_take(db, take_id)
