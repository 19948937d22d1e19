"""Takes that have ended lately, and for which something is left to do."""

from collections.abc import Iterable

from bot.domain.takes import State, Take
from bot.request_log.notifications import SENT
from bot.request_log.statements import takes_where
from bot.storage.store import Database, placeholders

ENDED = (State.DELIVERED, State.FAILED, State.CANCELLED)
UNTOLD = f"""requested_at >= ?
    AND (state IN ('failed', 'in_doubt') OR (state = 'delivered' AND next_step <> ''))
    AND NOT EXISTS (SELECT 1 FROM events WHERE take_id = takes.id AND kind = '{SENT}'
        AND detail = '{{"run": ' || runs || '}}')
    ORDER BY requested_at, id"""


async def moved_since(db: Database, states: Iterable[State], since: str) -> list[Take]:
    """Those that are in one of `states`, and have moved since then; the oldest first."""
    states = list(states)
    where = f"""state IN {placeholders(states)}
        AND id IN (SELECT take_id FROM events WHERE kind = 'moved' AND at >= ?)
        ORDER BY requested_at, id"""
    return await takes_where(db, where, *states, since)


async def unsettled(db: Database, since: str) -> list[Take]:
    """Those requested since then that have ended, and whose cost may still become known."""
    where = f"""state IN {placeholders(ENDED)} AND requested_at >= ? AND settled_at = ''
        AND (state = 'delivered' OR submitted_at <> '') ORDER BY requested_at, id"""
    return await takes_where(db, where, *ENDED, since)


async def failures_to_tell(db: Database, since: str) -> list[Take]:
    """Those requested since then that failed, or are in doubt, and whose requester wasn't told.

    What was delivered as a link has a next step if it couldn't be delivered as a file.
    """
    return await takes_where(db, UNTOLD, since)
