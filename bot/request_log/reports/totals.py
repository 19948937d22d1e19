"""What all takes add up to, and which names worked: read in one pass over the takes."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.domain.money.limits import EACH, Budget, Scope
from bot.domain.money.months import Month, month_of
from bot.domain.takes import PauseReason, State
from bot.request_log.money.spending import read_limits, used_usd
from bot.request_log.queue import QueueLog
from bot.request_log.statements import DELIVERED_NAMES
from bot.storage.store import Database, Store

# It may have been charged, but Segmind's history has not confirmed it: the estimate counts.
UNSETTLED = "cost_usd IS NULL AND (submitted_at <> '' OR state = 'in_doubt')"
BY_STATE = f"""
    SELECT state, count(*) AS many, min(requested_at) AS oldest, sum(cost_usd) AS charged,
        sum(CASE WHEN {UNSETTLED} THEN estimated_usd END) AS estimated
    FROM takes GROUP BY state"""
ACCEPTED = f"""{DELIVERED_NAMES} AND EXISTS (SELECT 1 FROM takes
    WHERE {{0}} = name AND {{0}}_id = '' {{more}} AND delivered_at <> '')"""


@dataclass(frozen=True, slots=True)
class Totals:
    """`oldest_queued`: when it was requested, "" if none waits. `pause`: why the queue waits.

    `budget`: the workspace's for this month.
    """

    takes: dict[State, int]
    oldest_queued: str
    charged_usd: float
    estimated_usd: float
    pause: PauseReason | None
    budget: Budget | None


async def read_totals(store: Store, zone: tzinfo) -> Totals | None:
    """None while the database does not answer. `zone`: of the calendar month."""
    try:
        budget = await _workspace_budget(store, month_of(datetime.now(UTC), zone))
        pause = await QueueLog(store).current_pause()
        found = await store.query_aside(BY_STATE)
    except store.errors:
        return None
    rows = {State(row["state"]): row for row in found if row["state"] in set(State)}
    return Totals(
        takes={state: row["many"] for state, row in rows.items()},
        oldest_queued=rows[State.QUEUED]["oldest"] if State.QUEUED in rows else "",
        charged_usd=sum(row["charged"] or 0.0 for row in rows.values()),
        estimated_usd=sum(row["estimated"] or 0.0 for row in rows.values()),
        pause=pause.reason if pause else None,
        budget=budget,
    )


async def _workspace_budget(db: Database, month: Month) -> Budget | None:
    usd = (await read_limits(db)).budget(Scope.WORKSPACE, EACH)
    if usd is None:
        return None
    return Budget(Scope.WORKSPACE, EACH, usd, await used_usd(db, Scope.WORKSPACE, EACH, month))


async def accepted_names(db: Database) -> tuple[frozenset[str], frozenset[str]]:
    """The avatars and the voices that delivered takes were made with, by name."""
    avatars = await db.query(ACCEPTED.format("avatar", more=""))
    voices = await db.query(ACCEPTED.format("voice", more="AND audio_url = ''"))
    return frozenset(row["name"] for row in avatars), frozenset(row["name"] for row in voices)
