"""What counts toward the month's budgets, and the check before a take is written.

The check runs in the transaction that writes the take, under a lock, so that takes that are asked
for at the same moment, in any number of processes, never exceed a budget together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.money.amounts import ROUNDING
from bot.domain.money.limits import (
    EACH,
    Budget,
    LimitCheck,
    LimitResult,
    Limits,
    RequestedTake,
    Scope,
    check_limits,
    counted_usd,
    twin_over_budget,
)
from bot.domain.money.months import Month, month_of
from bot.domain.takes import State, Take
from bot.request_log.rows import NO_CLIP, timestamp
from bot.storage.store import Database, Transaction

# The kinds of limits, in the table `limits`. A budget's kind is its scope; its subject is a
# person's or channel's id, or "" for each.
VIDEO, CHANNELS, USERS_OF_4K = "video", "channels", "4k"

COLUMNS = {Scope.PERSON: "requester_id", Scope.CHANNEL: "channel_id"}
IN_MONTH = "requested_at >= ? AND requested_at < ?"
FOREVER = "9999"  # after every time of the log
# Takes of one person that failed or were cancelled within an hour. Most of them are free, and
# nothing else bounds them: MAX_UNFINISHED_TAKES is for those that have not ended.
MOST_IN_VAIN = 60
IN_VAIN = f"""SELECT count(*) AS many FROM takes
    WHERE requester_id = ? AND requested_at > ? AND state IN (?, ?) AND {NO_CLIP}"""


@dataclass(frozen=True, slots=True)
class TakeRules:
    """The settings that decide, with the limits in the log, whether a take may be written."""

    max_unfinished: int  # of one person
    zone: tzinfo  # of the calendar month
    admin_user_ids: Collection[str] = ()
    stock_ids: Collection[str] = ()  # HeyGen IDs that show nobody who has to be asked
    self_approval: bool = False  # whether requesters can approve their own


class OverLimit(ValueError):
    """A take was not written, because of `checked`."""

    def __init__(self, checked: LimitCheck) -> None:
        super().__init__(checked.sentence)
        self.checked = checked


class TooManyInVain(ValueError):
    """A take was not written: its requester has had MOST_IN_VAIN, which is `args`."""


async def check(db: Transaction, take: Take, channel_id: str, rules: TakeRules) -> None:
    """Raises OverLimit if this take, which was just written, exceeds a limit; and TooManyInVain.

    One on hold may cost too much, if there is an admin who can approve it in the end.
    """
    await _check_in_vain(db, take)
    checked = await limit_check_of(db, take, channel_id, rules)
    can_wait = take.state is State.ON_HOLD and bool(rules.admin_user_ids)
    is_held = can_wait and checked.result is LimitResult.NEEDS_APPROVAL
    if checked.result is not LimitResult.OK and not is_held:
        raise OverLimit(checked)


async def _check_in_vain(db: Database, take: Take) -> None:
    if take.is_clip:
        return
    since = timestamp(datetime.now(UTC) - timedelta(hours=1))
    states = State.FAILED, State.CANCELLED
    rows = await db.query(IN_VAIN, take.requester_id, since, *states)
    if rows[0]["many"] >= MOST_IN_VAIN:
        raise TooManyInVain(MOST_IN_VAIN)


async def limit_check_of(
    db: Transaction, take: Take, channel_id: str, rules: TakeRules
) -> LimitCheck:
    """What the limits say of this take, which is in the log; nothing else is counted meanwhile."""
    limits = await read_limits(db)
    if limits == Limits():
        return LimitCheck()
    await db.lock("budgets")
    month = month_of(datetime.fromisoformat(take.requested_at), rules.zone)
    mine = counted_usd(take)
    # Without this take.
    budgets = [
        Budget(budget.scope, budget.subject, budget.usd, budget.used_usd - mine)
        for budget in await budgets_of(db, limits, take.requester_id, channel_id, month)
    ]
    requested = RequestedTake(
        take.requester_id,
        channel_id,
        take.estimated_usd,
        take.final_parameters.resolution,  # nobody pays for a draft whose final they can't make
        is_file=take.audio is not None,
        is_admin=take.requester_id in rules.admin_user_ids,
        can_ask=bool(rules.admin_user_ids),
    )
    return check_limits(limits, requested, budgets, month)


async def check_twin(db: Transaction, user_id: str, usd: float, at: str, rules: TakeRules) -> None:
    """Raises OverLimit if a Digital Twin that this person asks for would exceed a budget."""
    limits = await read_limits(db)
    if not limits.budgets:
        return
    await db.lock("budgets")
    month = month_of(datetime.fromisoformat(at), rules.zone)
    for budget in await budgets_of(db, limits, user_id, "", month):
        if usd > budget.left_usd + ROUNDING:  # in whole cents, as its price is
            raise OverLimit(twin_over_budget(budget, usd, month))


async def read_limits(db: Database) -> Limits:
    """All limits that are set."""
    rows = await db.query("SELECT kind, subject, usd FROM limits")
    subjects = {
        kind: frozenset(row["subject"] for row in rows if row["kind"] == kind and row["subject"])
        for kind in (CHANNELS, USERS_OF_4K)
    }
    return Limits(
        budgets={
            (Scope(row["kind"]), row["subject"]): row["usd"]
            for row in rows
            if row["kind"] in set(Scope)
        },
        video_usd=next((row["usd"] for row in rows if row["kind"] == VIDEO), None),
        channels=subjects[CHANNELS],
        users_of_4k=(
            subjects[USERS_OF_4K] if any(row["kind"] == USERS_OF_4K for row in rows) else None
        ),
    )


async def follow_channel(db: Database, old: str, new: str) -> None:
    """The limits of a channel that has a new id in Slack."""
    for kind in (Scope.CHANNEL, CHANNELS):
        rows = await db.query("SELECT 1 FROM limits WHERE kind = ? AND subject = ?", kind, new)
        if rows:
            await db.execute("DELETE FROM limits WHERE kind = ? AND subject = ?", kind, old)
        else:
            sql = "UPDATE limits SET subject = ? WHERE kind = ? AND subject = ?"
            await db.execute(sql, new, kind, old)


async def budgets_of(
    db: Database, limits: Limits, user_id: str, channel_id: str, month: Month
) -> list[Budget]:
    """The budgets that limit what this person makes in this channel; channel "" is none."""
    found = []
    subjects = {Scope.WORKSPACE: EACH, Scope.PERSON: user_id, Scope.CHANNEL: channel_id}
    for scope, subject in subjects.items():
        usd = limits.budget(scope, subject)
        if usd is not None and (subject or scope is Scope.WORKSPACE):
            found.append(Budget(scope, subject, usd, await used_usd(db, scope, subject, month)))
    return found


async def used_usd(db: Database, scope: Scope, subject: str, month: Month) -> float:
    """What counts toward this budget in a month: a range of one index."""
    whose = f"{COLUMNS[scope]} = ? AND " if scope in COLUMNS else ""
    values = [subject] if scope in COLUMNS else []
    sql = f"SELECT sum(counted_usd) AS used FROM takes WHERE {whose}{IN_MONTH}"
    rows = await db.query(sql, *values, month.begins, month.ends)
    return float(rows[0]["used"] or 0.0) + await _used_for_twins(
        db, scope, subject, month.begins, month.ends
    )


async def _used_for_twins(
    db: Database, scope: Scope, subject: str, begins: str, ends: str
) -> float:
    """Digital Twins count from when they were asked for, and belong to no channel."""
    if scope is Scope.CHANNEL:
        return 0.0
    whose = "requested_by = ? AND " if scope is Scope.PERSON else ""
    values = [subject] if scope is Scope.PERSON else []
    sql = f"SELECT sum(counted_usd) AS used FROM twins WHERE {whose}{IN_MONTH}"
    rows = await db.query(sql, *values, begins, ends)
    return float(rows[0]["used"] or 0.0)


async def used_since(db: Database, begins: str) -> float:
    """What all takes requested since then count, in USD."""
    rows = await db.query(
        "SELECT sum(counted_usd) AS used FROM takes WHERE requested_at >= ?", begins
    )
    twins = await _used_for_twins(db, Scope.WORKSPACE, EACH, begins, FOREVER)
    return float(rows[0]["used"] or 0.0) + twins


async def used_by_each(db: Database, scope: Scope, month: Month) -> dict[str, float]:
    """The same for each person or channel that has used anything this month."""
    column = COLUMNS[scope]
    sql = f"""SELECT {column} AS subject, sum(counted_usd) AS used FROM takes
        WHERE {IN_MONTH} GROUP BY {column}"""
    rows = await db.query(sql, month.begins, month.ends)
    used = {row["subject"]: float(row["used"] or 0.0) for row in rows}
    if scope is Scope.PERSON:
        sql = f"SELECT DISTINCT requested_by AS subject FROM twins WHERE {IN_MONTH}"
        for row in await db.query(sql, month.begins, month.ends):
            subject = row["subject"]
            own = await _used_for_twins(db, scope, subject, month.begins, month.ends)
            used[subject] = used.get(subject, 0.0) + own
    return used


async def all_budgets(db: Database, limits: Limits, month: Month) -> list[Budget]:
    """Every budget as it stands: the workspace's, and those of people and channels.

    One that is for each is there once for everybody who has used some of it.
    """
    found = []
    for scope in Scope:
        own = {subject for at, subject in limits.budgets if at is scope}
        if not own:
            continue
        if scope is Scope.WORKSPACE:
            used = {EACH: await used_usd(db, scope, EACH, month)}
        else:
            used = dict.fromkeys(own - {EACH}, 0.0) | await used_by_each(db, scope, month)
        for subject, spent in sorted(used.items(), key=lambda one: -one[1]):
            if (usd := limits.budget(scope, subject)) is not None:
                found.append(Budget(scope, subject, usd, spent))
    return found
