"""The limits in the request log: setting and clearing them, and the budgets as they stand."""

from collections.abc import Collection, Sequence
from datetime import datetime, tzinfo

from bot.domain.money.limits import EACH, Budget, Limits, Scope
from bot.domain.money.months import Month, month_of
from bot.request_log.money.spending import (
    CHANNELS,
    USERS_OF_4K,
    VIDEO,
    all_budgets,
    budgets_of,
    read_limits,
    used_since,
    used_usd,
)
from bot.request_log.rows import now, timestamp
from bot.request_log.statements import add_event
from bot.storage.store import Database, Store

KINDS = (*Scope, VIDEO, CHANNELS, USERS_OF_4K)


class LimitLog:
    def __init__(self, store: Store, zone: tzinfo) -> None:
        """`zone`: of the calendar month."""
        self._store = store
        self._zone = zone

    def month(self, at: datetime) -> Month:
        return month_of(at, self._zone)

    async def limits(self) -> Limits:
        return await read_limits(self._store)

    async def set_usd(self, kind: str, usd: float, *, by: str, subject: str = EACH) -> None:
        """Sets a budget, or the most for one video. An event says who did it and what it was."""
        async with self._store.transaction() as db:
            await db.lock("limits")
            before = await db.query(
                "SELECT usd FROM limits WHERE kind = ? AND subject = ?", kind, subject
            )
            await _delete(db, kind, subject)
            await _insert(db, kind, subject, usd, by)
            detail = {"limit": kind, "subject": subject, "usd": usd}
            if before:
                detail["before"] = before[0]["usd"]
            await add_event(db, "limit set", "", "", by, detail)

    async def set_ids(self, kind: str, ids: Collection[str], *, by: str) -> None:
        """Sets the channels in which videos can be made, or who may use 4k; none: only admins."""
        async with self._store.transaction() as db:
            await db.lock("limits")
            await db.execute("DELETE FROM limits WHERE kind = ?", kind)
            # The one without a subject says that there is a limit, even if its list is empty.
            for subject in (EACH, *ids):
                await _insert(db, kind, subject, None, by)
            await add_event(db, "limit set", "", "", by, {"limit": kind, "ids": [*ids]})

    async def clear(self, kind: str, *, by: str, subject: str | None = None) -> int:
        """Removes the limits of this kind, or that for `subject` alone. Returns how many."""
        where = "kind = ?" if subject is None else "kind = ? AND subject = ?"
        values = [kind] if subject is None else [kind, subject]
        async with self._store.transaction() as db:
            await db.lock("limits")
            removed = await db.execute(f"DELETE FROM limits WHERE {where}", *values)
            if removed:
                detail = {"limit": kind, "subject": subject or EACH}
                await add_event(db, "limit cleared", "", "", by, detail)
        return removed

    async def budgets(self, at: datetime) -> list[Budget]:
        """All budgets in the month of `at`; see `all_budgets`."""
        return await all_budgets(self._store, await self.limits(), self.month(at))

    async def used(self, scope: Scope, subject: str, at: datetime) -> float:
        """What counts toward that budget in the month of `at`, whether it is set or not, in USD."""
        return await used_usd(self._store, scope, subject, self.month(at))

    async def used_since(self, at: datetime) -> float:
        """What the takes requested since then cost in USD; see `counted_usd`."""
        return await used_since(self._store, timestamp(at))

    async def budgets_of(
        self, limits: Limits, user_id: str, channel_id: str, at: datetime
    ) -> Sequence[Budget]:
        """Those that limit what this person makes in this channel."""
        return await budgets_of(self._store, limits, user_id, channel_id, self.month(at))


async def _delete(db: Database, kind: str, subject: str) -> None:
    await db.execute("DELETE FROM limits WHERE kind = ? AND subject = ?", kind, subject)


async def _insert(db: Database, kind: str, subject: str, usd: float | None, by: str) -> None:
    await db.execute(
        "INSERT INTO limits (kind, subject, usd, set_at, set_by) VALUES (?, ?, ?, ?, ?)",
        kind, subject, usd, now(), by,
    )  # fmt: skip
