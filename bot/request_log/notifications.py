"""Notifications in the request log, so that of several processes one sends each of them, once.

    sending ──> sent
       └──────> not sent      sending failed: anybody may try again

If a process is killed while sending, another one tries again after `timeout_seconds`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import BotError, SlackUnavailable
from bot.request_log.statements import add_event
from bot.storage.store import Database, Row, Store

# The kinds of events, as the log has always had them.
SENDING, SENT, NOT_SENT = KINDS = "tells", "told", "not told"
REDRAWN = "redrawn"

# Called with the time of the first attempt if this is not the first: its message may be there.
# What it returns is kept with the notification.
Send = Callable[[datetime | None], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class Notification:
    """About a take, or about none. `detail` says which one it is, among others about the same."""

    detail: dict[str, Any]
    request_id: str = ""
    take_id: str = ""


class Notifications:
    def __init__(self, store: Store, timeout_seconds: float) -> None:
        """`timeout_seconds`: how long sending one message may take."""
        self._store = store
        self._timeout = timedelta(seconds=timeout_seconds)

    async def send_once(self, notification: Notification, send: Send) -> bool:
        """Calls `send`, unless it was sent already or is being sent. Returns whether it was sent.

        Raises the BotError that `send` raises, and SlackUnavailable after the timeout; then the
        next attempt may follow at once.
        """
        async with self._store.transaction() as db:
            await db.lock("telling")
            attempts = await _events(db, notification)
            if attempts and attempts[-1]["kind"] == SENT:
                return True
            if attempts and attempts[-1]["kind"] == SENDING and self._is_recent(attempts[-1]):
                return False
            await _add(db, SENDING, notification)
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                kept = await send(_time(attempts[0]) if attempts else None)
        except (BotError, TimeoutError) as error:
            async with self._store.transaction() as db:
                await _add(db, NOT_SENT, notification)
            raise SlackUnavailable if isinstance(error, TimeoutError) else error from None
        async with self._store.transaction() as db:
            await _add(db, SENT, replace(notification, detail=notification.detail | (kept or {})))
        return True

    async def sent_messages(self, **detail: Any) -> list[dict[str, Any]]:
        """The details of all notifications about no take that were sent and match, oldest first.

        A message that was redrawn since has a `shows`: see `record_redraw`.
        """
        events = await _events(self._store, Notification(detail), (SENT, REDRAWN))
        details = [json.loads(event["detail"]) for event in events]
        return list({message["ts"]: message for message in details if "ts" in message}.values())

    async def record_redraw(self, message: dict[str, Any], shows: str) -> None:
        """`message` is one of `sent_messages`; `shows` is what it shows now."""
        async with self._store.transaction() as db:
            await _add(db, REDRAWN, Notification(message | {"shows": shows}))

    def _is_recent(self, event: Row) -> bool:
        return datetime.now(UTC) - _time(event) < self._timeout


def _time(event: Row) -> datetime:
    return datetime.fromisoformat(event["at"])


async def _add(db: Database, kind: str, notification: Notification) -> None:
    await add_event(
        db, kind, notification.request_id, notification.take_id, "bot", notification.detail
    )


async def _events(
    db: Database, notification: Notification, kinds: Sequence[str] = KINDS
) -> list[Row]:
    sql = f"""SELECT at, kind, detail FROM events
        WHERE request_id = ? AND take_id = ? AND kind IN ({", ".join("?" * len(kinds))})
        ORDER BY seq"""
    rows = await db.query(sql, notification.request_id, notification.take_id, *kinds)
    return [row for row in rows if notification.detail.items() <= json.loads(row["detail"]).items()]
