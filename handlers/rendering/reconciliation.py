"""What Segmind's history has: of a submission whose answer was lost, and of any take."""

from datetime import datetime, timedelta

from bot.domain.clocks import CLOCK_SKEW
from bot.domain.takes import State, Take
from bot.segmind.client import HistoryRow, match_submission
from bot.services import Services

LONGEST_WAIT = timedelta(days=2)  # in the queue


async def unmatched_rows(services: Services, take: Take) -> list[HistoryRow]:
    """Rows with this take's body, since its mark, that no other take owns; the oldest first.

    Raises SegmindUnavailable, RateLimited, KeyRefused.
    """
    marked_at = datetime.fromisoformat(take.marked_at)
    rows = await services.segmind.complete_history(marked_at - CLOCK_SKEW)
    claimed = await services.log.matched_request_ids()
    found = match_submission(rows, take.parameters.body(), marked_at, claimed)
    fitting = [row for row in rows if row.request_id in found and row.created_at]
    return sorted(fitting, key=lambda row: str(row.created_at))


async def history_row_of(services: Services, take: Take) -> HistoryRow | None:
    """By its id; v1 gives none, so there by what was sent, and when. Raises as `unmatched_rows`.

    Of several takes with the same body each has a row of its own, in their order.
    """
    if take.segmind_request_id:
        return await services.segmind.history_row(take.segmind_request_id)
    rows = await unmatched_rows(services, take)
    twins = await _twins(services, take)
    place = twins.index(take.id) if take.id in twins else len(rows)
    # More rows than takes: one of them was lost, and is somebody else's.
    return rows[place] if place < len(rows) <= len(twins) else None


async def _twins(services: Services, take: Take) -> list[str]:
    """The ids of all takes that may own one of `unmatched_rows`, in the order they were sent."""
    since = datetime.fromisoformat(take.marked_at) - CLOCK_SKEW
    takes = await services.log.takes_in(State, since=(since - LONGEST_WAIT).isoformat())
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
