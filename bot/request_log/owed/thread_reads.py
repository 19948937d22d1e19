"""Which threads are to be read, because replies in them may have been missed, and by whom.

Of several processes, one reads each thread. If it is killed, another one may after a while.
"""

from dataclasses import dataclass, fields

from bot.domain.takes import Request
from bot.request_log.owed.interruptions import Interruptions
from bot.request_log.rows import now
from bot.storage.store import Store

# The newest requests that somebody may still write about.
ACTIVE = f"""
    SELECT {", ".join(f"requests.{f.name}" for f in fields(Request))}, read_at
    FROM requests LEFT JOIN thread_reads ON thread_reads.request_id = requests.id
    WHERE card_ts <> '' AND requests.id IN (
        SELECT request_id FROM events WHERE kind IN ('requested', 'decided') AND at >= ?
        UNION SELECT request_id FROM notes WHERE at >= ?)
    AND EXISTS (SELECT 1 FROM takes
        WHERE takes.request_id = requests.id AND state NOT IN ('failed', 'cancelled'))
    ORDER BY created_at DESC LIMIT ?"""
CLAIM = """
    INSERT INTO thread_reads (request_id, read_at, busy_since) VALUES (?, '', ?)
    ON CONFLICT (request_id) DO UPDATE SET busy_since = excluded.busy_since
    WHERE thread_reads.read_at < ? AND thread_reads.busy_since < ?"""


@dataclass(frozen=True, slots=True)
class ThreadRead:
    """`since`: when it began. What was written later comes as an event."""

    request_id: str
    since: str


class ThreadReads:
    def __init__(self, store: Store, timeout_seconds: float, *, alone: bool) -> None:
        """`timeout_seconds`: how long reading one thread may take; `alone` as in Interruptions."""
        self._store = store
        self._interruptions = Interruptions(timeout_seconds, alone=alone)
        self.errors = store.errors
        self.timeout = self._interruptions.timeout

    async def unread(self, *, active_since: str, read_before: str, limit: int) -> list[Request]:
        """Those of the `limit` newest requests whose threads were last read before then.

        The thread that was not read for longest comes first, and then the newest.
        """
        rows = await self._store.query(ACTIVE, active_since, active_since, limit)
        found = [row for row in rows if (row["read_at"] or "") < read_before]
        found.sort(key=lambda row: row["read_at"] or "")
        return [Request(**{f.name: row[f.name] for f in fields(Request)}) for row in found]

    async def claim(self, request_id: str, read_before: str) -> ThreadRead | None:
        """For one process, until `settle`. None: it was read since then, or is being read."""
        began = now()
        interrupted_before = self._interruptions.before()
        async with self._store.transaction() as db:
            claimed = await db.execute(CLAIM, request_id, began, read_before, interrupted_before)
        return ThreadRead(request_id, began) if claimed else None

    async def settle(self, read: ThreadRead, *, is_read: bool) -> None:
        """If it is not read, another attempt may follow at once."""
        async with self._store.transaction() as db:
            await db.execute(
                "UPDATE thread_reads SET busy_since = '',"
                " read_at = CASE WHEN ? = 1 THEN busy_since ELSE read_at END"
                " WHERE request_id = ? AND busy_since = ?",
                int(is_read), read.request_id, read.since,
            )  # fmt: skip
