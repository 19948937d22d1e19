"""Reads and changes of single rows, to be combined in a transaction."""

import json
import logging
from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.money.limits import counted_usd
from bot.domain.parameters import Parameters
from bot.domain.reviewing.rounds import FIRST, Rounds
from bot.domain.reviews import script_sha256
from bot.domain.rights import approvers
from bot.domain.takes import (
    UNFINISHED,
    HoldReason,
    State,
    Take,
    WrongMove,
    check_move,
    waits_for_sign_off,
)
from bot.request_log.forgetting.begun import check_not_being_erased
from bot.request_log.money.spending import TakeRules, check
from bot.request_log.owed import hold_messages, later_takes
from bot.request_log.reviewing.before import follow_move, leave_out, name_others, rounds_named
from bot.request_log.rows import (
    ADD_EVENT,
    ADD_TAKE,
    CHANGEABLE,
    FINAL_PARAMETERS,
    NO_CLIP,
    TAKE_OVER_NOTES,
    now,
    say_once,
    take_row,
    timestamp,
    to_parameters,
    to_take,
)
from bot.request_log.twins.use import check_make
from bot.storage.store import Database, Row, Store, Transaction, UniqueViolation, placeholders

log = logging.getLogger(__name__)

# The kinds of events. Slack has given a channel a new id:
CHANNEL_CHANGED = "channel changed"
ASKED_TO_SIGN_OFF = "asked to sign off"
STATES = frozenset(State)
# The avatars or voices of delivered takes. From each name to the next one: an index is not read
# whole for a few names. One is "" where it was erased.
DELIVERED_NAMES = """
    WITH RECURSIVE names (name) AS (
        SELECT min({0}) FROM takes WHERE delivered_at <> '' AND {0} > ''
        UNION ALL SELECT (SELECT min({0}) FROM takes
            WHERE delivered_at <> '' AND {0} > names.name) FROM names WHERE name IS NOT NULL)
    SELECT name FROM names WHERE name IS NOT NULL"""


class NotInLog(LookupError):
    """There is no such row; `args` are the table and the id."""

    # Shown to whoever presses a button of a video that the log has lost.
    sentence = "This video is no longer in the bot's log. Make a new one with /avatar."


class AlreadyMatched(ValueError):
    """That Segmind request belongs to another take; `args` is the request's id."""


class TooManyUnfinished(ValueError):
    """One person would have more unfinished takes than they may; `args` is how many they may."""


async def one_row(db: Database, table: str, row_id: str, *, for_update: bool = False) -> Row:
    sql = f"SELECT * FROM {table} WHERE id = ?"
    rows = await db.query(sql, row_id, for_update=for_update)
    if not rows:
        raise NotInLog(table, row_id)
    return rows[0]


async def one_take(db: Database, take_id: str, *, for_update: bool = False) -> Take:
    return to_take(await one_row(db, "takes", take_id, for_update=for_update))


async def locked_take(db: Transaction, take_id: str) -> Take:
    """Its request is locked before it, as everywhere: its takes decide who reviews it."""
    sql = "SELECT * FROM requests WHERE id = (SELECT request_id FROM takes WHERE id = ?)"
    await db.query(sql, take_id, for_update=True)
    return await one_take(db, take_id, for_update=True)


async def takes_where(
    db: Database, where: str, *values: Any, for_update: bool = False
) -> list[Take]:
    rows = await db.query(f"SELECT * FROM takes WHERE {where}", *values, for_update=for_update)
    return [to_take(row) for row in rows if _has_state(row)]


def _has_state(row: Row) -> bool:
    if row["state"] in STATES:
        return True
    say_once(f"take {row['id'][:100]!r} has an unknown state and is left out: {row['state']!r}")
    return False


async def last_delivered(db: Database, user_id: str) -> Parameters | None:
    """The final parameters of the last take that this person asked for and that was delivered."""
    # With a `state`, SQLite would read all takes in it, which are everybody's.
    sql = f"""SELECT {FINAL_PARAMETERS} FROM takes
        WHERE requester_id = ? AND delivered_at <> '' AND {NO_CLIP}
        ORDER BY requested_at DESC, number DESC LIMIT 1"""
    rows = await db.query(sql, user_id)
    return to_parameters(rows[0]) if rows else None


async def count_at_segmind(db: Database, render_seconds: float) -> int:
    """How many takes were submitted and have no result yet.

    Segmind continues to render a take that was cancelled or is in doubt. It counts until
    `render_seconds` have passed, or until its cost is settled.
    """
    # Two counts, because the index alone answers the first, which may be of thousands.
    sql = """SELECT (SELECT count(*) FROM takes WHERE state IN (?, ?))
        + (SELECT count(*) FROM takes
            WHERE state IN (?, ?) AND marked_at > ? AND settled_at = '') AS many"""
    since = timestamp(datetime.now(UTC) - timedelta(seconds=render_seconds))
    unwatched = (State.CANCELLED, State.IN_DOUBT, since)
    rows = await db.query(sql, State.SUBMITTING, State.RENDERING, *unwatched)
    return int(rows[0]["many"])


async def add_take(
    db: Transaction,
    take: Take,
    channel_id: str,
    by: str,
    rules: TakeRules | None = None,
    *,
    reviewers: Rounds | None = None,
) -> bool:
    """False: it is known. `by`: who pressed the button, maybe an admin for its requester.

    `reviewers`: None keeps those who are named already.
    Raises TooManyUnfinished or OverLimit if the `rules` don't allow its requester to have it,
    TwinRefused if the person shown doesn't, and NotPossible while its requester is being erased.
    """
    if not await db.execute(ADD_TAKE, *take_row(take), counted_usd(take), channel_id):
        return False
    await check_not_being_erased(db, take.requester_id)
    await add_event(db, "requested", take.request_id, take.id, by, {"number": take.number})
    if rules:
        await check_make(db, take.parameters, channel_id, rules.stock_ids)
        requester_id = take.requester_id
        await db.lock(f"takes of {requester_id}")  # two at once don't count without each other
        if await count_unfinished(db, requester_id) > rules.max_unfinished:
            raise TooManyUnfinished(rules.max_unfinished)
        await check(db, take, channel_id, rules)
        if take.state is State.ON_HOLD and take.hold_reason == HoldReason.APPROVAL:
            await hold_messages.ask(db, take, approvers(rules.admin_user_ids, requester_id))
    if reviewers is not None:
        await name_others(db, take, reviewers)
    if rules and not rules.self_approval:
        await leave_out(db, take)
    if waits_for_sign_off(take):
        await ask_for_sign_off(db, take)
    return True


class _NotKept(Exception):
    """Ends a transaction that only tried something out."""


async def would_add_take(store: Store, take: Take, by: str, rules: TakeRules) -> bool:
    """What `add_take` would return, or raise, now. Nothing of it stays in the log."""
    added = False
    with suppress(_NotKept):
        async with store.transaction() as db:
            request = await one_row(db, "requests", take.request_id, for_update=True)
            added = await add_take(db, take, request["channel_id"], by, rules)
            raise _NotKept
    return added


async def count_unfinished(db: Database, user_id: str) -> int:
    """How many takes that this person asked for have not ended."""
    where = f"requester_id = ? AND state IN {placeholders(UNFINISHED)}"
    sql = f"SELECT count(*) AS many FROM takes WHERE {where}"
    return int((await db.query(sql, user_id, *UNFINISHED))[0]["many"])


async def move_take(
    db: Transaction,
    take_id: str,
    new: State,
    by: str,
    expect: Container[State] | None,
    changes: Mapping[str, Any],
) -> tuple[Take, Take]:
    """See `RequestLog.move`. Returns the take as it was and as it is now."""
    take = await locked_take(db, take_id)
    if expect is not None and take.state not in expect:
        raise WrongMove(f"the take is already {take.state}, so it cannot become {new}")
    check_move(take.state, new)
    if take.taken_down_by and new is not take.state:
        raise WrongMove(f"take {take_id} was taken down")
    if new is not take.state:
        log.info("%s -> %s", take.state, new)
    return take, await change_take(db, take, new, by, changes)


async def change_take(
    db: Database, take: Take, new: State, by: str, changes: Mapping[str, Any]
) -> Take:
    """Sets the state and fields of a take, with an event if anything is different then.

    Raises AlreadyMatched, and TypeError for a name that isn't a field, or one that never changes.
    """
    if wrong := changes.keys() - CHANGEABLE:
        raise TypeError(f"a take has no changeable field named {', '.join(sorted(wrong))}")
    changed = {name: value for name, value in changes.items() if value != getattr(take, name)}
    if new is not take.state:
        changed["state"] = new
    if not changed:
        return take
    columns = changed | _counted(take, replace(take, **changed))
    names = ", ".join(f"{name} = ?" for name in columns)
    try:
        await db.execute(f"UPDATE takes SET {names} WHERE id = ?", *columns.values(), take.id)
    except UniqueViolation:
        if "segmind_request_id" not in changed:
            raise
        raise AlreadyMatched(changed["segmind_request_id"]) from None
    if take.state in (State.ON_HOLD, State.IN_DOUBT) and new is not take.state:
        await hold_messages.update(db, take.id)
    await follow_move(db, take, new)
    await later_takes.follow_move(db, take, new)
    kind = "moved" if "state" in changed else "noted"
    await add_event(db, kind, take.request_id, take.id, by, changed)
    return await one_take(db, take.id)


def _counted(before: Take, after: Take) -> dict[str, float]:
    counts = counted_usd(after)
    return {} if counts == counted_usd(before) else {"counted_usd": counts}


async def replace_take(
    db: Transaction,
    take_id: str,
    new_take: Take,
    *,
    by: str,
    expect: Container[State],
    why: str,
    rules: TakeRules | None = None,
) -> None:
    """See `RequestLog.replace`."""
    request = await one_row(db, "requests", new_take.request_id, for_update=True)
    old, _ = await move_take(db, take_id, State.CANCELLED, by, expect, {"error": why})
    named = await rounds_named(db, old)
    if not await add_take(db, new_take, request["channel_id"], by, rules, reviewers=named):
        raise WrongMove(f"take {new_take.id} was already added")
    await db.execute(TAKE_OVER_NOTES, new_take.id, take_id)


async def ask_for_sign_off(db: Database, take: Take) -> None:
    """Its first reviewers are mentioned, and reminded from the next working day on."""
    sql = "UPDATE reviewers SET told_at = ? WHERE request_id = ? AND round = ?"
    await db.execute(sql, now(), take.request_id, FIRST)
    asked = await db.query(
        "SELECT user_id FROM reviewers WHERE request_id = ? AND round = ? AND away_at = ''"
        " ORDER BY user_id",
        take.request_id, FIRST,
    )  # fmt: skip
    who = {"user_ids": [row["user_id"] for row in asked]}
    await add_event(db, ASKED_TO_SIGN_OFF, take.request_id, take.id, "bot", who)
    sha256 = script_sha256(take.parameters.prompt)
    await hold_messages.owe_another(db, take, hold_messages.ASKED, sha256=sha256)


async def last_event(db: Database, request_id: str) -> int:
    """The number of the last event of a request: as long as it stays, nothing has changed."""
    [row] = await db.query("SELECT max(seq) AS seq FROM events WHERE request_id = ?", request_id)
    return row["seq"] or 0


async def add_event(
    db: Database, kind: str, request_id: str, take_id: str, by: str, detail: Mapping[str, Any]
) -> None:
    text = json.dumps(detail, ensure_ascii=False)
    await db.execute(ADD_EVENT, now(), request_id, take_id, kind, by, text)
