"""`python -m bot limits`: shows, sets and clears what may be spent."""

import argparse
import getpass
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.cli.log import log_exists
from bot.cli.table import column_widths, format_rows, one_line
from bot.cli.terminal import names_from_slack
from bot.domain.money.amounts import amount
from bot.domain.money.limits import EACH, Budget, Limits, Scope, parse_usd
from bot.domain.money.warnings import used_up
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import KINDS, LimitLog
from bot.request_log.money.spending import CHANNELS, USERS_OF_4K
from bot.settings.table import Settings

HELP = """\
examples:
  limits                               what is set, and what is left of it
  limits set workspace 200             $200 a month for all videos together
  limits set person 40                 $40 a month for each person
  limits set person 100 --id U012AB3CD   $100 for this person instead
  limits set channel 50                $50 a month for each channel
  limits set video 10                  $10 at most for one video
  limits set channels C012AB3CD C0…    the only channels where videos can be made
  limits set 4k U012AB3CD              who may use 4k, besides admins
  limits set 4k admins                 only admins
  limits clear person                  removes the limits of all people"""
NONE = "No limits are set. To set one: python -m bot limits set workspace 200"
COUNTS = (
    "Used is what was charged, plus estimates for what is under way or whose cost isn't known yet."
)
HAVE_IDS = {Scope.PERSON: "[UW]", Scope.CHANNEL: "[CGD]", CHANNELS: "[CGD]", USERS_OF_4K: "[UW]"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = HELP
    parser.add_argument("action", nargs="?", choices=("show", "set", "clear"), default="show")
    kinds = [*map(str, KINDS)]  # argparse shows what they are, not what they say
    parser.add_argument("kind", nargs="?", choices=kinds, help=", ".join(KINDS))
    parser.add_argument("values", nargs="*", metavar="value", help="an amount in $, or IDs")
    parser.add_argument("--id", default=None, help="of the one person or channel it is for")
    parser.set_defaults(fail=parser.error)


async def run(args: argparse.Namespace, settings: Settings) -> int:
    _check(args)
    if not log_exists(settings) and args.action == "show":  # opening it would create the file
        print(NONE)
        return 0
    log = await RequestLog.open(settings.log_location)
    limit_log = LimitLog(log.store, settings.budget_timezone)
    try:
        if args.action == "set":
            await _set(args, limit_log, settings)
        elif args.action == "clear":
            removed = await limit_log.clear(args.kind, by=_who(), subject=args.id)
            print("Cleared." if removed else "There was no such limit.")
        else:
            await _show(limit_log, settings)
    finally:
        await log.close()
    return 0


def _check(args: argparse.Namespace) -> None:
    """Ends the program with a sentence if the arguments don't fit together."""
    if args.action == "show":
        if args.kind or args.id:
            args.fail("show takes no kind of limit")
        return
    if not args.kind:
        args.fail(f"{args.action} needs a kind of limit: {', '.join(KINDS)}")
    if args.id is not None and args.kind not in (Scope.PERSON, Scope.CHANNEL):
        args.fail("--id is for a person's or a channel's budget")
    if args.action == "clear":
        if args.values:
            args.fail("clear takes no value")
        return
    ids = [] if args.id is None else [args.id]
    if args.kind in (CHANNELS, USERS_OF_4K):
        ids = [value for value in args.values if value != "admins"]
        if not args.values or (args.kind == CHANNELS and len(ids) < len(args.values)):
            args.fail("give the IDs of the channels" if args.kind == CHANNELS else
                      "give member IDs, or admins")  # fmt: skip
    elif len(args.values) != 1:
        args.fail("give one amount in $, such as 40")
    else:
        try:
            args.usd = parse_usd(args.values[0])
        except ValueError as error:
            args.fail(str(error))
    for one in ids:
        if not re.fullmatch(f"{HAVE_IDS[args.kind]}[A-Z0-9]{{2,}}", one):
            args.fail(f"“{one}” is not an ID such as {HAVE_IDS[args.kind][1]}012AB3CD")
    args.ids = ids


async def _set(args: argparse.Namespace, limit_log: LimitLog, settings: Settings) -> None:
    if args.kind in (CHANNELS, USERS_OF_4K):
        await limit_log.set_ids(args.kind, args.ids, by=_who())
        print("Set.")
        return
    subject = args.id or EACH
    await limit_log.set_usd(args.kind, args.usd, by=_who(), subject=subject)
    print("Set.")
    at = datetime.now(UTC)
    own = [
        budget
        for budget in await limit_log.budgets(at)
        if budget.scope == args.kind
        and budget.usd == args.usd
        and subject in (EACH, budget.subject)
    ]
    names = await names_from_slack(settings, [budget.subject for budget in own])
    if over := used_up(own, limit_log.month(at), names):
        print(over)


async def _show(limit_log: LimitLog, settings: Settings) -> None:
    limits = await limit_log.limits()
    if limits == Limits():
        print(NONE)
        return
    at = datetime.now(UTC)
    budgets = await limit_log.budgets(at)
    channels, people = sorted(limits.channels), sorted(limits.users_of_4k or ())
    ids = [*(budget.subject for budget in budgets), *channels, *people]
    names = await names_from_slack(settings, ids)
    if limits.budgets:
        rows = [(limit_log.month(at).name, "budget", "used", "left")]
        rows += [_row(budget, names) for budget in budgets]
        rows += [
            (f"each {scope}", amount(usd), "", "")
            for (scope, subject), usd in limits.budgets.items()
            if scope is not Scope.WORKSPACE and subject == EACH
        ]
        print(format_rows(rows, column_widths(rows)))
        print(f"\n{COUNTS}")
    if limits.video_usd is not None:
        print(f"One video: at most {amount(limits.video_usd)}")
    if limits.channels:
        print(f"Channels: only {', '.join(one_line(names.get(one, one)) for one in channels)}")
    if limits.users_of_4k is not None:
        allowed = [one_line(names.get(one, one)) for one in people]
        print(f"4k: only {', '.join([*allowed, 'admins'])}")


def _row(budget: Budget, names: Mapping[str, str]) -> tuple[str, str, str, str]:
    who = one_line(f"{budget.scope} {names.get(budget.subject, budget.subject)}")
    return (who, amount(budget.usd), amount(budget.used_usd), amount(budget.left_usd))


def _who() -> str:
    """Who changes a limit at the host: the user of the operating system."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container without a passwd entry
        return f"user {os.getuid()} (command line)"
