"""Digital Twins that are being made: who works on which, and what became of them at Segmind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.takes import PauseReason
from bot.domain.twins.twin import BEING_MADE, CONSENTED, PRICE_USD, REVOKED, Twin, TwinState
from bot.errors import InDoubt
from bot.request_log.money.spending import TakeRules, check_twin
from bot.request_log.owed.interruptions import Interruptions
from bot.request_log.rows import now, timestamp
from bot.request_log.twins import messages
from bot.request_log.twins.statements import change_twin, locked_twin, one_twin
from bot.request_log.twins.use import lock_avatar, to_twin, twin_of
from bot.storage.store import Database, Store, Transaction, placeholders

MAKING_SECONDS = 600.0  # after these, another process may go on with a twin
HISTORY, LOOK_EVERY = timedelta(days=30), timedelta(hours=1)
COST_WITHIN = timedelta(days=2)  # since it was marked: then the history has it
SHOW_SECONDS = 60.0  # between attempts to show the footage to whom it shows
# Between attempts to send the footage of a twin: more than ten minutes in all.
TRY_WAITS = (5, 10, 20, 40, 80, 160, 320)  # seconds
# In these its making has ended, so that it has a cost.
SETTLES = (TwinState.READY, TwinState.FAILED, *REVOKED)
NOT_NEW = "Segmind gave it the ID of another Digital Twin. Ask Segmind's support."
MAY_MOVE = (TwinState.CHECKING, *CONSENTED, *REVOKED)


class MakingLog:
    """Changes raise WrongMove if the twin isn't in a state for them, and LookupError."""

    def __init__(
        self,
        store: Store,
        timeout_seconds: float = MAKING_SECONDS,
        *,
        try_waits: Sequence[float] = TRY_WAITS,
        show_seconds: float = SHOW_SECONDS,
        alone: bool = True,
    ) -> None:
        """`timeout_seconds`: of an attempt to make one; `alone` as in Interruptions.

        `try_waits`: seconds between attempts to send the footage of one. `show_seconds`: between
        those to show it to whom it shows.
        """
        self._store = store
        self._interruptions = Interruptions(timeout_seconds, alone=alone)
        self.timeout = self._interruptions.timeout
        self._try_waits = try_waits
        self._show_every = timedelta(seconds=show_seconds)
        self.errors = store.errors

    async def look_again(self, twin_id: str, by: str) -> None:
        """Segmind's history is asked once more about one in doubt."""
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.IN_DOUBT,))
            state = TwinState.CREATING if twin.segmind_request_id else TwinState.SUBMITTING
            await change_twin(db, twin, by, state=state, error="")
            await messages.end_buttons(db, twin)

    async def give_up(self, twin_id: str, by: str) -> None:
        """On one in doubt. Of this and `look_again` at the same moment, the first wins."""
        error = "Given up. If Segmind charged for it, its history shows that."
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.IN_DOUBT,))
            changed = await change_twin(db, twin, by, state=TwinState.FAILED, error=error)
            await messages.end_buttons(db, changed)
            await messages.owe(db, changed, changed.requested_by, TwinState.FAILED)

    async def try_again(self, twin_id: str, by: str, rules: TakeRules) -> None:
        """One that could not be sent; the consent to it holds. Raises OverLimit."""
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.NOT_SENT,))
            await check_twin(db, twin.requested_by, PRICE_USD, twin.requested_at, rules)
            await change_twin(
                db, twin, by, state=TwinState.ALLOWED, error="", tries=0, counted_usd=PRICE_USD
            )
            await messages.end_buttons(db, twin)

    async def tell_of_wait(self, twin_id: str, reason: PauseReason) -> None:
        """Whoever asked for it hears once why it isn't made yet. A short pause isn't told."""
        if reason is PauseReason.RATE:
            return
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.ALLOWED,))
            await messages.owe_once(db, twin, twin.requested_by, reason)

    async def count_try(self, twin_id: str) -> bool:
        """An attempt to send its footage has failed. False: it was the last."""
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.ALLOWED,))
            sql = "UPDATE twins SET tries = tries + 1 WHERE id = ?"
            await db.execute(sql, twin.id)
            return twin.tries < len(self._try_waits)

    async def to_be_made(self) -> list[Twin]:
        """Also those that were withdrawn or ended after they were paid for: their IDs are needed
        to refuse them."""
        return await self._to_be_made(self._store)

    async def _to_be_made(self, db: Database) -> list[Twin]:
        # Once its answer was lost, Segmind's history is looked at now and then, as far as it goes.
        where = (
            f"state IN {placeholders(BEING_MADE)} OR (state = ? AND looked_at < ?)"
            " OR (state IN (?, ?) AND marked_at > ? AND avatar_id = ''"
            " AND (error = '' OR (error = ? AND looked_at < ?))) ORDER BY requested_at, id"
        )
        oldest, last, shown = (
            timestamp(datetime.now(UTC) - since)
            for since in (HISTORY, LOOK_EVERY, self._show_every)
        )
        lost = (*REVOKED, oldest, InDoubt.sentence, last)
        rows = await db.query(
            f"SELECT * FROM twins WHERE {where}", *BEING_MADE, TwinState.CHECKING, shown, *lost
        )
        return [twin for twin in map(to_twin, rows) if not self._waits(twin)]

    def _waits(self, twin: Twin) -> bool:
        """Whether the next attempt to send its footage comes later."""
        if twin.state is not TwinState.ALLOWED or not twin.tries:
            return False
        wait = timedelta(seconds=self._try_waits[min(twin.tries, len(self._try_waits)) - 1])
        return twin.looked_at > timestamp(datetime.now(UTC) - wait)

    async def claim(self, twin_id: str) -> Twin | None:
        """One that is to be made, for one process until `release`.

        None if another has it, or it isn't to be made anymore.
        """
        async with self._store.transaction() as db:
            twin = await one_twin(db, twin_id, for_update=True)
            if twin.busy_since >= self._interruptions.before():
                return None
            if twin_id not in {one.id for one in await self._to_be_made(db)}:
                return None
            claimed = replace(twin, busy_since=now())
            sql = "UPDATE twins SET busy_since = ? WHERE id = ?"
            await db.execute(sql, claimed.busy_since, twin_id)
            return claimed

    async def release(self, claimed: Twin) -> None:
        """Unless another process has claimed it since."""
        sql = "UPDATE twins SET busy_since = '', looked_at = ? WHERE id = ? AND busy_since = ?"
        await self._store.execute(sql, now(), claimed.id, claimed.busy_since)

    async def begin(self, twin_id: str) -> Twin:
        """The mark before the call that is charged. It joins the group of the same person's."""
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.ALLOWED,))
            groups = await db.query(
                "SELECT avatar_group_id FROM twins WHERE shows_user_id = ? AND state = ?"
                " AND avatar_group_id <> '' ORDER BY requested_at LIMIT 1",
                twin.shows_user_id, TwinState.READY,
            )  # fmt: skip
            group = groups[0]["avatar_group_id"] if groups else ""
            return await change_twin(
                db, twin, "bot", state=TwinState.SUBMITTING, marked_at=now(), avatar_group_id=group
            )

    async def unsettled(self) -> list[Twin]:
        """Those that Segmind was asked to make of late, and whose true cost isn't known."""
        asked_for = f"state IN {placeholders(SETTLES)} AND marked_at > ?"
        where = f"{asked_for} AND charged_usd IS NULL AND counted_usd > 0"
        since = timestamp(datetime.now(UTC) - COST_WITHIN)
        sql = f"SELECT * FROM twins WHERE {where} ORDER BY requested_at, id"
        return [to_twin(row) for row in await self._store.query(sql, *SETTLES, since)]

    async def settle(self, twin_id: str, request_id: str, usd: float) -> None:
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, SETTLES)
            changed = await change_twin(
                db, twin, "bot", segmind_request_id=request_id, charged_usd=usd, counted_usd=usd
            )
            key = messages.key(twin.id, twin.requested_by, TwinState.READY)
            if changed.state is TwinState.READY:
                await messages.owe_again(db, key)

    async def move(
        self, twin_id: str, state: TwinState, *, by: str = "bot", **changes: Any
    ) -> Twin:
        """What became of it at Segmind. One that was withdrawn or ended meanwhile stays so.

        Whoever asked for it is told of an end. An ID that the log knows already is Segmind's
        mistake: with it, what somebody hasn't allowed, or has withdrawn, could be made.
        """
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, MAY_MOVE)
            if (avatar_id := changes.get("avatar_id")) and await _is_known(db, twin, avatar_id):
                state, changes = TwinState.FAILED, changes | {"avatar_id": "", "error": NOT_NEW}
            if twin.state in REVOKED:
                return await change_twin(db, twin, by, **changes)
            changed = await change_twin(db, twin, by, state=state, **changes)
            if twin.state is TwinState.CHECKING and twin.shown_file_id:
                await messages.owe(db, changed, twin.shows_user_id, messages.ASK)
            if state in messages.WITH_BUTTONS:
                await messages.owe_another(db, changed, twin.requested_by, state)
            elif state in (TwinState.READY, TwinState.FAILED):
                await messages.owe(db, changed, twin.requested_by, state)
            return changed


async def _is_known(db: Transaction, twin: Twin, avatar_id: str) -> bool:
    await lock_avatar(db, avatar_id)
    known = await twin_of(db, avatar_id)
    return known is not None and known.id != twin.id
