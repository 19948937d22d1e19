"""`python -m bot demo`: a workspace in the browser with the real bot, until Ctrl-C."""

import argparse
import asyncio
import os
import shlex
import shutil
import signal
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from bot.demo import story
from bot.demo.page import PageServer
from bot.demo.segmind import AfterSeconds
from bot.demo.server import is_free
from bot.demo.slack import Channel, Person, SlackStandIn
from bot.demo.stage import NOT_CONNECTED, BotDied, Stage, free_port, quick

QUICK_SECONDS = 6.0  # a render in the page: slow enough to see its progress
FOLDER = Path("demo-output")


async def run(args: argparse.Namespace) -> int:
    if args.stand_ins:
        return await story.stand_ins()
    if args.once is not None:
        try:
            return await story.once(args.once or story.SCRIPT, http=args.http)
        except BotDied as died:
            return _not_started(str(died))
    return await live(args.port, http=args.http, browser=not args.no_open)


@dataclass(frozen=True, slots=True)
class Team:
    """The people of the demo, and their channel."""

    ada: Person
    bob: Person
    grace: Person  # the admin
    gus: Person  # a guest, who may leave notes and nothing else
    marketing: Channel


def add_people_and_channels(slack: SlackStandIn) -> Team:
    ada, bob, grace = (slack.person(name) for name in ("Ada", "Bob", "Grace"))
    gus = slack.guest("Gus")
    marketing = slack.channel("marketing")
    slack.channel("training")
    slack.channel("leads", private=True, bot_member=False, people=[ada, bob, grace])
    for person in (ada, bob, grace, gus):
        slack.direct(person)
    for one, other in ((ada, bob), (ada, grace), (bob, grace)):
        slack.direct(one, other)
    return Team(ada, bob, grace, gus, marketing)


def stage_for(folder: Path, seconds: float, *, http: bool = False) -> tuple[Stage, Team]:
    """A workspace with its team, in which a render takes this many seconds."""
    stage = Stage(folder, http=http, PORT=str(free_port()), **quick(seconds))
    team = add_people_and_channels(stage.slack)
    stage.settings["ADMIN_USER_IDS"] = team.grace.id
    stage.segmind.pace = AfterSeconds(seconds)
    return stage, team


async def live(port: int, *, http: bool = False, browser: bool = True) -> int:
    if not is_free(port):
        print(
            f"avatar: port {port} is in use, maybe by another demo. Try --port {port + 1}",
            file=sys.stderr,
        )
        return 2
    folder = FOLDER / f"workspace-{port}"  # each port, and so each demo, has its own
    shutil.rmtree(folder, ignore_errors=True)
    stopped = _stop_signals()
    stage, team = stage_for(folder, QUICK_SECONDS, http=http)
    try:
        print("Starting the stand-ins and the bot …", flush=True)
        async with stage, PageServer(stage, team.grace, QUICK_SECONDS, port) as page:
            _print_link(page.link, folder, write_settings(folder, stage.bot.settings))
            if browser and _has_desktop():
                webbrowser.open(page.link_for_once())
            await stopped.wait()
            print("\nStopping …", flush=True)
    except BotDied as died:
        return _not_started(str(died))
    except TimeoutError:
        return _not_started(NOT_CONNECTED)
    return 0


def _not_started(why: str) -> int:
    print(f"avatar: the bot did not start: {why}", file=sys.stderr)
    return 2


def write_settings(folder: Path, settings: dict[str, str]) -> Path:
    """The file that a shell reads to give other commands the settings of the demo's bot."""
    path = folder / "bot.env"
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
    path.write_text("".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return path


def _print_link(link: str, folder: Path, env: Path) -> None:
    print(f"\nYour workspace:  {link}\n")
    print("Slack and Segmind are stand-ins on this machine; the bot is real.")
    print(f"Type /avatar there. Files, log and jobs are in {folder}/. Press Ctrl-C to stop.")
    print("For log, limits, casting, check and erase, in a second terminal:")
    print(f"  (set -a; . {env}; .venv/bin/python -m bot log)")
    sys.stdout.flush()


def _stop_signals() -> asyncio.Event:
    """Set by Ctrl-C, SIGTERM or a closed terminal, so that the bot is stopped, too."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, stopped.set)
    return stopped


def _has_desktop() -> bool:
    shown = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in shown)
