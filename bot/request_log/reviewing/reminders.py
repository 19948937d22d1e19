"""Who is still to review what, and when they were last reminded."""

from collections.abc import Mapping
from dataclasses import fields

from bot.domain.reviews import Reviewer
from bot.request_log.reports.review_record import REMINDED
from bot.request_log.statements import add_event
from bot.storage.store import Store

# Nobody is reminded of a take that is decided, or that a new one is about to replace.
PENDING = """
    FROM reviewers JOIN takes ON takes.request_id = reviewers.request_id
    WHERE away_at = '' AND reviewers.take_id <> '' AND told_at <= ? AND delivered_at <= ?
    AND state = 'delivered' AND takes.decision = '' AND takes.taken_down_by = ''
    AND reviewers.round = takes.round
    AND number = (SELECT max(number) FROM takes AS t WHERE t.request_id = reviewers.request_id
        AND state NOT IN ('failed', 'cancelled') AND taken_down_by = '')
    AND NOT EXISTS (SELECT 1 FROM reviews
        WHERE reviews.take_id = takes.id AND reviews.user_id = reviewers.user_id)"""
# The most urgent first, then what has waited for longest.
OF_ONE = f"""SELECT reviewers.*, takes.id AS waiting_take {PENDING} AND reviewers.user_id = ?
    ORDER BY CASE WHEN due_at = '' THEN '9' ELSE due_at END, delivered_at, takes.id"""
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
        sql = f"SELECT DISTINCT reviewers.user_id {PENDING} ORDER BY reviewers.user_id"
        rows = await self._store.query(sql, told_before, told_before)
        return [row["user_id"] for row in rows]

    async def pending(self, user_id: str, now: str) -> list[tuple[Reviewer, str]]:
        """Everything that this person is still to review, with the ids of the takes.

        The most urgent first.
        """
        names = [f.name for f in fields(Reviewer)]
        rows = await self._store.query(OF_ONE, now, now, user_id)
        return [(Reviewer(**{n: row[n] for n in names}), row["waiting_take"]) for row in rows]

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
