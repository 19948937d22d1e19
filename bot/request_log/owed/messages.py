"""Messages that the bot owes to a thread or a person: answers to notes, notices of decisions.

Whoever changes what a message should say counts up `wanted`, in the same transaction. `shown` is
the count that people see. While the two differ the message is missing or outdated, and some
process owes it, also after a restart. `tried` is the count that the last attempt was about to show:
if it isn't `shown`, Slack may have that message although it was never confirmed.

One process at a time works on a message. If it is killed, another one may after a while.
"""

import json
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any

from bot.request_log.owed.interruptions import Interruptions
from bot.request_log.rows import detail_of, now, say_once
from bot.storage.store import Database, Row, Store

INSERT = """
    INSERT INTO owed_messages
        (message_key, request_id, take_id, wanted, shown, tried, changed_at, busy_since, ts, detail)
    VALUES (?, ?, ?, ?, 0, ?, ?, '', '', ?)
    ON CONFLICT (message_key) DO """
OWE = f"""{INSERT} UPDATE SET wanted = owed_messages.wanted + 1,
        changed_at = excluded.changed_at, detail = excluded.detail"""
# What is deleted or corrected, which notifies nobody, is owed however old it is.
CORRECTIONS = "takedown.%", "share.%", "changes.%"
OWED = """
    SELECT message_key FROM owed_messages WHERE shown <> wanted AND (changed_at >= ?
        OR ts <> '' OR message_key LIKE ? OR message_key LIKE ? OR message_key LIKE ?)
    ORDER BY changed_at, message_key"""

REQUESTER = """
    SELECT requester_id AS user_id FROM owed_messages JOIN takes ON takes.id = take_id
    WHERE message_key = ? UNION ALL SELECT requested_by FROM twins WHERE id = ?"""

# How many parts a key has at least behind its first one: an ID, and whom it is for.
PARTS = {"hold": 2, "notice": 2, "round": 2, "twin": 3}

# What is behind the last dot of a key, which an index has: of a direct message, the person.
PERSON = "replace(message_key, rtrim(message_key, replace(message_key, '.', '')), '')"
LAST_DM = f"""
    SELECT detail FROM owed_messages WHERE {PERSON} = ? AND detail LIKE ?
    ORDER BY changed_at DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class OwedMessage:
    """One row. `ts`: of the message in the thread, if the log knows it."""

    message_key: str
    request_id: str
    take_id: str
    wanted: int
    shown: int
    tried: int
    changed_at: str
    busy_since: str
    ts: str
    detail: dict[str, Any]

    @property
    def is_owed(self) -> bool:
        return self.wanted != self.shown


@dataclass(frozen=True, slots=True)
class Shown:
    """What an attempt has led to. `count`: what people see now; None: all that was wanted.

    `detail`: what changes in the detail of the message.
    """

    ts: str = ""
    count: int | None = None
    detail: dict[str, Any] | None = None


async def owe(
    db: Database,
    message_key: str,
    request_id: str,
    take_id: str,
    *,
    detail: dict[str, Any] | None = None,
    may_be_there: bool = False,
) -> None:
    """Counts up `wanted`. `may_be_there`: an earlier version of the bot may have posted it."""
    text = json.dumps(detail or {}, ensure_ascii=False)
    await db.execute(OWE, message_key, request_id, take_id, 1, int(may_be_there), now(), text)


async def was_never_posted(db: Database, message_key: str, request_id: str, take_id: str) -> None:
    """Of a message that isn't wanted yet. Changes nothing if the log knows it."""
    await db.execute(f"{INSERT} NOTHING", message_key, request_id, take_id, 0, 0, now(), "{}")


async def outdate(db: Database, take_id: str, kind: str) -> None:
    """All messages of this kind about a take have to show something else.

    Of thousands that were outdated before they were sent, as after as many edits, there are none.
    """
    await db.execute(
        "UPDATE owed_messages SET wanted = wanted + 1, changed_at = ?"
        " WHERE take_id = ? AND message_key LIKE ? AND (ts <> '' OR wanted <> shown)",
        now(), take_id, f"{kind}.%",
    )  # fmt: skip


async def message(
    db: Database, message_key: str, *, for_update: bool = False
) -> OwedMessage | None:
    rows = await db.query(
        "SELECT * FROM owed_messages WHERE message_key = ?", message_key, for_update=for_update
    )
    return _message(rows[0]) if rows else None


async def move_channel(db: Database, request_id: str, old: str, new: str) -> None:
    """The key of an answer contains the id of its note, which begins with the channel's."""
    begins = f"note.{old}."
    await db.execute(
        "UPDATE owed_messages SET message_key = ? || substr(message_key, ?)"
        " WHERE request_id = ? AND substr(message_key, 1, ?) = ?",
        *(f"note.{new}.", len(begins) + 1, request_id, len(begins), begins),
    )


class OwedMessages:
    def __init__(self, store: Store, timeout_seconds: float, *, alone: bool) -> None:
        """`timeout_seconds`: how long one attempt may take; `alone` as in Interruptions."""
        self._store = store
        self._interruptions = Interruptions(timeout_seconds, alone=alone)
        self.errors = store.errors
        self.timeout = self._interruptions.timeout

    async def owe_once(
        self, message_key: str, request_id: str, take_id: str, detail: dict[str, Any]
    ) -> bool:
        """Returns False if it is owed already, and changes nothing then."""
        async with self._store.transaction() as db:
            await db.lock(f"owed {message_key}")  # of two at once, one owes it
            last = await message(db, message_key)
            if last and last.is_owed:
                return False
            await owe(db, message_key, request_id, take_id, detail=detail)
        return True

    async def keep(self, owed: OwedMessage, detail: dict[str, Any]) -> None:
        """Changes the detail of a message that is claimed, before an act that may be cut off."""
        text = json.dumps(owed.detail | detail, ensure_ascii=False)
        async with self._store.transaction() as db:
            await db.execute(
                "UPDATE owed_messages SET detail = ? WHERE message_key = ? AND busy_since = ?",
                text, owed.message_key, owed.busy_since,
            )  # fmt: skip

    async def keys(self, since: str, kinds: Container[str]) -> list[str]:
        """The messages of these kinds that are owed since then, and CORRECTIONS, the longest first.

        A kind is the first part of a key.
        """
        keys = [row["message_key"] for row in await self._store.query(OWED, since, *CORRECTIONS)]
        return [key for key in keys if key.partition(".")[0] in kinds and _is_whole(key)]

    async def is_there(self, message_key: str) -> bool:
        """Whether it was posted, as far as the log knows."""
        last = await message(self._store, message_key)
        return last is not None and bool(last.ts)

    async def requester_of(self, message_key: str) -> str:
        """Who has asked for the take or the Digital Twin that it is about; "" is not known."""
        twin_id = message_key.split(".")[1] if message_key.startswith("twin.") else ""
        rows = await self._store.query(REQUESTER, message_key, twin_id)
        return str(rows[0]["user_id"]) if rows else ""

    async def direct_channel(self, user_id: str) -> str:
        """The direct message with this person where the last one owed to them is, or ""."""
        rows = await self._store.query(LAST_DM, user_id, '%"channel_id": "D%')
        return str(detail_of(rows[0])["channel_id"]) if rows else ""

    async def claim(self, message_key: str) -> OwedMessage | None:
        """The message, for one process, until `settle` or `release`; `tried` is the attempt before.

        None: it isn't owed, or another process is at work on it.
        """
        async with self._store.transaction() as db:
            owed = await message(db, message_key, for_update=True)
            if owed is None or not owed.is_owed or owed.busy_since >= self._interruptions.before():
                return None
            busy_since = now()
            await db.execute(
                "UPDATE owed_messages SET busy_since = ?, tried = ? WHERE message_key = ?",
                busy_since, owed.wanted, message_key,
            )  # fmt: skip
            return replace(owed, busy_since=busy_since)

    async def settle(self, owed: OwedMessage, shown: Shown) -> bool:
        """Records what an attempt has led to. Returns whether the message is still owed."""
        count = owed.wanted if shown.count is None else shown.count
        async with self._store.transaction() as db:
            is_now = await message(db, owed.message_key, for_update=True)
            if is_now is None or is_now.busy_since != owed.busy_since:
                return False  # it took so long that another process has taken it over
            detail = json.dumps(is_now.detail | (shown.detail or {}), ensure_ascii=False)
            await db.execute(
                "UPDATE owed_messages SET shown = ?, tried = ?, ts = ?, detail = ?,"
                " busy_since = '' WHERE message_key = ?",
                count, count, shown.ts, detail, owed.message_key,
            )  # fmt: skip
            return is_now.wanted != count

    async def release(self, owed: OwedMessage) -> None:
        """After an attempt that failed: the next one may follow at once."""
        async with self._store.transaction() as db:
            await db.execute(
                "UPDATE owed_messages SET busy_since = '' WHERE message_key = ? AND busy_since = ?",
                owed.message_key, owed.busy_since,
            )  # fmt: skip


def _is_whole(key: str) -> bool:
    kind, *parts = key.split(".")
    if len(parts) >= PARTS.get(kind, 1):
        return True
    say_once(f"an owed message has an unknown key and is left out: {key[:100]!r}")
    return False


def _message(row: Row) -> OwedMessage:
    return OwedMessage(**{**row, "detail": detail_of(row)})
