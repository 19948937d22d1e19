"""Takes that somebody cancels."""

from collections.abc import Container

from bot.domain.takes import NextStep, State
from bot.request_log.owed import hold_messages
from bot.request_log.statements import locked_take, move_take
from bot.storage.store import Store


async def cancel(
    store: Store,
    take_id: str,
    by: str,
    *,
    expect: Container[State],
    why: str,
    next_step: NextStep | None = None,
) -> None:
    """`why`: what its card says. Its requester is told, too, if it was somebody else.

    Raises WrongMove and NotInLog.
    """
    changes = {"error": why, "next_step": next_step or ""}
    async with store.transaction() as db:
        take = await locked_take(db, take_id)
        await move_take(db, take_id, State.CANCELLED, by, expect, changes)
        if by != take.requester_id:
            await hold_messages.owe_another(db, take, hold_messages.CANCELLED, says=why)
