"""python -m bot run | work | check | log | demo."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from bot.cli import log as show_log
from bot.errors import ConfigurationError
from bot.monitoring import logs
from bot.process import shutdown
from bot.process.file_permissions import exposed, keep_new_files_private
from bot.settings.table import Settings, misspelled

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    args = parser().parse_args(words or ["--help"])
    keep_new_files_private()
    try:
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except ConfigurationError as error:
        slips = [slip.sentence for slip in misspelled()]
        print("\n".join(f"avatar: {said}" for said in (error.sentence, *slips)), file=sys.stderr)
        return 2
    except BrokenPipeError:  # `log | head`: https://docs.python.org/3/library/signal.html
        if args.run not in (_log, _check):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the exit
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m bot", description="Talking-avatar videos, made and reviewed in Slack."
    )
    commands = top.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="connect to Slack and render; until SIGTERM or Ctrl-C")
    run.add_argument(
        "--no-renders", action="store_true", help="only Slack; `work` renders, on Postgres"
    )
    run.set_defaults(run=_run)
    work = commands.add_parser("work", help="only render, beside `run`; needs DATABASE_URL")
    work.set_defaults(run=_work)
    check = commands.add_parser("check", help="is everything in place? with the fix for each row")
    check.set_defaults(run=_check)
    log = commands.add_parser("log", help="the request log: who asked for what, and its cost")
    show_log.add_arguments(log)
    log.add_argument(
        "--unclaimed", action="store_true", help="charges at Segmind that belong to no take"
    )
    log.set_defaults(run=_log)
    demo = commands.add_parser("demo", help="see it work with no account at all")
    demo.add_argument(
        "--once",
        metavar="SCRIPT",
        nargs="?",
        const="",
        help="play the story of one video, then end",
    )
    demo.add_argument("--port", type=int, default=8100, help="of the page; 8100 by default")
    demo.add_argument("--no-open", action="store_true", help="print the link only")
    demo.add_argument("--http", action="store_true", help="over signed HTTP, not Socket Mode")
    demo.add_argument(
        "--stand-ins", action="store_true", help="only the servers that stand in, until Ctrl-C"
    )
    demo.set_defaults(run=_demo)
    return top


def _run(args: argparse.Namespace) -> int:
    return _start(renders=not args.no_renders)


def _work(_args: argparse.Namespace) -> int:
    return _start(slack=False)


def _start(*, slack: bool = True, renders: bool = True) -> int:
    settings = Settings.from_env()
    if not (settings.database_url or (slack and renders)):
        raise ConfigurationError(
            "DATABASE_URL",
            "is missing: two processes share their work only through Postgres. "
            "Without it one process does all: python -m bot run.",
        )
    logs.set_up(settings.log_level, settings.secrets, settings.log_format)
    for slip in misspelled():
        log.warning("%s", slip.sentence)
    for path, fix in exposed(settings.data_dir):
        log.warning("others on this machine can read %s: %s", path, fix)
    return asyncio.run(_until_stopped(settings, slack=slack, renders=renders))


async def _until_stopped(settings: Settings, *, slack: bool, renders: bool) -> int:
    stopped = shutdown.on_signals()
    from bot import app  # takes half a second to import: only for those who need it

    await app.run(settings, stopped, slack=slack, renders=renders)
    return 0


def _check(_args: argparse.Namespace) -> int:
    from bot.cli import check

    return asyncio.run(check.run())


def _log(args: argparse.Namespace) -> int:
    if args.unclaimed:
        from bot.cli import charges

        return asyncio.run(charges.run(Settings.for_log(segmind=True), as_json=args.json))
    return asyncio.run(show_log.run(args, Settings.for_log()))


def _demo(args: argparse.Namespace) -> int:
    try:
        from bot.demo import live
    except ModuleNotFoundError as missing:
        print(f"avatar: the demo needs {missing.name}: run make demo", file=sys.stderr)
        return 2
    return asyncio.run(live.run(args))
