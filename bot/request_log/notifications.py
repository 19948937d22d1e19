"""Who was told what, in the request log: by one process at a time, and once.

    tells ──> told
      └─────> not told      the message did not go out: the next one may try

What stays at `tells` for longer than a message takes was cut off by a kill, and is told anew. How a
message looks by now stands in `redrawn`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import BotError, SlackUnavailable
from bot.request_log.statements import add_event
from bot.storage.store import Row, Statements, Store

TELLS, TOLD, NOT_TOLD = KINDS = "tells", "told", "not told"
REDRAWN = "redrawn"

# Called with the time of the first try when this is not the first: its message may be there.
# What it returns is kept with the news.
Tell = Callable[[datetime | None], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class Notification:
    """What is told, of a take or of none; `detail` tells it from other news of that."""

    detail: dict[str, Any]
    request_id: str = ""
    take_id: str = ""


class Notifications:
    def __init__(self, store: Store, longest_seconds: float) -> None:
        """`longest_seconds`: no process that lives is at one message for longer."""
        self._store = store
        self._longest = timedelta(seconds=longest_seconds)

    async def once(self, news: Notification, tell: Tell) -> bool:
        """Calls `tell`, unless it was told already or another one is at it; whether it is told now.

        What `tell` raises of ours passes through, and the next try may follow at once.
        """
        async with self._store.writing() as db:
            await db.one_at_a_time("telling")
            before = await _events(db, news)
            if before and before[-1]["kind"] == TOLD:
                return True
            if before and before[-1]["kind"] == TELLS and self._is_young(before[-1]):
                return False
            await _add(db, TELLS, news)
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                kept = await tell(_time(before[0]) if before else None)
        except (BotError, TimeoutError) as error:
            async with self._store.writing() as db:
                await _add(db, NOT_TOLD, news)
            raise SlackUnavailable if isinstance(error, TimeoutError) else error from None
        async with self._store.writing() as db:
            await _add(db, TOLD, replace(news, detail=news.detail | (kept or {})))
        return True

    async def told(self, **detail: Any) -> list[dict[str, Any]]:
        """The details of all news with these that were told, of no take, the oldest first.

        `shows` is among them where the message was redrawn.
        """
        events = await _events(self._store, Notification(detail), (TOLD, REDRAWN))
        details = [json.loads(event["detail"]) for event in events]
        return list({told["ts"]: told for told in details if "ts" in told}.values())

    async def redrawn(self, told: dict[str, Any], shows: str) -> None:
        async with self._store.writing() as db:
            await _add(db, REDRAWN, Notification(told | {"shows": shows}))

    def _is_young(self, event: Row) -> bool:
        return datetime.now(UTC) - _time(event) < self._longest


def _time(event: Row) -> datetime:
    return datetime.fromisoformat(event["at"])


async def _add(db: Statements, kind: str, news: Notification) -> None:
    await add_event(db, kind, news.request_id, news.take_id, "bot", news.detail)


async def _events(db: Statements, news: Notification, kinds: Sequence[str] = KINDS) -> list[Row]:
    sql = f"""SELECT at, kind, detail FROM events
        WHERE request_id = ? AND take_id = ? AND kind IN ({", ".join("?" * len(kinds))})
        ORDER BY seq"""
    rows = await db.query(sql, news.request_id, news.take_id, *kinds)
    return [row for row in rows if news.detail.items() <= json.loads(row["detail"]).items()]
