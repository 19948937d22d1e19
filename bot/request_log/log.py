"""Requests and their takes in the request log. Every change is also kept as an event."""

from collections.abc import Awaitable, Callable, Container, Iterable
from pathlib import Path
from time import monotonic
from typing import Any, Self

from bot.domain.estimates import Pace, measured
from bot.domain.parameters import Parameters
from bot.domain.reviewing.rounds import Rounds
from bot.domain.takes import Request, State, Take, WrongMove
from bot.request_log.money.spending import TakeRules
from bot.request_log.owed import hold_messages, second_rounds
from bot.request_log.reviewing.before import rounds_named
from bot.request_log.rows import (
    ADD_PAUSE,
    ADD_REQUEST,
    ADDRESS_NOTE,
    REOPEN_NOTES,
    TAKE_OVER_NOTES,
    now,
    request_row,
)
from bot.request_log.statements import (
    NotInLog,
    add_event,
    add_take,
    change_take,
    last_delivered,
    move_take,
    one_row,
    one_take,
    replace_take,
    takes_where,
)
from bot.request_log.twins.use import without_ended
from bot.storage.sqlite import open_sqlite
from bot.storage.store import Store, placeholders

PACE_TAKES = 50  # the latest delivered takes that the pace is measured from
PACE_SECONDS = 60.0  # how long it is cached: other processes deliver takes, too

# Called once for each finished render with the times of its submission and its end. Not called for
# one that was given up and resumed later: its duration says nothing about Segmind.
OnRendered = Callable[[str, str], None]


class RequestLog:
    def __init__(self, store: Store, on_rendered: OnRendered | None = None) -> None:
        self._store = store
        self._on_rendered = on_rendered
        self._pace: Pace | None = None
        self._pace_until = 0.0

    @classmethod
    async def open(
        cls,
        location: Path | str,
        *,
        ensure_lease: Callable[[], Awaitable[None]] | None = None,
        on_rendered: OnRendered | None = None,
    ) -> Self:
        """Opens or creates the file, or the tables at a postgresql:// URL, and migrates them.

        On Postgres `ensure_lease` is awaited before each write, so that a host whose jobs others
        have taken over cannot write anymore.
        Raises ConfigurationError about DATA_DIR or DATABASE_URL if it cannot be used.
        """
        if isinstance(location, Path):
            return cls(open_sqlite(location), on_rendered)
        # Importing the driver takes 0.1 s, which only those who use Postgres should pay.
        from bot.storage.postgres import open_postgres

        return cls(await open_postgres(location, ensure_lease), on_rendered)

    @property
    def store(self) -> Store:
        return self._store

    async def close(self) -> None:
        await self._store.close()

    # --- requests -----------------------------------------------------------------------------

    async def add_request(
        self,
        request: Request,
        take: Take,
        *,
        reviewers: Rounds | None = None,
        rules: TakeRules | None = None,
    ) -> bool:
        """Adds a request with its first take. False: it is known; Slack sent the form twice.

        Raises TooManyUnfinished and OverLimit if the `rules` don't allow it.
        """
        async with self._store.transaction() as db:
            if not await db.execute(ADD_REQUEST, *request_row(request)):
                return False
            await add_take(
                db, take, request.channel_id, request.user_id, rules, reviewers=reviewers
            )
        return True

    async def request(self, request_id: str) -> Request:
        """Raises NotInLog."""
        return Request(**await one_row(self._store, "requests", request_id))

    async def set_card(self, posted: Request, ts: str) -> str:
        """Records the card of a request unless it has one. Returns the ts of the card that counts.

        Raises NotInLog, also if this request was withdrawn and its form was sent again meanwhile:
        that one may be for another channel.
        """
        async with self._store.transaction() as db:
            request = await one_row(db, "requests", posted.id, for_update=True)
            if request["created_at"] != posted.created_at:
                raise NotInLog("requests", posted.id)
            if request["card_ts"]:
                return str(request["card_ts"])
            await db.execute("UPDATE requests SET card_ts = ? WHERE id = ?", ts, posted.id)
            await add_event(db, "card", posted.id, "", "bot", {"card_ts": ts})
        return ts

    async def withdraw(self, request_id: str, why: str) -> None:
        """Deletes a request whose card could not be posted; an event keeps what it was.

        Raises WrongMove if a take of it has left the queue, and NotInLog.
        """
        async with self._store.transaction() as db:
            request = await one_row(db, "requests", request_id, for_update=True)
            takes = await takes_where(db, "request_id = ?", request_id, for_update=True)
            for take in takes:
                if take.state not in (State.ON_HOLD, State.QUEUED, State.CANCELLED):
                    raise WrongMove(f"a take that is {take.state} cannot be withdrawn")
            scripts = [take.parameters.prompt for take in takes]
            detail = {"why": why, "request": request, "scripts": scripts}
            await add_event(db, "withdrawn", request_id, "", request["user_id"], detail)
            await hold_messages.forget(db, request_id)
            takes_of = "(SELECT id FROM takes WHERE request_id = ?)"
            await db.execute(f"DELETE FROM sign_offs WHERE take_id IN {takes_of}", request_id)
            await db.execute("DELETE FROM reviewers WHERE request_id = ?", request_id)
            await db.execute("DELETE FROM takes WHERE request_id = ?", request_id)
            await db.execute("DELETE FROM requests WHERE id = ?", request_id)

    # --- takes --------------------------------------------------------------------------------

    async def add_take(
        self,
        take: Take,
        by: str = "bot",
        *,
        answers: Iterable[str] = (),
        reviewers: Rounds | None = None,
        instead_of: str = "",
        rules: TakeRules | None = None,
    ) -> bool:
        """Adds another take to a request. False: it is known.

        `answers`: ids of the notes that it addresses. `instead_of`: the id of a failed take, whose
        notes it addresses now. `reviewers`: None keeps those who are named already.
        Raises NotInLog if there is no such request, TooManyUnfinished and OverLimit.
        """
        async with self._store.transaction() as db:
            request = await one_row(db, "requests", take.request_id, for_update=True)
            channel_id = request["channel_id"]
            if instead_of and reviewers is None:
                reviewers = await rounds_named(db, await one_take(db, instead_of))
            await db.execute(REOPEN_NOTES, take.request_id)
            if not await add_take(db, take, channel_id, by, rules, reviewers=reviewers):
                return False
            for note_id in answers:
                await db.execute(ADDRESS_NOTE, take.id, note_id)
            if instead_of:
                await db.execute(TAKE_OVER_NOTES, take.id, instead_of)
        return True

    async def take(self, take_id: str) -> Take:
        """Raises NotInLog."""
        return await one_take(self._store, take_id)

    async def state_and_runs(self, take_id: str) -> tuple[State, int]:
        """Those two fields of a take, without the cost of reading all of it. Raises NotInLog."""
        rows = await self._store.query("SELECT state, runs FROM takes WHERE id = ?", take_id)
        if not rows:
            raise NotInLog("takes", take_id)
        return State(rows[0]["state"]), rows[0]["runs"]

    async def takes(self, request_id: str) -> list[Take]:
        """All takes of a request, the first one first."""
        return await takes_where(self._store, "request_id = ? ORDER BY number", request_id)

    async def latest_take(self, request_id: str) -> Take:
        """Raises NotInLog."""
        takes = await self.takes(request_id)
        if not takes:
            raise NotInLog("takes", request_id)
        return takes[-1]

    async def takes_in(self, states: Iterable[State], *, since: str = "") -> list[Take]:
        """Takes in one of `states` that were requested after `since`, the oldest first."""
        states = list(states)
        where = f"state IN {placeholders(states)} AND requested_at >= ? ORDER BY requested_at, id"
        return await takes_where(self._store, where, *states, since)

    async def matched_request_ids(self) -> frozenset[str]:
        """The ids of all Segmind requests that belong to a take or a Digital Twin."""
        rows = await self._store.query(
            "SELECT segmind_request_id FROM takes WHERE segmind_request_id <> ''"
            " UNION SELECT segmind_request_id FROM twins WHERE segmind_request_id <> ''"
        )
        return frozenset(row["segmind_request_id"] for row in rows)

    async def last_parameters(self, user_id: str) -> Parameters | None:
        """The parameters of the last delivered take that this person asked for.

        What Segmind refused is no default, and neither is what was cancelled, or a clip, or a twin
        that can't be used anymore.
        """
        last = await last_delivered(self._store, user_id)
        return await without_ended(self._store, last) if last else None

    async def move(
        self,
        take_id: str,
        new: State,
        *,
        by: str = "bot",
        expect: Container[State] | None = None,
        **changes: Any,
    ) -> Take:
        """Moves a take to the state `new` and sets the fields in `changes`, in one transaction.

        A step of a job may run twice, so a take may be moved to the state that it is in. Where
        only one of several processes may make the move, `expect` names the states to move from.
        Raises WrongMove, NotInLog, and AlreadyMatched for another take's `segmind_request_id`.
        """
        async with self._store.transaction() as db:
            before, take = await move_take(db, take_id, new, by, expect, changes)
            if new is State.DELIVERED:
                await second_rounds.owe_updates(db, take.request_id)
        if new is State.DELIVERED:
            self._pace = None
        if take.rendered_at and not (before.rendered_at or before.runs) and self._on_rendered:
            self._on_rendered(before.marked_at, take.rendered_at)
        return take

    async def replace(
        self,
        take_id: str,
        new_take: Take,
        *,
        by: str,
        expect: Container[State],
        why: str,
        rules: TakeRules | None = None,
    ) -> None:
        """Cancels a take, with `why` as its error, and adds `new_take`, in one transaction.

        Raises WrongMove, also if `new_take` is known, NotInLog, TooManyUnfinished and OverLimit.
        """
        async with self._store.transaction() as db:
            await replace_take(db, take_id, new_take, by=by, expect=expect, why=why, rules=rules)

    async def update(self, take_id: str, *, by: str = "bot", **changes: Any) -> Take:
        """Sets fields of a take, whatever its state. Raises NotInLog and AlreadyMatched."""
        async with self._store.transaction() as db:
            take = await one_take(db, take_id, for_update=True)
            changed = await change_take(db, take, take.state, by, changes)
        if "cost_usd" in changes:
            self._pace = None
        return changed

    # --- all of it ----------------------------------------------------------------------------

    async def pace(self, default: Pace) -> Pace:
        """What recent renders took and cost, as medians; `default` where too few are known.

        Cached, because every form asks for it and reading 50 takes costs 2 ms.
        """
        if self._pace is None or monotonic() > self._pace_until:
            delivered = "state = ? ORDER BY delivered_at DESC LIMIT ?"
            takes = await takes_where(self._store, delivered, State.DELIVERED, PACE_TAKES)
            self._pace, self._pace_until = measured(takes, default), monotonic() + PACE_SECONDS
        return self._pace

    async def trouble(self) -> str:
        """Why the log cannot be written to; "" if it can.

        Adds and deletes a pause in one transaction, which nobody else ever sees.
        """
        try:
            async with self._store.transaction(fail_fast=True) as db:
                await db.execute(ADD_PAUSE, "a probe", now(), now())
                await db.execute("DELETE FROM rests WHERE reason = ?", "a probe")
        except self._store.errors as error:
            return f"cannot be written to: {error}"
        return ""
