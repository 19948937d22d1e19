"""What the Home tab shows of the request log."""

from operator import attrgetter

from bot.domain.takes import UNFINISHED, HoldReason, State, Take
from bot.request_log.owed import hold_messages
from bot.request_log.reviewing.waiting import waiting
from bot.request_log.rows import HAS_CARD, NO_CLIP, now
from bot.request_log.statements import one_take, takes_where
from bot.storage.store import Store, placeholders

TO_SIGN_OFF = f"""state = ? AND hold_reason = ? AND {HAS_CARD}
    AND EXISTS (SELECT 1 FROM reviewers
        WHERE reviewers.request_id = takes.request_id AND user_id = ? AND away_at = ''
            AND reviewers.round = 0)
    AND NOT EXISTS (SELECT 1 FROM sign_offs WHERE take_id = takes.id AND user_id = ?)
    ORDER BY requested_at"""
# A thread is there once, with the newest of this person's takes. The clips have their sheet.
MINE = f"""requester_id = ? AND {NO_CLIP}
    AND number = (SELECT max(number) FROM takes AS t WHERE t.request_id = takes.request_id
        AND t.requester_id = takes.requester_id)
    ORDER BY requested_at DESC LIMIT ?"""
ON_HOLD = "state = ? AND hold_reason = ? ORDER BY requested_at"
FAILED = "state = ? AND requested_at >= ? ORDER BY requested_at DESC LIMIT ?"
# Not of all states, because nearly all takes have ended.
COUNT = f"""SELECT state, count(*) AS many FROM takes
    WHERE state IN {placeholders(UNFINISHED)} GROUP BY state"""


OPENED = """INSERT INTO open_homes (user_id, opened_at) VALUES (?, ?)
    ON CONFLICT (user_id) DO UPDATE SET opened_at = excluded.opened_at"""


class HomeLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def opened(self, user_id: str) -> None:
        """It is only for the next start, so nobody waits for the disk."""
        async with self._store.unflushed() as db:
            await db.execute(OPENED, user_id, now())

    async def opened_since(self, at: str, most: int) -> list[str]:
        """Who has opened the Home tab since then, the last first. The others are forgotten."""
        await self._store.execute("DELETE FROM open_homes WHERE opened_at < ?", at)
        rows = await self._store.query(
            "SELECT user_id FROM open_homes ORDER BY opened_at DESC LIMIT ?", most
        )
        return [row["user_id"] for row in rows]

    async def waiting_for(self, user_id: str) -> list[Take]:
        """The takes whose script this person was asked to sign off and hasn't, the oldest first;
        then those to review."""
        on_hold = State.ON_HOLD, HoldReason.SIGN_OFF
        scripts = await takes_where(self._store, TO_SIGN_OFF, *on_hold, user_id, user_id)
        reviews = [await one_take(self._store, id) for _, id in await waiting(self._store, user_id)]
        return [*scripts, *sorted(reviews, key=attrgetter("delivered_at"))]

    async def videos_of(self, user_id: str, most: int) -> list[Take]:
        """The newest take of each of the last threads in which this person asked for one."""
        return await takes_where(self._store, MINE, user_id, most)

    async def to_approve(self, user_id: str) -> list[tuple[Take, str, str]]:
        """The takes over a limit that this admin was asked about, the oldest first.

        Each with the channel and the ts of the message that asks; both "" until it is sent.
        """
        takes = await takes_where(self._store, ON_HOLD, State.ON_HOLD, HoldReason.APPROVAL)
        asked = await hold_messages.sent_to(self._store, user_id, [take.id for take in takes])
        return [(take, *asked[take.id]) for take in takes if take.id in asked]

    async def failed_since(self, at: str, most: int) -> list[Take]:
        return await takes_where(self._store, FAILED, State.FAILED, at, most)

    async def count(self) -> dict[State, int]:
        """How many takes are in each state that isn't an end."""
        rows = await self._store.query(COUNT, *UNFINISHED)
        return {State(row["state"]): row["many"] for row in rows}
