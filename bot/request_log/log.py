"""The request log: what was asked for, what became of it, and what it cost, in one SQLite file.

Only this file and `migrations.py` know SQLite. Every public method is `async`, so that another
database can stand behind the same names. SQLite itself is called inline, without an `await` inside:
a transaction of some microseconds does not disturb the loop, and nothing of ours can come between
its statements. The connection belongs to the thread that opened it.
"""

import json
import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, Unpack

from sqlite_utils import Database

from bot.errors import ConfigurationError
from bot.request_log.migrations import REQUEST_LOG, open_database
from bot.request_log.pace import measured
from bot.request_log.rows import (
    ADD_EVENT,
    ADD_REQUEST,
    ADD_TAKE,
    TakeChanges,
    now,
    request_row,
    take_row,
    to_take,
)
from bot.takes import Pace, Parameters, Request, State, Take, WrongMove, check_move

COLUMNS = tuple(REQUEST_LOG)  # of `rows`
PACE_TAKES = 50  # so many delivered takes back


class NotInLog(LookupError):
    """There is no such request or take; `args` are what it is and its id."""


class AlreadyClaimed(ValueError):
    """Another take owns that Segmind request; `args` is its id."""


class RequestLog:
    """Requests, their takes, and every event; see `open`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or make the file, and bring its tables up to date.

        Raises ConfigurationError about DATA_DIR when the file cannot be used.
        """
        try:
            return cls(open_database(path))
        except (OSError, sqlite3.Error) as error:
            why = f"cannot hold the request log {path}: {error}."
            raise ConfigurationError("DATA_DIR", why) from None

    async def close(self) -> None:
        self._db.close()

    # -- requests and takes come and go

    async def add_request(self, request: Request, take: Take) -> bool:
        """Keep a request with its first take. False: it is there already, a resent submission."""
        with self._writing():
            if not self._db.execute(ADD_REQUEST, request_row(request)).rowcount:
                return False
            self._add(take, request.user_id)
        return True

    async def add_take(self, take: Take, by: str = "bot") -> bool:
        """Keep one more take of a request. False: it is there already.

        Raises NotInLog when there is no such request.
        """
        with self._writing():
            if self._select_takes("id = ?", take.id):
                return False
            self._one("requests", take.request_id)
            self._add(take, by)
        return True

    async def withdraw(self, request_id: str, why: str) -> None:
        """The card cannot be posted: forget a request of which nothing was sent; an event stays.

        Raises WrongMove when a take of it has left the queue, NotInLog when there is none.
        """
        with self._writing():
            request = self._one("requests", request_id)
            takes = self._select_takes("request_id = ?", request_id)
            for take in takes:
                if take.state not in (State.QUEUED, State.CANCELLED):
                    raise WrongMove(f"a take that is {take.state} cannot be withdrawn")
            detail = {
                "why": why,
                "request": request,
                "scripts": [t.parameters.prompt for t in takes],
            }
            self._event("withdrawn", request_id, "", request["user_id"], detail)
            self._db.execute("DELETE FROM takes WHERE request_id = ?", [request_id])
            self._db.execute("DELETE FROM requests WHERE id = ?", [request_id])

    async def set_card(self, request_id: str, ts: str) -> None:
        with self._writing():
            self._db.execute("UPDATE requests SET card_ts = ? WHERE id = ?", [ts, request_id])
            self._event("card", request_id, "", "bot", {"card_ts": ts})

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
        Raises WrongMove, NotInLog, and AlreadyClaimed for another take's `segmind_request_id`.
        """
        with self._writing():
            take = self._take(take_id)
            if expect is not None and take.state not in expect:
                raise WrongMove(f"the take is {take.state} by now, so it cannot become {new}")
            check_move(take.state, new)
            return self._change(take, new, by, changes)

    async def update(
        self, take_id: str, *, by: str = "bot", **changes: Unpack[TakeChanges]
    ) -> Take:
        """Set columns of a take in whatever state it is. Raises NotInLog and AlreadyClaimed."""
        with self._writing():
            take = self._take(take_id)
            return self._change(take, take.state, by, changes)

    async def event(
        self, kind: str, request_id: str, take_id: str = "", *, by: str = "bot", **detail: Any
    ) -> None:
        """Note that something happened which no column tells."""
        with self._writing():
            self._event(kind, request_id, take_id, by, detail)

    # -- questions

    async def request(self, request_id: str) -> Request:
        """Raises NotInLog."""
        return Request(**self._one("requests", request_id))

    async def take(self, take_id: str) -> Take:
        """Raises NotInLog."""
        return self._take(take_id)

    async def takes(self, request_id: str) -> list[Take]:
        """A request's takes in their order."""
        return self._select_takes("request_id = ? ORDER BY number", request_id)

    async def latest_take(self, request_id: str) -> Take:
        """Raises NotInLog."""
        takes = await self.takes(request_id)
        if not takes:
            raise NotInLog("takes", request_id)
        return takes[-1]

    async def takes_in(self, states: Iterable[State]) -> list[Take]:
        """Every take that is in one of `states`, the oldest first."""
        states = list(states)
        marks = ", ".join("?" * len(states))
        return self._select_takes(f"state IN ({marks}) ORDER BY requested_at, id", *states)

    async def unsettled(self) -> list[Take]:
        """Takes that have ended and were submitted, whose true cost is not in yet."""
        return self._select_takes(
            "segmind_request_id <> '' AND settled_at = '' AND state IN (?, ?, ?)",
            State.DELIVERED, State.FAILED, State.CANCELLED,
        )  # fmt: skip

    async def claimed(self, segmind_request_id: str) -> bool:
        """Does a take own that render?"""
        return bool(self._select_takes("segmind_request_id = ?", segmind_request_id))

    async def claimed_ids(self) -> frozenset[str]:
        """Every Segmind request that a take owns."""
        rows = self._query("SELECT segmind_request_id FROM takes WHERE segmind_request_id <> ''")
        return frozenset(row["segmind_request_id"] for row in rows)

    async def place_in_queue(self, take_id: str) -> int:
        """1 is next; 0 is not in the queue."""
        sql = """SELECT count(*) AS place FROM takes AS other JOIN takes AS mine ON mine.id = ?
            WHERE mine.state = 'queued' AND other.state = 'queued'
            AND (other.requested_at, other.id) <= (mine.requested_at, mine.id)"""
        return int(self._query(sql, take_id)[0]["place"])

    async def waiting(self) -> int:
        """How many takes are in the queue."""
        return self._db.table("takes").count_where("state = ?", [State.QUEUED])

    async def last_parameters(self, user_id: str) -> Parameters | None:
        """What a person chose the last time."""
        takes = self._select_takes(
            "request_id IN (SELECT id FROM requests WHERE user_id = ?)"
            " ORDER BY requested_at DESC, number DESC LIMIT 1",
            user_id,
        )
        return takes[0].parameters if takes else None

    async def accepted_names(self) -> tuple[frozenset[str], frozenset[str]]:
        """The avatars and the voices by name that delivered takes were made with."""
        delivered = "FROM takes WHERE state = 'delivered'"
        avatars = self._query(f"SELECT DISTINCT avatar AS name {delivered} AND avatar_id = ''")
        voices = self._query(
            f"SELECT DISTINCT voice AS name {delivered} AND voice_id = '' AND audio_url = ''"
        )
        return frozenset(row["name"] for row in avatars), frozenset(row["name"] for row in voices)

    async def pace(self, default: Pace) -> Pace:
        """What the last renders took and cost, as medians; `default` where too few are known."""
        takes = self._select_takes(
            "state = ? ORDER BY delivered_at DESC LIMIT ?", State.DELIVERED, PACE_TAKES
        )
        return measured(takes, default)

    async def rows(
        self, *, user: str | None = None, state: State | None = None, since: str | None = None
    ) -> list[dict[str, Any]]:
        """Rows of the view `request_log`, the oldest first; `since` is a time as of `now`."""
        asked = {"user_id = ?": user, "state = ?": state, "requested_at >= ?": since}
        asked = {sql: value for sql, value in asked.items() if value is not None}
        where, values = " AND ".join(asked) or "1 = 1", list(asked.values())
        view = self._db.view("request_log")
        return list(view.rows_where(where, values, order_by="requested_at, take_id"))

    async def events(self, request_id: str) -> list[dict[str, Any]]:
        """What happened to a request, in order; `detail` as it was given."""
        rows = self._query("SELECT * FROM events WHERE request_id = ? ORDER BY seq", request_id)
        return [{**row, "detail": json.loads(row["detail"])} for row in rows]

    # -- below here: SQL

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A write transaction. IMMEDIATE: what it reads cannot change before it writes."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self._db.commit()

    def _query(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return list(self._db.query(sql, values))

    def _one(self, table: str, row_id: str) -> dict[str, Any]:
        rows = self._query(f"SELECT * FROM {table} WHERE id = ?", row_id)
        if not rows:
            raise NotInLog(table, row_id)
        return rows[0]

    def _take(self, take_id: str) -> Take:
        return to_take(self._one("takes", take_id))

    def _select_takes(self, where: str, *values: Any) -> list[Take]:
        return [to_take(row) for row in self._query(f"SELECT * FROM takes WHERE {where}", *values)]

    def _add(self, take: Take, by: str) -> None:
        self._db.execute(ADD_TAKE, take_row(take))
        self._event("requested", take.request_id, take.id, by, {"number": take.number})

    def _change(self, take: Take, new: State, by: str, changes: TakeChanges) -> Take:
        changed = {k: v for k, v in changes.items() if v != getattr(take, k)}
        if new is not take.state:
            changed["state"] = new
        if not changed:
            return take
        columns = ", ".join(f"{name} = ?" for name in changed)
        try:
            values = [*changed.values(), take.id]
            self._db.execute(f"UPDATE takes SET {columns} WHERE id = ?", values)
        except sqlite3.IntegrityError:
            if "segmind_request_id" not in changed:
                raise
            raise AlreadyClaimed(changed["segmind_request_id"]) from None
        kind = "moved" if "state" in changed else "noted"
        self._event(kind, take.request_id, take.id, by, changed)
        return self._take(take.id)

    def _event(
        self, kind: str, request_id: str, take_id: str, by: str, detail: Mapping[str, Any]
    ) -> None:
        text = json.dumps(detail, ensure_ascii=False)
        self._db.execute(ADD_EVENT, (now(), request_id, take_id, kind, by, text))
