"""`python -m bot log --unclaimed`: what Segmind charged for renders that belong to no take.

The answer to a submission may have been lost and the video rendered again, or another program uses
the same API key.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cli.log import log_exists
from bot.cli.table import cut, for_programs, one_line
from bot.cli.terminal import print_data, print_error
from bot.domain.money.amounts import charged
from bot.domain.text import as_csv, without_controls
from bot.errors import ConfigurationError, SegmindError
from bot.request_log.log import RequestLog
from bot.segmind.client import HISTORY_DAYS, HistoryRow, Segmind
from bot.settings.table import Settings

COLUMNS = ("request_id", "created_at", "status", "cost_usd", "request_body")


async def run(settings: Settings, args: argparse.Namespace) -> int:
    """Prints the charges, the latest first. 1 if Segmind did not answer, or not completely.

    `args`: since, until, json and csv, as in bot/cli/log.py.
    """
    if not log_exists(settings):  # opening it would create the file
        raise ConfigurationError(
            "DATA_DIR",
            f"is a folder without a request log: {settings.data_dir.absolute()}. Either no bot has "
            "used it yet, or you are not in the folder that the bot runs in.",
        )
    segmind = Segmind.from_settings(settings)
    try:
        first = datetime.now(UTC) - timedelta(days=HISTORY_DAYS)
        since = max(first, _time(args.since)) if args.since else first
        rows, is_complete = await segmind.available_history(since)
    except SegmindError as error:
        print_error(error.sentence)
        return 1
    finally:
        await segmind.close()
    # The log is read after the history, so that it knows every take that the history may have.
    matched = await _matched_request_ids(settings)
    until = _time(args.until) if args.until else None
    unmatched = [
        row for row in rows if row.request_id not in matched and _is_between(row, since, until)
    ]
    period = f"since {_oldest(rows)}"
    if is_complete:
        last_days = f"in the last {HISTORY_DAYS} days"
        period = last_days if since == first else f"since {since:%Y-%m-%d %H:%M} UTC"
    if until:
        period += f" until {until:%Y-%m-%d %H:%M} UTC"
    if args.json:
        print_data(_as_json(unmatched))
    elif args.csv:
        bodies = [
            {**row, "request_body": json.dumps(row["request_body"], ensure_ascii=False)}
            for row in _as_rows(unmatched)
        ]
        print_data(as_csv(COLUMNS, bodies))
    else:
        print(_as_lines(unmatched, period))
    if is_complete:
        return 0
    print(
        f"avatar: Segmind's history is too long: only charges {period} were checked.",
        file=sys.stderr,
    )
    return 1


async def _matched_request_ids(settings: Settings) -> frozenset[str]:
    log = await RequestLog.open(settings.log_location)
    try:
        return await log.matched_request_ids()
    finally:
        await log.close()


def _as_json(rows: list[HistoryRow]) -> str:
    text = json.dumps(_as_rows(rows), indent=2, ensure_ascii=False)
    return f"{without_controls(text)}\n"


def _as_lines(rows: list[HistoryRow], period: str) -> str:
    if not rows:
        return f"Every charge {period} belongs to a take."
    lines = [
        f"{_when(row):<16}  {row.status:<10}  "
        f"{charged(row.cost_usd) if row.cost_usd else '':>8}  {row.request_id}  "
        f"{cut(one_line(str(row.body.get('prompt', ''))), 40)}"
        for row in rows
    ]
    total = charged(sum(row.cost_usd or 0 for row in rows))
    return "\n".join([*lines, "", f"{len(rows)} without a take, {total} {period}"])


def _when(row: HistoryRow) -> str:
    return f"{row.created_at:%Y-%m-%d %H:%M}" if row.created_at else "unknown time"


def _oldest(rows: list[HistoryRow]) -> str:
    times = [row.created_at for row in rows if row.created_at]
    return f"{min(times):%Y-%m-%d %H:%M} UTC" if times else "an unknown time"


def _as_rows(rows: list[HistoryRow]) -> list[dict[str, Any]]:
    """COLUMNS of each."""
    return [
        for_programs({
            "request_id": row.request_id,
            "created_at": row.created_at.isoformat() if row.created_at else None,
            "status": row.status,
            "cost_usd": row.cost_usd,
            "request_body": row.body,
        })
        for row in rows
    ]  # fmt: skip


def _time(text: str) -> datetime:
    """A date without a time is in UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _is_between(row: HistoryRow, since: datetime, until: datetime | None) -> bool:
    """A charge of unknown time is never left out."""
    at = row.created_at
    return at is None or (at >= since and (until is None or at < until))
