"""What the log adds up to, for the metrics: one pass over the takes."""

from dataclasses import dataclass

from bot.domain.takes import PauseReason, State
from bot.storage.store import Statements

# May have been charged, and the true cost is not in: it counts as estimated.
UNSETTLED = "cost_usd IS NULL AND (submitted_at <> '' OR state = 'in_doubt')"
ADDED_UP = f"""
    SELECT state, count(*) AS many, min(requested_at) AS oldest, sum(cost_usd) AS charged,
        sum(CASE WHEN {UNSETTLED} THEN estimated_usd END) AS estimated
    FROM takes GROUP BY state"""


@dataclass(frozen=True, slots=True)
class Totals:
    """`oldest_queued`: when it was asked for, "" for none. `pause`: why nothing is submitted."""

    takes: dict[State, int]
    oldest_queued: str
    charged_usd: float
    estimated_usd: float
    pause: PauseReason | None


async def totals_of(db: Statements, pause: PauseReason | None) -> Totals:
    rows = {State(row["state"]): row for row in await db.query(ADDED_UP)}
    return Totals(
        takes={state: row["many"] for state, row in rows.items()},
        oldest_queued=rows[State.QUEUED]["oldest"] if State.QUEUED in rows else "",
        charged_usd=sum(row["charged"] or 0.0 for row in rows.values()),
        estimated_usd=sum(row["estimated"] or 0.0 for row in rows.values()),
        pause=pause,
    )
