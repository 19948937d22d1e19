"""`python -m bot log`: the request log as a table, as JSON, or as CSV."""

import argparse
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from bot.cli import log_spend, log_tables
from bot.cli.table import (
    GAP,
    column_widths,
    cut,
    display_width,
    format_rows,
    one_line,
)
from bot.cli.terminal import names_from_slack, parse_since, parse_until, print_csv, print_json
from bot.domain.money.amounts import charged, estimated
from bot.domain.takes import State, ended_free
from bot.domain.text import clock, ids_in, with_names
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.request_log.reports import consents, log_rows, review_record
from bot.request_log.reports.log_rows import ASKED_AT, COUNTS_FROM, SPEND_COLUMNS
from bot.request_log.rows import timestamp
from bot.request_log.twins.spending import twin_rows
from bot.settings.table import Settings

Row = Mapping[str, Any]
HEADERS = ("when (UTC)", "who", "state", "script", "avatar", "length", "cost", "take")
MIN_SCRIPT_WIDTH = 16
# Where the script would get less, these columns are left out, in this order.
OPTIONAL_COLUMNS = ("avatar", "length", "take", "who")
SIZE_WITHOUT_TERMINAL = (160, 24)  # columns and lines: a file or a pipe gets all of the table
MAX_AVATAR_WIDTH = MAX_NAME_WIDTH = 20
NEWEST = 1000  # are listed where nothing says which
NEWEST_LISTED = f"avatar: only the newest {NEWEST:,} are listed; --since 2026-01-01 lists more."


def parse_member_id(text: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]+", text):
        raise argparse.ArgumentTypeError(
            "must be a member ID such as U012AB3CD: in Slack, open the profile, ⋮, Copy member ID"
        )
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="every column, as a JSON array")
    output.add_argument("--csv", action="store_true", help="every column, as CSV")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--review",
        action="store_true",
        help="list the reviews: who was asked, and every note and decision with its file's hash",
    )
    instead.add_argument(
        "--spend",
        nargs="?",
        const="person",
        choices=("person", "channel", "month"),
        help="add up what was charged by person, channel or month",
    )
    instead.add_argument(
        "--consents", action="store_true", help="list who allowed which Digital Twin, and where"
    )
    instead.add_argument(
        "--unclaimed", action="store_true", help="list charges by Segmind that belong to no take"
    )
    parser.add_argument(
        "--user",
        metavar="ID",
        type=parse_member_id,
        help="only requests, or reviews, by this member",
    )
    parser.add_argument(
        "--state", metavar="STATE", choices=[*map(str, State)], help=f"one of {', '.join(State)}"
    )
    parser.add_argument(
        "--since",
        type=parse_since,
        help="2026-11-01, 7d or 24h; dates are in UTC, with --spend in BUDGET_TIMEZONE",
    )
    parser.add_argument("--until", type=parse_until, help="the same; a day is included")
    parser.set_defaults(fail=parser.error)


def check_filters(args: argparse.Namespace) -> None:
    """Ends the program with a sentence if a filter doesn't apply to what was asked for."""
    if args.unclaimed and (args.user or args.state):
        args.fail(
            "--user and --state don't apply to --unclaimed: these charges belong to no request"
        )
    if args.consents and args.state:
        args.fail("--state doesn't apply to --consents: use it for requests")
    if args.review and args.state:
        args.fail("--state doesn't apply to --review: use it for requests")
    if args.since and args.until and args.since >= args.until:
        args.fail("--until is before --since, so nothing would be listed")


async def run(args: argparse.Namespace, settings: Settings) -> int:
    check_filters(args)
    found = _found(args, settings)
    if args.json or args.csv:
        await (print_json(found) if args.json else print_csv(_columns(args), found))
    elif rows := [row async for row in found]:
        if args.spend:
            print(log_spend.format_table(rows, args.spend))
        else:
            is_cut = _lists_newest(args) and len(rows) > NEWEST
            rows = await _named(rows[is_cut:], settings)
            width = shutil.get_terminal_size(SIZE_WITHOUT_TERMINAL).columns
            table = log_tables.format_table if args.review else format_table
            print((log_tables.format_consents if args.consents else table)(rows, width))
            if not (args.review or args.consents):
                since = rows[0][ASKED_AT] if is_cut else args.since
                twins = await _twins(args, settings, since)
                print(f"\n{log_spend.summary(rows, twins)}")
            if is_cut:
                print(NEWEST_LISTED, file=sys.stderr)
    else:
        print(_nothing(args, settings))
    return 0


async def _twins(args: argparse.Namespace, settings: Settings, since: str | None) -> list[Row]:
    """What Digital Twins were charged; they have no state of a take."""
    if args.state:
        return []
    log = await RequestLog.open(settings.log_location)
    try:
        found = twin_rows(log.store, user=args.user, since=since, until=args.until)
        return [row async for row in found]
    finally:
        await log.close()


def _lists_newest(args: argparse.Namespace) -> bool:
    """Whether people get the last ones alone. Programs get all, and so does who says which."""
    says_which = args.user or args.state or args.since or args.until
    return not (says_which or args.spend or args.json or args.csv)


async def _named(rows: Sequence[Row], settings: Settings) -> list[Row]:
    """With names in place of IDs, for people to read; --json and --csv have the IDs."""
    shown = ("user_id", "place", "requested_by")
    ids = [row[name] for row in rows for name in shown if row.get(name)]
    ids += [one for row in rows for one in (row.get("channels") or "").split()]
    ids += ids_in(row.get("note") or "" for row in rows)
    names = await names_from_slack(settings, ids)
    return [
        {
            **row,
            **{name: names.get(row[name], row[name]) for name in shown if name in row},
            **({"note": with_names(row["note"], names)} if row.get("note") else {}),
            **({"channels": _channels(row["channels"], names)} if row.get("channels") else {}),
        }
        for row in rows
    ]


def _channels(ids: str, names: Mapping[str, str]) -> str:
    return " ".join(names.get(one, one) for one in ids.split())


def _columns(args: argparse.Namespace) -> Sequence[str]:
    others = review_record.COLUMNS if args.review else log_rows.COLUMNS
    others = consents.COLUMNS if args.consents else others
    return log_spend.COLUMNS if args.spend else others


async def _found(args: argparse.Namespace, settings: Settings) -> AsyncIterator[Row]:
    if not log_exists(settings):  # opening it would create the file
        return
    log = await RequestLog.open(settings.log_location)
    try:
        rows = _rows(args, settings, log)
        if args.spend:
            rows = _sums(rows, args, settings)
        async for row in rows:
            yield row
    finally:
        await log.close()


async def _sums(
    rows: AsyncIterator[Row], args: argparse.Namespace, settings: Settings
) -> AsyncIterator[Row]:
    sums = await log_spend.grouped(rows, args.spend, settings.budget_timezone)
    names = await names_from_slack(settings, [] if args.spend == "month" else filter(None, sums))
    for row in log_spend.named_rows(sums, args.spend, names):
        yield row


def _rows(args: argparse.Namespace, settings: Settings, log: RequestLog) -> AsyncIterator[Row]:
    since, until, time = args.since, args.until, ASKED_AT
    if args.consents:
        return consents.consent_rows(log.store, user=args.user, since=since, until=until)
    if args.review:
        return review_record.each_row(log.store, user=args.user, since=since, until=until)
    if _lists_newest(args):
        return log_rows.newest_rows(log.store, NEWEST + 1)
    if args.spend:  # by the day of a budget, which may begin at another hour than UTC's
        since, until = (_local(time, settings.budget_timezone) for time in (since, until))
        time = COUNTS_FROM
    takes = log_rows.take_rows(
        log.store, user=args.user, state=args.state, since=since, until=until, time=time,
        columns=SPEND_COLUMNS if args.spend else log_rows.COLUMNS,
    )  # fmt: skip
    if args.state or not args.spend:
        return takes
    return _both(takes, twin_rows(log.store, user=args.user, since=since, until=until))


async def _both(*kinds: AsyncIterator[Row]) -> AsyncIterator[Row]:
    for rows in kinds:
        async for row in rows:
            yield row


def _local(time: str | None, zone: tzinfo) -> str | None:
    """A date in this time zone as a time of the log; times stay."""
    if time is None or "T" in time:
        return time
    return timestamp(datetime.fromisoformat(time).replace(tzinfo=zone).astimezone(UTC))


def _nothing(args: argparse.Namespace, settings: Settings) -> str:
    if args.user or args.state or args.since or args.until:
        what = "review" if args.review else "consent" if args.consents else "request"
        return f"No {what} matches."
    if args.consents:
        return "Nobody has been asked for a Digital Twin yet."
    if args.review:
        return "No take has been reviewed yet."
    if log_exists(settings):
        return "The log is empty: nobody has requested a video yet."
    return f"There is no log yet: the bot has never run with {settings.data_dir.absolute()}."


def log_exists(settings: Settings) -> bool:
    """Raises ConfigurationError if the folder is missing, or this user may not look into it."""
    if settings.database_url:
        return True
    try:
        if not settings.data_dir.is_dir():
            raise ConfigurationError(
                "DATA_DIR",
                f"points to a folder that doesn't exist: {settings.data_dir.absolute()}. Either "
                "the bot has not run yet, or it runs in a different folder from this one.",
            )
        return settings.log_path.exists()
    except OSError as error:
        raise ConfigurationError("DATA_DIR", f"can't be read: {error.strerror}.") from None


def format_table(takes: Sequence[Row], width: int) -> str:
    """The takes under their headers, within `width` cells."""
    columns = [list(column) for column in zip(HEADERS, *map(_cells, takes), strict=True)]
    for name in OPTIONAL_COLUMNS:
        if _left_for_script(columns, width) >= MIN_SCRIPT_WIDTH:
            break
        columns = [column for column in columns if column[0] != name]
    rows = [*zip(*columns, strict=True)]
    widths = column_widths(rows)
    script = next(i for i, column in enumerate(columns) if column[0] == "script")
    widths[script] = max(min(widths[script], _left_for_script(columns, width)), len("script"))
    return format_rows(rows, widths)


def _cells(take: Row) -> tuple[str, ...]:
    cost, estimate, seconds = take["cost_usd"], take["estimated_usd"], take["video_seconds"]
    if ended_free(take["state"], cost, take["submitted_at"], take["marked_at"]):
        cost_text = ""
    elif cost is not None:
        cost_text = charged(cost)
    else:
        cost_text = "" if estimate is None else f"~{estimated(estimate)}"
    return (
        take["asked_at"][:16].replace("T", " "),
        cut(one_line(take["user_id"]), MAX_NAME_WIDTH),
        take["state"],
        one_line(take["script"] or take["audio_name"] or take["audio_url"]),
        cut(one_line(take["twin_name"] or take["avatar"]), MAX_AVATAR_WIDTH),
        "" if seconds is None else clock(seconds),
        cost_text,
        take["take_id"],
    )


def _left_for_script(columns: Sequence[Sequence[str]], width: int) -> int:
    others = [column for column in columns if column[0] != "script"]
    return width - sum(max(map(display_width, column)) + len(GAP) for column in others)
