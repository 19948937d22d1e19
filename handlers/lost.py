"""What Segmind's history has: of a submission whose answer was lost, and of any take."""

from datetime import datetime, timedelta

from bot.parts import Parts
from bot.segmind.client import HistoryRow, find_lost
from bot.takes import Take

CLOCKS_APART = timedelta(minutes=2)  # Segmind's clock and ours


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
    """By its id; v1 gives none, so there by what was sent, and when. Raises as `lost_rows`."""
    if take.segmind_request_id:
        return await parts.segmind.history_row(take.segmind_request_id)
    rows = await lost_rows(parts, take)
    return rows[0] if len(rows) == 1 else None
