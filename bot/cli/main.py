"""python -m bot run | work | check | log | limits | casting | erase | demo."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bot.cli import limits as limits_command
from bot.cli import log as log_command
from bot.cli import terminal
from bot.cli.table import printable
from bot.errors import ConfigurationError
from bot.monitoring import logs
from bot.process import shutdown
from bot.process.clock import Clock
from bot.process.file_permissions import exposed, keep_new_files_private
from bot.process.open_files import allow_more_open_files
from bot.settings.env_file import ENV_FILE
from bot.settings.misspelled import misspelled
from bot.settings.table import Settings

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None, *, clock: Clock | None = None) -> int:
    """Runs one command and returns its exit code. `clock` is for the demo's faster bot."""
    terminal.prepare()
    _have_a_home()
    words = sys.argv[1:] if arguments is None else arguments
    args = parser().parse_args(words or ["--help"])
    args.clock = clock
    keep_new_files_private()
    try:
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except ConfigurationError as error:
        typos = [] if error.setting == ENV_FILE else misspelled()  # which reads that file, too
        for sentence in (error.sentence, *(typo.sentence for typo in typos)):
            terminal.print_error(sentence)
        return 2
    except BrokenPipeError:  # `log | head`
        if args.run in (_run, _work):
            raise
        terminal.discard_output()
        return 1
    except OSError as error:
        if args.run in (_run, _work) or error.errno not in terminal.WRITE_ERRORS:
            raise
        print(f"avatar: the output can't be written: {error.strerror}.", file=sys.stderr)
        terminal.discard_output()
        return 1
    except KeyboardInterrupt:
        return 130


def _have_a_home() -> None:
    """Slack's library asks for the home folder while it is imported, and fails if there is none.

    A container may run as a user that isn't in its /etc/passwd.
    """
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/nonexistent"  # as Debian has it for users without one


class Parser(argparse.ArgumentParser):
    """What is quoted in its errors commands no terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def parser() -> argparse.ArgumentParser:
    top = Parser(
        prog="python -m bot", description="Talking-avatar videos, made and reviewed in Slack."
    )
    commands = top.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="run the bot until SIGTERM or Ctrl-C")
    run.add_argument(
        "--no-renders",
        action="store_true",
        help="leave the rendering to `work`; needs DATABASE_URL",
    )
    run.set_defaults(run=_run)
    work = commands.add_parser("work", help="only render videos; needs DATABASE_URL")
    work.set_defaults(run=_work)
    check = commands.add_parser("check", help="check the setup and say how to fix it")
    check.set_defaults(run=_check)
    log = commands.add_parser("log", help="list the requests: who asked for what, and what it cost")
    log_command.add_arguments(log)
    log.set_defaults(run=_log)
    erase = commands.add_parser("erase", help="forget a person: their words, and who they are")
    erase.add_argument(
        "user_id", metavar="ID", type=log_command.parse_member_id, help="such as U012AB3CD"
    )
    erase.add_argument("--files", action="store_true", help="delete their videos from Slack, too")
    erase.add_argument("--yes", action="store_true", help="don't ask")
    erase.set_defaults(run=_erase)
    limits = commands.add_parser("limits", help="show, set or clear what may be spent")
    limits_command.add_arguments(limits)
    limits.set_defaults(run=_limits)
    casting = commands.add_parser("casting", help="make the casting sheet: a clip of each avatar")
    casting.epilog = "The bot that runs makes the clips; if none does, the next one that starts."
    casting.add_argument(
        "channel", nargs="?", type=terminal.parse_channel_id,
        help="the ID of the channel to post them in; without it, you are asked",
    )  # fmt: skip
    casting.add_argument(
        "--admin", metavar="ID", type=log_command.parse_member_id,
        help="the admin who orders them, if ADMIN_USER_IDS names several",
    )  # fmt: skip
    casting.add_argument("--yes", action="store_true", help="don't ask")
    casting.set_defaults(run=_casting)
    _add_demo(commands.add_parser("demo", help="try the bot without any account"))
    return top


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument(
        "--once",
        metavar="SCRIPT",
        nargs="?",
        const="",
        help="play the story of one video in the terminal",
    )
    port = terminal.parse_port
    demo.add_argument("--port", type=port, default=8100, help="of the page; default: 8100")
    demo.add_argument("--no-open", action="store_true", help="only print the link, open no browser")
    demo.add_argument("--http", action="store_true", help="use signed HTTP instead of Socket Mode")
    demo.add_argument(
        "--stand-ins", action="store_true", help="only run the stand-ins for Slack and Segmind"
    )
    demo.set_defaults(run=_demo)


def _run(args: argparse.Namespace) -> int:
    return _start(args, renders=not args.no_renders)


def _work(args: argparse.Namespace) -> int:
    return _start(args, slack=False)


def _start(args: argparse.Namespace, *, slack: bool = True, renders: bool = True) -> int:
    allow_more_open_files()
    settings = Settings.from_env()
    if not (settings.database_url or (slack and renders)):
        raise ConfigurationError(
            "DATABASE_URL",
            "is missing: separate processes share their work through Postgres. "
            "Without it, one process does everything: python -m bot run.",
        )
    logs.configure_logging(settings.log_level, settings.secrets, settings.log_format)
    for typo in misspelled():
        log.warning("%s", typo.sentence)
    if not settings.metrics_token:
        log.info("/metrics is off, because METRICS_TOKEN is not set")
    for path, fix in exposed(settings.data_dir):
        log.warning("others on this machine can read %s: %s", path, fix)
    return asyncio.run(_until_stopped(settings, args.clock, slack=slack, renders=renders))


async def _until_stopped(
    settings: Settings, clock: Clock | None, *, slack: bool, renders: bool
) -> int:
    stopped = shutdown.on_signals()
    from bot import app  # takes half a second to import, so only when it is needed

    return await app.run(settings, stopped, slack=slack, renders=renders, clock=clock)


def _check(_args: argparse.Namespace) -> int:
    from bot.cli import check

    return asyncio.run(check.run())


def _log(args: argparse.Namespace) -> int:
    if args.unclaimed:
        from bot.cli import charges

        log_command.check_filters(args)
        return asyncio.run(charges.run(Settings.for_log(segmind=True), args))
    return asyncio.run(log_command.run(args, Settings.for_log(budgets=bool(args.spend))))


def _erase(args: argparse.Namespace) -> int:
    from bot.cli import erase

    return asyncio.run(erase.run(args, Settings.for_log()))


def _limits(args: argparse.Namespace) -> int:
    return asyncio.run(limits_command.run(args, Settings.for_log(budgets=True)))


def _casting(args: argparse.Namespace) -> int:
    from bot.cli.casting import command

    return asyncio.run(command.run(args, Settings.from_env()))


def _demo(args: argparse.Namespace) -> int:
    try:
        from bot.demo import live
    except ModuleNotFoundError as missing:
        print(f"avatar: the demo needs {missing.name}: run make demo", file=sys.stderr)
        return 2
    return asyncio.run(live.run(args))
