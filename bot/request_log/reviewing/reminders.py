"""Who is still to review what, and when they were last reminded."""

from collections.abc import Mapping

from bot.domain.reviews import Reviewer
from bot.domain.takes import Take
from bot.request_log.reports.review_record import REMINDED
from bot.request_log.reviewing.waiting import NEVER, waiting
from bot.request_log.statements import add_event, one_take
from bot.storage.store import Store

CLAIM = """
    INSERT INTO reminders (user_id, reminded_at) VALUES (?, ?)
    ON CONFLICT (user_id) DO UPDATE SET reminded_at = excluded.reminded_at
    WHERE reminders.reminded_at < ?"""


class ReminderLog:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.errors = store.errors

    async def who_is_waited_for(self, told_before: str) -> list[str]:
        """The reviewers who were told before then of a take that they have not decided about."""
        found = await waiting(self._store, told_before=told_before)
        return sorted({reviewer.user_id for reviewer, _ in found})

    async def pending(self, user_id: str) -> list[tuple[Reviewer, Take]]:
        """Everything that this person is still to review, the most urgent first."""
        found = await waiting(self._store, user_id)
        takes = [(one, await one_take(self._store, take_id)) for one, take_id in found]
        return sorted(takes, key=_urgency)

    async def was_reminded(self, user_id: str, *, since: str) -> bool:
        sql = "SELECT 1 FROM reminders WHERE user_id = ? AND reminded_at >= ?"
        return bool(await self._store.query(sql, user_id, since))

    async def claim(
        self, user_id: str, about: Mapping[str, str], at: str, *, last_before: str
    ) -> bool:
        """True for exactly one of several processes, which then sends the person one message.

        False: another one was sent since `last_before`. `about`: what the message lists, the
        ids of takes and of their requests.
        """
        async with self._store.transaction() as db:
            if not await db.execute(CLAIM, user_id, at, last_before):
                return False
            for take_id, request_id in about.items():
                sql = "UPDATE reviewers SET told_at = ? WHERE request_id = ? AND user_id = ?"
                await db.execute(sql, at, request_id, user_id)
                who = {"user_id": user_id}
                await add_event(db, REMINDED, request_id, take_id, "bot", who)
        return True


def _urgency(waits: tuple[Reviewer, Take]) -> tuple[str, str, str]:
    """What is due first, then what has waited for longest."""
    _, take = waits
    return take.due_at or NEVER, take.delivered_at, take.id
