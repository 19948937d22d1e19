"""`python -m bot log --unclaimed`: what Segmind charged that no take of the log owns.

It may be a submission whose answer was lost and that somebody rendered again, or another program
that uses the same key.
"""

import json
import sys
from datetime import UTC, datetime, timedelta

from bot.domain.text import cut, dollars
from bot.errors import ConfigurationError, SegmindError
from bot.request_log.log import RequestLog
from bot.segmind.client import HistoryRow, Segmind
from bot.settings.table import Settings

DAYS = 29  # a window of Segmind's history spans 31 at the most


async def run(settings: Settings, *, as_json: bool = False) -> int:
    """Prints the rows, newest first; 1 when Segmind did not answer, or not with all of them."""
    if not settings.database_url and not settings.log_path.exists():  # looking must not make one
        raise ConfigurationError(
            "DATA_DIR",
            f"names a folder with no request log in it, {settings.data_dir.absolute()}: no bot "
            "has run with it yet, or this was started in another folder than the bot.",
        )
    segmind = Segmind.of(settings)
    try:
        rows, is_whole = await segmind.look_back(datetime.now(UTC) - timedelta(days=DAYS))
    except SegmindError as error:
        print(f"avatar: {error.sentence}", file=sys.stderr)
        return 1
    finally:
        await segmind.close()
    claimed = await _claimed_ids(settings)  # after the history: what it has, a take may own by now
    unclaimed = [row for row in rows if row.request_id not in claimed]
    span = f"in the last {DAYS} days" if is_whole else f"since {_oldest(rows)}"
    print(_as_json(unclaimed) if as_json else _as_lines(unclaimed, span))
    if is_whole:
        return 0
    print(
        f"avatar: Segmind's history is too long: only what is there {span} was looked at.",
        file=sys.stderr,
    )
    return 1


async def _claimed_ids(settings: Settings) -> frozenset[str]:
    log = await RequestLog.open(settings.log_location)
    try:
        return await log.matched_request_ids()
    finally:
        await log.close()


def _as_lines(rows: list[HistoryRow], span: str) -> str:
    if not rows:
        return f"Every charge {span} belongs to a take."
    lines = [
        f"{_when(row):<16}  {row.status:<10}  "
        f"{dollars(row.cost_usd or 0):>8}  {row.request_id}  "
        f"{cut(str(row.body.get('prompt', '')), 40)}"
        for row in rows
    ]
    total = dollars(sum(row.cost_usd or 0 for row in rows))
    return "\n".join([*lines, "", f"{len(rows)} that no take owns, {total} {span}"])


def _when(row: HistoryRow) -> str:
    return f"{row.created_at:%Y-%m-%d %H:%M}" if row.created_at else "at no known time"


def _oldest(rows: list[HistoryRow]) -> str:
    times = [row.created_at for row in rows if row.created_at]
    return f"{min(times):%Y-%m-%d %H:%M} UTC" if times else "a time that it does not tell"


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
