"""Reads and changes of single twins, to be combined in a transaction."""

from collections.abc import Iterable
from typing import Any

from bot.domain.takes import WrongMove
from bot.domain.twins.twin import ENDED, Answer, Twin, TwinState, key_of
from bot.request_log.rows import now
from bot.request_log.statements import add_event
from bot.request_log.twins import messages
from bot.request_log.twins.use import to_twin
from bot.storage.store import Database

CHANGED = "twin"  # the kind of the events about twins


async def one_twin(db: Database, twin_id: str, *, for_update: bool = False) -> Twin:
    rows = await db.query("SELECT * FROM twins WHERE id = ?", twin_id, for_update=for_update)
    if not rows:
        raise LookupError(twin_id)
    return to_twin(rows[0])


async def locked_twin(db: Database, twin_id: str, expect: Iterable[TwinState]) -> Twin:
    twin = await one_twin(db, twin_id, for_update=True)
    if twin.state not in expect:
        raise WrongMove(f"the twin is already {twin.state}")
    return twin


async def change_twin(db: Database, twin: Twin, by: str, **changes: Any) -> Twin:
    if "avatar_id" in changes:
        changes["avatar_key"] = key_of(changes["avatar_id"])
    names = ", ".join(f"{name} = ?" for name in changes)
    if changes:
        await db.execute(f"UPDATE twins SET {names} WHERE id = ?", *changes.values(), twin.id)
        detail = {"twin_id": twin.id, **changes}
        await add_event(db, CHANGED, "", "", by, detail)
    if changes.get("state") in ENDED:
        await messages.end_notices(db, twin.id)
    return await one_twin(db, twin.id)


async def add_consent(
    db: Database, twin: Twin, user_id: str, answer: Answer, channels: str = ""
) -> None:
    await db.execute(
        "INSERT INTO consents (twin_id, user_id, answer, channels, at) VALUES (?, ?, ?, ?, ?)",
        twin.id, user_id, answer, channels, now(),
    )  # fmt: skip
