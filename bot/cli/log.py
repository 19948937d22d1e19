"""`python -m bot log`: the request log as a table, as JSON, or as CSV."""

import argparse
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any

from bot.cli import log_spend, log_tables
from bot.cli.terminal import names_from_slack, parse_since, parse_until, print_csv, print_json
from bot.domain.takes import State
from bot.domain.text import ids_in, with_names
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.request_log.reports import consents, log_rows, review_record
from bot.request_log.reports.log_rows import ASKED_AT, COUNTS_FROM, SPEND_COLUMNS
from bot.request_log.rows import timestamp
from bot.request_log.twins.spending import twin_rows
from bot.settings.table import Settings

Row = Mapping[str, Any]
SIZE_WITHOUT_TERMINAL = (160, 24)  # columns and lines: a file or a pipe gets all of the table
NAMED = ("user_id", "place", "requested_by")  # columns with IDs of people and channels
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
    # Opening it would create the file.
    log = await RequestLog.open(settings.log_location) if log_exists(settings) else None
    found = _found(args, settings, log)
    try:
        if args.json or args.csv:
            await (print_json(found) if args.json else print_csv(_columns(args), found))
        elif args.spend and (sums := [row async for row in found]):
            print(log_spend.format_table(sums, args.spend))
        elif args.spend or log is None or not await _print_table(args, settings, log):
            print(_nothing(args, settings))
    finally:
        if log:
            await log.close()
    return 0


async def _print_table(args: argparse.Namespace, settings: Settings, log: RequestLog) -> bool:
    """False: there is nothing to print. Reads the rows more than once, and so keeps only a few.

    With names in place of IDs, for people to read; --json and --csv have the IDs.
    """
    count, ids = 0, set[str]()
    found = partial(_found, args, settings, log)
    if _lists_newest(args) and not (args.review or args.consents):
        columns = log_tables.TAKE_COLUMNS
        found = partial(_each, await log_rows.newest_rows(log.store, NEWEST + 1, columns))
    async for row in found():
        count += 1
        ids.update(row[name] for name in NAMED if row.get(name))
        ids.update((row.get("channels") or "").split())
        ids.update(ids_in([row.get("note") or ""]))
    if not count and (args.review or args.consents):
        return False
    names = await names_from_slack(settings, sorted(ids))
    is_cut = _lists_newest(args) and count > NEWEST

    async def named() -> AsyncIterator[Row]:
        number = 0
        async for row in found():
            number += 1
            if not is_cut or number > count - NEWEST:
                yield _named(row, names)

    width = shutil.get_terminal_size(SIZE_WITHOUT_TERMINAL).columns
    if args.review or args.consents:
        table = log_tables.print_reviews if args.review else log_tables.print_consents
        await table(named, width)
    else:
        total = await log_tables.print_takes(named, width) if count else log_spend.Total()
        if not args.state:  # Digital Twins have other ones
            since = total.since if is_cut else args.since
            async for twin in twin_rows(log.store, user=args.user, since=since, until=args.until):
                total.add_twin(twin)
        if count:
            print()
        elif not total.twins:
            return False
        print(total)
    if is_cut:
        print(NEWEST_LISTED, file=sys.stderr)
    return True


def _named(row: Row, names: Mapping[str, str]) -> Row:
    named = {name: names.get(row[name], row[name]) for name in NAMED if name in row}
    note = {"note": with_names(row["note"], names)} if row.get("note") else {}
    if row.get("channels"):
        named["channels"] = " ".join(names.get(one, one) for one in row["channels"].split())
    return {**row, **named, **note}


def _lists_newest(args: argparse.Namespace) -> bool:
    """Whether people get the last ones alone. Programs get all, and so does who says which."""
    says_which = args.user or args.state or args.since or args.until
    return not (says_which or args.spend or args.json or args.csv)


def _columns(args: argparse.Namespace) -> Sequence[str]:
    others = review_record.COLUMNS if args.review else log_rows.COLUMNS
    others = consents.COLUMNS if args.consents else others
    return log_spend.COLUMNS if args.spend else others


async def _found(
    args: argparse.Namespace, settings: Settings, log: RequestLog | None
) -> AsyncIterator[Row]:
    if log is None:
        return
    rows = _rows(args, settings, log)
    if args.spend:
        rows = _sums(rows, args, settings)
    async for row in rows:
        yield row


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
    if args.spend:  # by the day of a budget, which may begin at another hour than UTC's
        since, until = (_local(time, settings.budget_timezone) for time in (since, until))
        time = COUNTS_FROM
    takes = log_rows.take_rows(
        log.store, user=args.user, state=args.state, since=since, until=until, time=time,
        columns=_columns_read(args),
    )  # fmt: skip
    if args.state or not args.spend:
        return takes
    return _both(takes, twin_rows(log.store, user=args.user, since=since, until=until))


def _columns_read(args: argparse.Namespace) -> Sequence[str]:
    if args.spend:
        return SPEND_COLUMNS
    return log_rows.COLUMNS if args.json or args.csv else log_tables.TAKE_COLUMNS


async def _each(rows: Sequence[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


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
