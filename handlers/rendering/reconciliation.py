"""What Segmind's history has: of a submission whose answer was lost, and of any take."""

from datetime import datetime, timedelta

from bot.domain.takes import State, Take
from bot.segmind.client import HistoryRow, find_lost
from bot.services import Parts

CLOCKS_APART = timedelta(minutes=2)  # Segmind's clock and ours
LONGEST_WAIT = timedelta(days=2)  # in the queue


async def lost_rows(parts: Parts, take: Take) -> list[HistoryRow]:
    """Rows with this take's body, since its mark, that no other take owns; the oldest first.

    Raises SegmindUnavailable, RateLimited, KeyRefused.
    """
    marked_at = datetime.fromisoformat(take.marked_at)
    rows = await parts.segmind.history(marked_at - CLOCKS_APART)
    claimed = await parts.log.claimed_ids()
    found = find_lost(rows, take.parameters.body(), marked_at, claimed)
    fitting = [row for row in rows if row.request_id in found and row.created_at]
    return sorted(fitting, key=lambda row: str(row.created_at))


async def row_of(parts: Parts, take: Take) -> HistoryRow | None:
    """By its id; v1 gives none, so there by what was sent, and when. Raises as `lost_rows`.

    Of several takes with the same body each has a row of its own, in their order.
    """
    if take.segmind_request_id:
        return await parts.segmind.history_row(take.segmind_request_id)
    rows = await lost_rows(parts, take)
    twins = await _twins(parts, take)
    place = twins.index(take.id) if take.id in twins else len(rows)
    # More rows than takes: one of them was lost, and is somebody else's.
    return rows[place] if place < len(rows) <= len(twins) else None


async def _twins(parts: Parts, take: Take) -> list[str]:
    """The ids of the takes that may own one of `lost_rows`, this one too, as they were sent."""
    since = datetime.fromisoformat(take.marked_at) - CLOCKS_APART
    takes = await parts.log.takes_in(State, since=(since - LONGEST_WAIT).isoformat())
    body = take.parameters.body()
    twins = [
        other
        for other in takes
        if other.submitted_at
        and not other.segmind_request_id
        and datetime.fromisoformat(other.marked_at) >= since
        and other.parameters.body() == body
    ]
    return [twin.id for twin in sorted(twins, key=lambda twin: twin.marked_at)]
