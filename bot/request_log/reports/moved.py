"""Takes that have come into a state lately."""

from collections.abc import Iterable

from bot.domain.takes import State, Take
from bot.request_log.statements import takes_where
from bot.storage.store import Database


async def moved_since(db: Database, states: Iterable[State], since: str) -> list[Take]:
    """Those that are in one of `states`, and have moved since then; the oldest first."""
    states = list(states)
    marks = ", ".join("?" * len(states))
    where = f"""state IN ({marks})
        AND id IN (SELECT take_id FROM events WHERE kind = 'moved' AND at >= ?)
        ORDER BY requested_at, id"""
    return await takes_where(db, where, *states, since)
