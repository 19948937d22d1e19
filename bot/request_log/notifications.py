"""Notifications in the request log, so that of several processes one sends each of them, once.

    sending ──> sent
       └──────> not sent      sending failed: anybody may try again

If a process is killed while sending, another one tries again after `timeout_seconds`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import BotError, SlackUnavailable
from bot.request_log.rows import detail_of
from bot.request_log.statements import add_event
from bot.storage.store import Database, Row, Store, placeholders

# The kinds of events, as the log has always had them.
SENDING, SENT, NOT_SENT = KINDS = "tells", "told", "not told"
REDRAWN = "redrawn"

# Called with the time of the first attempt if this is not the first: its message may be there.
# What it returns is kept with the notification.
Kept = dict[str, Any] | None
Send = Callable[[datetime | None], Awaitable[Kept]]


@dataclass(frozen=True, slots=True)
class Notification:
    """About a take, or about none. `detail` says which one it is, among others about the same."""

    detail: dict[str, Any]
    request_id: str = ""
    take_id: str = ""


SendTogether = Callable[[Sequence[Notification], datetime | None], Awaitable[Kept]]


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

        async def send_it(new: Sequence[Notification], first: datetime | None) -> Kept:
            return await send(first)

        return await self.send_together([notification], send_it)

    async def send_together(
        self, notifications: Sequence[Notification], send: SendTogether
    ) -> bool:
        """The same for several in one message: `send` gets those that are still to be sent.

        All are about the same take, or about none. Returns whether all were sent.
        """
        new, is_done, first = [], True, None
        async with self._store.transaction() as db:
            await db.lock("telling")
            events = await _events(db, replace(notifications[0], detail={}))
            for notification in notifications:
                attempts = [event for event in events if _is_about(event, notification)]
                last = attempts[-1] if attempts else None
                if last and last["kind"] == SENDING and self._is_recent(last):
                    is_done = False
                elif not (last and last["kind"] == SENT):
                    new.append(notification)
                    first = first or (_time(attempts[0]) if attempts else None)
            await _add(db, SENDING, *new)
        if not new:
            return is_done
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                kept = await send(new, first) or {}
        except (BotError, TimeoutError) as error:
            async with self._store.transaction() as db:
                await _add(db, NOT_SENT, *new)
            raise SlackUnavailable if isinstance(error, TimeoutError) else error from None
        async with self._store.transaction() as db:
            await _add(db, SENT, *(replace(n, detail=n.detail | kept) for n in new))
        return is_done

    async def sent_messages(self, **detail: Any) -> list[dict[str, Any]]:
        """The details of all notifications about no take that were sent and match, oldest first.

        A message that was redrawn since has a `shows`: see `record_redraw`.
        """
        return [about[-1] for about in await self.sent_together(**detail)]

    async def sent_together(self, **detail: Any) -> list[list[dict[str, Any]]]:
        """The same, each message with all that it is about: the last one has its `shows`."""
        events = await _events(self._store, Notification(detail), (SENT, REDRAWN))
        messages: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            if "ts" in (one := detail_of(event)):
                messages.setdefault(one["ts"], []).append(one)
        return [*messages.values()]

    async def record_redraw(self, message: dict[str, Any], shows: str) -> None:
        """`message` is one of `sent_messages`; `shows` is what it shows now."""
        async with self._store.transaction() as db:
            await _add(db, REDRAWN, Notification(message | {"shows": shows}))

    def _is_recent(self, event: Row) -> bool:
        return datetime.now(UTC) - _time(event) < self._timeout


def _time(event: Row) -> datetime:
    return datetime.fromisoformat(event["at"])


async def _add(db: Database, kind: str, *notifications: Notification) -> None:
    for one in notifications:
        await add_event(db, kind, one.request_id, one.take_id, "bot", one.detail)


async def _events(
    db: Database, notification: Notification, kinds: Sequence[str] = KINDS
) -> list[Row]:
    sql = f"""SELECT at, kind, detail FROM events
        WHERE request_id = ? AND take_id = ? AND kind IN {placeholders(kinds)}
        ORDER BY seq"""
    rows = await db.query(sql, notification.request_id, notification.take_id, *kinds)
    return [row for row in rows if _is_about(row, notification)]


def _is_about(event: Row, notification: Notification) -> bool:
    return bool(notification.detail.items() <= detail_of(event).items())
