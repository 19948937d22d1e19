"""`python -m bot log --unclaimed`: what Segmind charged that no take of the log owns.

It may be a submission whose answer was lost and that somebody rendered again, or another program
that uses the same key.
"""

import json
from datetime import UTC, datetime, timedelta

from bot.blocks.text import cut, dollars
from bot.errors import SegmindError
from bot.request_log.log import RequestLog
from bot.segmind.client import HistoryRow, Segmind
from bot.settings import Settings

DAYS = 29  # a window of Segmind's history spans 31 at the most


async def run(settings: Settings, *, as_json: bool = False) -> int:
    """Prints the rows, newest first; 1 when Segmind did not answer."""
    log = await RequestLog.open(settings.log_place)
    segmind = Segmind.of(settings)
    try:
        claimed = await log.claimed_ids()
        rows = await segmind.history(datetime.now(UTC) - timedelta(days=DAYS))
    except SegmindError as error:
        print(f"avatar: {error.sentence}")
        return 1
    finally:
        await segmind.close()
        await log.close()
    unclaimed = [row for row in rows if row.request_id not in claimed]
    print(_as_json(unclaimed) if as_json else _as_lines(unclaimed))
    return 0


def _as_lines(rows: list[HistoryRow]) -> str:
    if not rows:
        return f"Every charge of the last {DAYS} days belongs to a take."
    lines = [
        f"{row.created_at:%Y-%m-%d %H:%M}  {row.status:<10}  "
        f"{dollars(row.cost_usd or 0):>8}  {row.request_id}  "
        f"{cut(str(row.body.get('prompt', '')), 40)}"
        for row in rows
        if row.created_at
    ]
    total = dollars(sum(row.cost_usd or 0 for row in rows))
    return "\n".join(
        [*lines, "", f"{len(rows)} that no take owns, {total} in the last {DAYS} days"]
    )


def _as_json(rows: list[HistoryRow]) -> str:
    values = [
        {
            "request_id": row.request_id,
            "created_at": row.created_at.isoformat() if row.created_at else None,
            "status": row.status,
            "cost_usd": row.cost_usd,
            "request_body": row.body,
        }
        for row in rows
    ]
    return json.dumps(values, indent=2, ensure_ascii=False)
