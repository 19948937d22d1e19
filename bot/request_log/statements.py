"""What is read and written within a transaction of the request log: the SQL of single rows."""

import json
from collections.abc import Collection, Mapping
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.reviews import Reviewer
from bot.domain.takes import State, Take
from bot.request_log.rows import (
    ADD_EVENT,
    ADD_REVIEWER,
    ADD_TAKE,
    TakeChanges,
    now,
    take_row,
    timestamp,
    to_take,
)
from bot.storage.store import NotUnique, Row, Statements


class NotInLog(LookupError):
    """There is no such request or take; `args` are what it is and its id."""


class AlreadyMatched(ValueError):
    """Another take owns that Segmind request; `args` is its id."""


class NoRoom(Exception):
    """As many renders as may be are at Segmind."""


async def at_segmind(db: Statements, render_seconds: float) -> int:
    """How many takes were submitted and have no result yet.

    Segmind renders on what nobody follows: for as long as a render takes, or until it is settled.
    """
    # Two counts: the first, which may be of thousands, is answered by the index alone.
    sql = """SELECT (SELECT count(*) FROM takes WHERE state IN (?, ?))
        + (SELECT count(*) FROM takes
            WHERE state IN (?, ?) AND marked_at > ? AND settled_at = '') AS many"""
    since = timestamp(datetime.now(UTC) - timedelta(seconds=render_seconds))
    unfollowed = (State.CANCELLED, State.IN_DOUBT, since)
    return int((await db.query(sql, State.SUBMITTING, State.RENDERING, *unfollowed))[0]["many"])


async def one_row(db: Statements, table: str, row_id: str, *, lock: bool = False) -> Row:
    rows = await db.query(f"SELECT * FROM {table} WHERE id = ?", row_id, lock=lock)
    if not rows:
        raise NotInLog(table, row_id)
    return rows[0]


async def one_take(db: Statements, take_id: str, *, lock: bool = False) -> Take:
    return to_take(await one_row(db, "takes", take_id, lock=lock))


async def takes_where(db: Statements, where: str, *values: Any, lock: bool = False) -> list[Take]:
    rows = await db.query(f"SELECT * FROM takes WHERE {where}", *values, lock=lock)
    return [to_take(row) for row in rows]


async def add_take(db: Statements, take: Take, by: str) -> bool:
    if not await db.execute(ADD_TAKE, *take_row(take)):
        return False
    await add_event(db, "requested", take.request_id, take.id, by, {"number": take.number})
    return True


async def name_reviewers(db: Statements, request_id: str, user_ids: Collection[str]) -> None:
    """These, and nobody else; who was told already is not told again."""
    for row in await db.query("SELECT user_id FROM reviewers WHERE request_id = ?", request_id):
        if row["user_id"] not in user_ids:
            await db.execute(
                "DELETE FROM reviewers WHERE request_id = ? AND user_id = ?",
                request_id, row["user_id"],
            )  # fmt: skip
    for user_id in user_ids:
        await db.execute(ADD_REVIEWER, *astuple(Reviewer(request_id, user_id)))


async def change_take(
    db: Statements, take: Take, new: State, by: str, changes: TakeChanges
) -> Take:
    changed = {k: v for k, v in changes.items() if v != getattr(take, k)}
    if new is not take.state:
        changed["state"] = new
    if not changed:
        return take
    columns = ", ".join(f"{name} = ?" for name in changed)
    try:
        await db.execute(f"UPDATE takes SET {columns} WHERE id = ?", *changed.values(), take.id)
    except NotUnique:
        if "segmind_request_id" not in changed:
            raise
        raise AlreadyMatched(changed["segmind_request_id"]) from None
    kind = "moved" if "state" in changed else "noted"
    await add_event(db, kind, take.request_id, take.id, by, changed)
    return await one_take(db, take.id)


async def add_event(
    db: Statements, kind: str, request_id: str, take_id: str, by: str, detail: Mapping[str, Any]
) -> None:
    text = json.dumps(detail, ensure_ascii=False)
    await db.execute(ADD_EVENT, now(), request_id, take_id, kind, by, text)
