"""What is asked of the request log; see `log.py` for what is written."""

import json
from collections.abc import Iterable
from typing import Any

from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.request_log.statements import NotInLog, at_segmind, one_row, one_take, takes_where
from bot.storage.store import Row, Store


class Questions:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def request(self, request_id: str) -> Request:
        """Raises NotInLog."""
        return Request(**await one_row(self._store, "requests", request_id))

    async def take(self, take_id: str) -> Take:
        """Raises NotInLog."""
        return await one_take(self._store, take_id)

    async def state_and_run(self, take_id: str) -> tuple[State, int]:
        """A take's state and its run: what each poll of it looks at. Raises NotInLog."""
        rows = await self._query("SELECT state, runs FROM takes WHERE id = ?", take_id)
        if not rows:
            raise NotInLog("takes", take_id)
        return State(rows[0]["state"]), rows[0]["runs"]

    async def takes(self, request_id: str) -> list[Take]:
        """A request's takes in their order."""
        return await self._takes("request_id = ? ORDER BY number", request_id)

    async def latest_take(self, request_id: str) -> Take:
        """Raises NotInLog."""
        takes = await self.takes(request_id)
        if not takes:
            raise NotInLog("takes", request_id)
        return takes[-1]

    async def takes_in(self, states: Iterable[State], *, since: str = "") -> list[Take]:
        """Every take in one of `states` that was asked for since then, the oldest first."""
        states = list(states)
        marks = ", ".join("?" * len(states))
        where = f"state IN ({marks}) AND requested_at >= ? ORDER BY requested_at, id"
        return await self._takes(where, *states, since)

    async def matched_request_ids(self) -> frozenset[str]:
        """Every Segmind request that a take owns."""
        rows = await self._query(
            "SELECT segmind_request_id FROM takes WHERE segmind_request_id <> ''"
        )
        return frozenset(row["segmind_request_id"] for row in rows)

    async def next_priority(self, user_id: str) -> int:
        """The `turn` of a person's next take: nobody's many stand before anybody's first."""
        sql = """SELECT count(*) + 1 AS turn FROM takes JOIN requests ON requests.id = request_id
            WHERE user_id = ? AND state IN (?, ?, ?, ?)"""
        unfinished = (State.QUEUED, State.SUBMITTING, State.RENDERING, State.DELIVERING)
        return int((await self._query(sql, user_id, *unfinished))[0]["turn"])

    async def at_segmind(self, render_seconds: float) -> int:
        """How many takes Segmind is at work on, where a render takes so long."""
        return await at_segmind(self._store, render_seconds)

    async def queue_position(self, take_id: str) -> int:
        """1 is next; 0 is not in the queue."""
        sql = """SELECT count(*) AS place FROM takes AS other JOIN takes AS mine ON mine.id = ?
            WHERE mine.state = 'queued' AND other.state = 'queued'
            AND (other.turn, other.requested_at, other.id)
                <= (mine.turn, mine.requested_at, mine.id)"""
        return int((await self._query(sql, take_id))[0]["place"])

    async def last_parameters(self, user_id: str) -> Parameters | None:
        """What a person chose the last time."""
        takes = await self._takes(
            "request_id IN (SELECT id FROM requests WHERE user_id = ?)"
            " ORDER BY requested_at DESC, number DESC LIMIT 1",
            user_id,
        )
        return takes[0].parameters if takes else None

    async def accepted_names(self) -> tuple[frozenset[str], frozenset[str]]:
        """The avatars and the voices by name that delivered takes were made with."""
        delivered = "FROM takes WHERE state = 'delivered'"
        avatars = await self._query(
            f"SELECT DISTINCT avatar AS name {delivered} AND avatar_id = ''"
        )
        voices = await self._query(
            f"SELECT DISTINCT voice AS name {delivered} AND voice_id = '' AND audio_url = ''"
        )
        return frozenset(row["name"] for row in avatars), frozenset(row["name"] for row in voices)

    async def rows(
        self, *, user: str | None = None, state: State | None = None, since: str | None = None
    ) -> list[dict[str, Any]]:
        """Rows of the view `request_log`, the oldest first; `since` is a time as of `now`."""
        asked = {"user_id = ?": user, "state = ?": state, "requested_at >= ?": since}
        asked = {sql: value for sql, value in asked.items() if value is not None}
        where = " AND ".join(asked) or "1 = 1"
        sql = f"SELECT * FROM request_log WHERE {where} ORDER BY requested_at, take_id"
        return await self._query(sql, *asked.values())

    async def events(self, request_id: str) -> list[dict[str, Any]]:
        """What happened to a request, in order; `detail` as it was given."""
        rows = await self._query(
            "SELECT * FROM events WHERE request_id = ? ORDER BY seq", request_id
        )
        return [{**row, "detail": json.loads(row["detail"])} for row in rows]

    async def _query(self, sql: str, *values: Any) -> list[Row]:
        return await self._store.query(sql, *values)

    async def _takes(self, where: str, *values: Any) -> list[Take]:
        return await takes_where(self._store, where, *values)
