"""The queue at rest, in the request log: why nothing is submitted now, for all processes of it."""

from bot.domain.takes import Pause, PauseReason
from bot.request_log.rows import ADD_PAUSE, now
from bot.request_log.statements import add_event
from bot.storage.store import Store


class PauseLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, reason: PauseReason, ends_at: str = "") -> bool:
        """Nothing is submitted until then, or until `go_on`. False: it rests for that already."""
        async with self._store.writing() as db:
            await db.execute("DELETE FROM rests WHERE ends_at <> '' AND ends_at <= ?", now())
            new = await db.execute(ADD_PAUSE, reason, now(), ends_at)
            later = "UPDATE rests SET ends_at = ? WHERE reason = ? AND ends_at < ?"
            await db.execute(later, ends_at, reason, ends_at)
            if new:
                await add_event(db, "rests", "", "", "bot", {"reason": reason, "ends_at": ends_at})
        return bool(new)

    async def resume(self, reason: PauseReason, *, by: str = "bot") -> bool:
        """False: it did not rest for that."""
        async with self._store.writing() as db:
            gone = await db.execute("DELETE FROM rests WHERE reason = ?", reason)
            if gone:
                await add_event(db, "goes on", "", "", by, {"reason": reason})
        return bool(gone)

    async def current(self) -> Pause | None:
        """The first of `reasons`."""
        return next(iter(await self.reasons()), None)

    async def reasons(self) -> list[Pause]:
        """Why nothing is submitted now; what a person has to end before what ends by itself."""
        rows = await self._store.query("SELECT * FROM rests ORDER BY reason")
        pauses = [Pause(PauseReason(r["reason"]), r["since"], r["ends_at"]) for r in rows]
        return [rest for rest in pauses if not rest.ends_at or rest.ends_at > now()]
