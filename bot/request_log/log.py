"""The request log: what was asked for, what became of it, and what it cost.

In one SQLite file, or in Postgres: `store.py` says what is asked of a database. The SQL is the same
text for both. Here stands what is written; in `questions.py` what is only read.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Container, Iterable
from pathlib import Path
from time import monotonic
from typing import Any, Self, Unpack

from bot.domain.estimates import Pace, measured
from bot.domain.takes import Request, State, Take, WrongMove, check_move
from bot.monitoring import metrics
from bot.request_log.pauses import PauseLog
from bot.request_log.queries import Questions
from bot.request_log.rows import (
    ADD_PAUSE,
    ADD_REQUEST,
    ANSWER_NOTE,
    TAKE_OVER,
    TakeChanges,
    now,
    request_row,
)
from bot.request_log.statements import (
    NoRoom,
    add_event,
    add_take,
    at_segmind,
    change_take,
    name_reviewers,
    one_row,
    one_take,
    takes_where,
)
from bot.request_log.totals import Totals, totals_of
from bot.storage.sqlite import open_sqlite
from bot.storage.sqlite_tables import REQUEST_LOG
from bot.storage.store import Statements, Store

log = logging.getLogger(__name__)

COLUMNS = tuple(REQUEST_LOG)  # of `rows`
PACE_TAKES = 50  # so many delivered takes back
PACE_SECONDS = 60.0  # other processes deliver, too


class RequestLog(Questions):
    """Requests, their takes, and every event; see `open`."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._pace: Pace | None = None
        self._pace_until = 0.0

    @classmethod
    async def open(
        cls, place: Path | str, *, ensure_lease: Callable[[], Awaitable[None]] | None = None
    ) -> Self:
        """Open or make the file, or the tables at a postgresql:// URL, and bring them up to date.

        On Postgres `certain` is awaited before each write: no host writes that others gave up.
        Raises ConfigurationError about DATA_DIR or DATABASE_URL when it cannot be used.
        """
        if isinstance(place, Path):
            return cls(open_sqlite(place))
        # The driver takes a tenth of a second to import: only for those who have a Postgres.
        from bot.storage.postgres import open_postgres

        return cls(await open_postgres(place, ensure_lease))

    @property
    def store(self) -> Store:
        return self._store

    async def close(self) -> None:
        await self._store.close()

    # -- requests and takes come and go

    async def add_request(
        self, request: Request, take: Take, *, reviewers: Collection[str] = ()
    ) -> bool:
        """Keep a request with its first take. False: it is there already, a resent submission."""
        async with self._store.writing() as db:
            if not await db.execute(ADD_REQUEST, *request_row(request)):
                return False
            await add_take(db, take, request.user_id)
            await name_reviewers(db, request.id, reviewers)
        return True

    async def add_take(
        self,
        take: Take,
        by: str = "bot",
        *,
        answers: Iterable[str] = (),
        reviewers: Collection[str] | None = None,
        instead_of: str = "",
    ) -> bool:
        """Keep one more take of a request. False: it is there already.

        `answers`: ids of notes; `instead_of`: the take that failed, whose notes it answers now;
        `reviewers`: None leaves who was named. Raises NotInLog when there is no such request.
        """
        async with self._store.writing() as db:
            await one_row(db, "requests", take.request_id, lock=True)
            if not await add_take(db, take, by):
                return False
            for note_id in answers:
                await db.execute(ANSWER_NOTE, take.id, note_id)
            if instead_of:
                await db.execute(TAKE_OVER, take.id, instead_of)
            if reviewers is not None:
                await name_reviewers(db, take.request_id, reviewers)
        return True

    async def withdraw(self, request_id: str, why: str) -> None:
        """The card cannot be posted: forget a request of which nothing was sent; an event stays.

        Raises WrongMove when a take of it has left the queue, NotInLog when there is none.
        """
        async with self._store.writing() as db:
            request = await one_row(db, "requests", request_id, lock=True)
            takes = await takes_where(db, "request_id = ?", request_id, lock=True)
            for take in takes:
                if take.state not in (State.QUEUED, State.CANCELLED):
                    raise WrongMove(f"a take that is {take.state} cannot be withdrawn")
            detail = {
                "why": why,
                "request": request,
                "scripts": [t.parameters.prompt for t in takes],
            }
            await add_event(db, "withdrawn", request_id, "", request["user_id"], detail)
            await db.execute("DELETE FROM reviewers WHERE request_id = ?", request_id)
            await db.execute("DELETE FROM takes WHERE request_id = ?", request_id)
            await db.execute("DELETE FROM requests WHERE id = ?", request_id)

    async def set_card(self, request_id: str, ts: str) -> str:
        """Keep where the card stands; the first one counts. Returns that one's ts; or NotInLog."""
        async with self._store.writing() as db:
            request = await one_row(db, "requests", request_id, lock=True)
            if request["card_ts"]:
                return str(request["card_ts"])
            await db.execute("UPDATE requests SET card_ts = ? WHERE id = ?", ts, request_id)
            await add_event(db, "card", request_id, "", "bot", {"card_ts": ts})
        return ts

    async def move(
        self,
        take_id: str,
        new: State,
        *,
        by: str = "bot",
        expect: Container[State] | None = None,
        **changes: Unpack[TakeChanges],
    ) -> Take:
        """Bring a take into the state `new` and set its columns, in one transaction.

        Staying in a state is no wrong move, because a step of a job may run again. Where only one
        of two processes may do it, `expect` names the states from which the move counts.
        Raises WrongMove, NotInLog, and AlreadyMatched for another take's `segmind_request_id`.
        """
        async with self._store.writing() as db:
            return await self._move(db, take_id, new, by, expect, changes)

    async def begin_submission(self, take_id: str, at_most: int, render_seconds: float) -> Take:
        """Opens the money window of a queued take, if fewer than `at_most` are `at_segmind`.

        The engine's queue holds that, too, but not after a restart: what was paid for has left it.
        Raises NoRoom, WrongMove, NotInLog.
        """
        async with self._store.writing() as db:
            await db.one_at_a_time("begin_submission")
            if await at_segmind(db, render_seconds) >= at_most:
                raise NoRoom
            mark: TakeChanges = {"marked_at": now()}
            return await self._move(db, take_id, State.SUBMITTING, "bot", [State.QUEUED], mark)

    async def replace(
        self, take_id: str, again: Take, *, by: str, expect: Container[State], why: str
    ) -> None:
        """Cancel a take, with `why`, and add the next one: both or neither, in one transaction.

        Raises WrongMove, also when that next take is there already, and NotInLog.
        """
        async with self._store.writing() as db:
            await one_row(db, "requests", again.request_id, lock=True)  # first, as in `withdraw`
            await self._move(db, take_id, State.CANCELLED, by, expect, {"error": why})
            if not await add_take(db, again, by):
                raise WrongMove(f"take {again.id} has been asked for already")
            await db.execute(TAKE_OVER, again.id, take_id)

    async def _move(
        self,
        db: Statements,
        take_id: str,
        new: State,
        by: str,
        expect: Container[State] | None,
        changes: TakeChanges,
    ) -> Take:
        take = await one_take(db, take_id, lock=True)
        if expect is not None and take.state not in expect:
            raise WrongMove(f"the take is {take.state} by now, so it cannot become {new}")
        check_move(take.state, new)
        if new is State.DELIVERED:
            self._pace = None
        # Not of one that was given up and looked at again: that says nothing of Segmind's pace.
        if (ended := changes.get("rendered_at")) and not take.rendered_at and not take.runs:
            metrics.observe_render(take.marked_at, ended)
        if new is not take.state:
            log.info("%s -> %s", take.state, new)
        return await change_take(db, take, new, by, changes)

    async def update(
        self, take_id: str, *, by: str = "bot", **changes: Unpack[TakeChanges]
    ) -> Take:
        """Set columns of a take in whatever state it is. Raises NotInLog and AlreadyMatched."""
        async with self._store.writing() as db:
            take = await one_take(db, take_id, lock=True)
            if "cost_usd" in changes:
                self._pace = None
            return await change_take(db, take, take.state, by, changes)

    async def event(
        self, kind: str, request_id: str, take_id: str = "", *, by: str = "bot", **detail: Any
    ) -> None:
        """Note that something happened which no column tells."""
        async with self._store.writing() as db:
            await add_event(db, kind, request_id, take_id, by, detail)

    # -- for those who watch over it

    async def trouble(self) -> str:
        """Why it cannot be written to; "" when it can: a rest begins and ends, unseen by all."""
        try:
            async with self._store.writing(hurried=True) as db:
                await db.execute(ADD_PAUSE, "a probe", now(), now())
                await db.execute("DELETE FROM rests WHERE reason = ?", "a probe")
        except self._store.errors as error:
            return f"cannot be written to: {error}"
        return ""

    async def totals(self) -> Totals | None:
        """What all takes add up to; None while the database does not answer."""
        try:
            rest = await PauseLog(self._store).current()
            return await totals_of(self._store, rest.reason if rest else None)
        except self._store.errors:
            return None

    async def pace(self, default: Pace) -> Pace:
        """What the last renders took and cost, as medians; `default` where too few are known.

        Kept for a while: everybody who opens the form asks, and 50 takes are 2 ms to read.
        """
        if self._pace is None or monotonic() > self._pace_until:
            takes = await self._takes(
                "state = ? ORDER BY delivered_at DESC LIMIT ?", State.DELIVERED, PACE_TAKES
            )
            self._pace, self._pace_until = measured(takes, default), monotonic() + PACE_SECONDS
        return self._pace
