"""`python -m bot log`: the request log as a table in the terminal, as JSON or as CSV."""

import argparse
import csv
import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.cli import log_reviews
from bot.cli.table import GAP, fit, one_line, width
from bot.domain.takes import State
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.request_log.reports import REVIEW_COLUMNS, TAKE_COLUMNS, review_rows, take_rows
from bot.request_log.rows import timestamp
from bot.settings.table import Settings

Row = Mapping[str, Any]
HEADERS = ("when (UTC)", "who", "state", "script", "avatar", "length", "cost", "take")
SCRIPT_LEAST = 16  # cells; where less is left, columns go, in this order
DISPENSABLE = ("avatar", "length", "take", "who")
NO_TERMINAL = (160, 24)  # columns, lines: into a file or a pipe all of the table fits
AVATAR_MOST = 20


def since(text: str) -> str:
    """`2026-11-01`, `7d` or `24h` as a time in the log's form."""
    if match := re.fullmatch(r"(\d{1,5})([dh])", text):
        span = int(match[1]) * timedelta(**{"days" if match[2] == "d" else "hours": 1})
        return timestamp(datetime.now(UTC) - span)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError("must look like 2026-11-01, 7d or 24h") from None


def member_id(text: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]+", text):
        raise argparse.ArgumentTypeError(
            "must be a member id such as U012AB3CD: in Slack open the profile, ⋮, Copy member ID"
        )
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every column, as a JSON array")
    form.add_argument("--csv", action="store_true", help="every column, as CSV")
    parser.add_argument(
        "--review", action="store_true", help="who decided what about which file, and when"
    )
    parser.add_argument(
        "--user", metavar="ID", type=member_id, help="only what this member asked for (U…)"
    )
    parser.add_argument(
        "--state", metavar="STATE", choices=[*map(str, State)], help=f"one of {', '.join(State)}"
    )
    parser.add_argument("--since", type=since, help="2026-11-01 (UTC), 7d or 24h")


async def run(args: argparse.Namespace, settings: Settings) -> int:
    rows: Sequence[Row] = ()
    columns = REVIEW_COLUMNS if args.review else TAKE_COLUMNS
    if not settings.database_url and not settings.data_dir.is_dir():
        raise ConfigurationError(
            "DATA_DIR",
            f"names a folder that is not there, {settings.data_dir.absolute()}: no bot has run "
            "with it yet, or this was started in another folder than the bot.",
        )
    if settings.database_url or settings.log_path.exists():  # looking must not make a file
        log = await RequestLog.open(settings.log_location)
        try:
            if args.review:
                rows = await review_rows(log.store, user=args.user, since=args.since)
            else:
                rows = await take_rows(
                    log.store, user=args.user, state=args.state, since=args.since
                )
        finally:
            await log.close()
    if args.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif args.csv:
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _no_formula(value) for name, value in row.items()} for row in rows)
    elif rows:
        drawn = log_reviews.table if args.review else table
        print(drawn(rows, shutil.get_terminal_size(NO_TERMINAL).columns))
    elif args.review:
        print("Nobody has decided about a take yet.")
    else:
        asked = args.user or args.state or args.since
        print(
            "Nothing in the log matches." if asked else "The log is empty: no video was asked for."
        )
    return 0


def _no_formula(value: Any) -> Any:
    """A spreadsheet would run a script that starts like a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value


def table(rows: Sequence[Row], cells: int) -> str:
    """The rows under their headers within `cells`, and a line with the money."""
    columns = [list(column) for column in zip(HEADERS, *map(_cells, rows), strict=True)]
    for name in DISPENSABLE:
        if _room(columns, cells) >= SCRIPT_LEAST:
            break
        columns = [column for column in columns if column[0] != name]
    widths = [max(map(width, column)) for column in columns]
    script = next(i for i, column in enumerate(columns) if column[0] == "script")
    widths[script] = max(min(widths[script], _room(columns, cells)), len("script"))
    lines = [
        GAP.join(fit(cell, room) for cell, room in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    ]
    return "\n".join([*lines, "", total(rows)])


def total(rows: Sequence[Row]) -> str:
    """What was charged, and an estimate of what is not known yet."""
    charged = sum(row["cost_usd"] or 0.0 for row in rows)
    # Nothing is charged for what was never submitted.
    sent = [r for r in rows if r["submitted_at"] or r["state"] == State.IN_DOUBT]
    open_ = [row for row in sent if row["cost_usd"] is None]
    takes = "1 take" if len(rows) == 1 else f"{len(rows)} takes"
    line = f"{takes}, ${charged:.2f} charged"
    if open_:
        guess = sum(row["estimated_usd"] or 0.0 for row in open_)
        line += f", ~${guess:.2f} more for {len(open_)} whose cost is not known yet"
    return line


def _cells(row: Row) -> tuple[str, ...]:
    cost, guess, seconds = row["cost_usd"], row["estimated_usd"], row["video_seconds"]
    return (
        row["requested_at"][:16].replace("T", " "),
        row["user_id"],
        row["state"],
        one_line(row["script"] or row["audio_url"]),
        fit(one_line(row["avatar"]), AVATAR_MOST).rstrip(),
        "" if seconds is None else "{}:{:02}".format(*divmod(round(seconds), 60)),
        f"${cost:.2f}" if cost is not None else f"~${guess:.2f}" if guess is not None else "",
        row["take_id"],
    )


def _room(columns: Sequence[Sequence[str]], cells: int) -> int:
    """The cells that are left for the script."""
    others = [max(map(width, column)) + len(GAP) for column in columns if column[0] != "script"]
    return cells - sum(others)
