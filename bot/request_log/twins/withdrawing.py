"""The end of a twin: nothing is made with it anymore."""

from collections.abc import Collection

from bot.domain.takes import State, Take
from bot.domain.twins.twin import CONSENTED, OPEN, Answer, Twin, TwinState
from bot.request_log.statements import move_take, takes_where
from bot.request_log.twins import messages
from bot.request_log.twins.statements import add_consent, change_twin, locked_twin
from bot.request_log.twins.use import lock_avatar, to_twin
from bot.storage.store import Store, Transaction, placeholders

# Of a person who is erased, by their ID and pseudonym. The twin's own ID stays: it is refused.
WORDS_OF_TWINS = (
    "UPDATE twins SET name = '', footage = '', footage_address = '', error = ''"
    " WHERE shows_user_id IN (?, ?)",
    "UPDATE twins SET purpose = '', error = '' WHERE requested_by IN (?, ?)",
)
# Locked before the avatar, as where a take is added.
REQUESTS = """SELECT * FROM requests WHERE id IN (SELECT request_id FROM takes
    WHERE avatar_id = ? AND state IN (?, ?)) ORDER BY id"""
NO_LONGER_ALLOWED = (
    "The person shown has withdrawn their consent, so this video wasn't made. Nothing was charged."
)


ENDED_BY_ADMIN = "An admin ended this Digital Twin, so this video wasn't made. Nothing was charged."


async def withdraw(
    db: Transaction, twin: Twin, by: str, *, as_admin: bool = False,
    expect: Collection[TwinState] = CONSENTED,
) -> list[Take]:  # fmt: skip
    """See `TwinLog.withdraw`. Of an erased person it is also one that they were asked about.

    Raises WrongMove if it isn't in one of the states `expect`.
    """
    state, answer = TwinState.WITHDRAWN, Answer.WITHDRAWN
    if as_admin:
        state, answer = TwinState.ENDED_BY_ADMIN, Answer.ENDED_BY_ADMIN
    states = (State.ON_HOLD, State.QUEUED)
    if twin.avatar_id:
        await db.query(REQUESTS, twin.avatar_id, *states, for_update=True)
        await lock_avatar(db, twin.avatar_id)
    twin = await locked_twin(db, twin.id, expect)
    never_sent = {} if twin.marked_at else {"counted_usd": 0.0}
    await change_twin(db, twin, by, state=state, **never_sent)
    await add_consent(db, twin, by if as_admin else twin.shows_user_id, answer)
    await messages.owe(db, twin, twin.shows_user_id, messages.ASK)
    await messages.end_buttons(db, twin)
    waiting: list[Take] = []
    takes: list[Take] = []
    if twin.avatar_id:
        where = "avatar_id = ? AND state IN (?, ?)"
        for take in await takes_where(db, where, twin.avatar_id, *states, for_update=True):
            why = {"error": ENDED_BY_ADMIN if as_admin else NO_LONGER_ALLOWED}
            waiting.append((await move_take(db, take.id, State.CANCELLED, by, states, why))[1])
        takes = await takes_where(db, "avatar_id = ? ORDER BY requested_at", twin.avatar_id)
    others = dict.fromkeys([twin.requested_by, *(take.requester_id for take in takes)])
    for user_id in (twin.shows_user_id, *others):
        await messages.owe(db, twin, user_id, state)
    return waiting


async def withdraw_all(store: Store, user_id: str, by: str) -> None:
    """The person shown is erased: nobody can use their twins anymore."""
    async with store.transaction() as db:
        sql = f"SELECT * FROM twins WHERE shows_user_id = ? AND state IN {placeholders(OPEN)}"
        for row in await db.query(sql, user_id, *OPEN):
            await withdraw(db, to_twin(row), by, expect=OPEN)
