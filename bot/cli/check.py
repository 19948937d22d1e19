"""`python -m bot check`: is everything in place? A row each, with how to mend what is not."""

import shutil
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import yaml

from bot.errors import BotError, ConfigurationError, KeyRefused
from bot.jobs.database import check_sqlite
from bot.process.file_permissions import exposed
from bot.request_log.log import RequestLog
from bot.segmind.client import Segmind
from bot.settings.table import Settings, misspelled, problems
from bot.slack.connection import allow_socket, identify, slack_client
from bot.slack.people import SlackPeople

MANIFEST = Path(__file__).parents[2] / "app_manifest.yml"
LOW_BALANCE_USD = 5.0
LOW_DISK_MB = 500


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    good: bool
    found: str
    fix: str = ""


async def run() -> int:
    """Prints the table; 0 when all is well, 1 when something has to be mended."""
    findings = [finding async for finding in _findings()]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'FIX '} {finding.what:<{width}}  {finding.found}")
        if not finding.good:
            print(f"     {'':<{width}}  → {finding.fix}")
    bad = sum(not finding.good for finding in findings)
    print("\nAll is well: python -m bot run" if not bad else f"\n{bad} to mend.")
    return 1 if bad else 0


async def _findings() -> AsyncIterator[Finding]:
    for slip in misspelled():
        yield Finding(slip.setting, False, "is not read", slip.sentence)
    wrong = problems()
    for problem in wrong:
        yield _unusable(problem)
    if wrong:
        return
    settings = Settings.from_env()
    yield Finding("Settings", True, "complete")
    async for finding in _slack(settings):
        yield finding
    yield await _segmind(settings)
    yield await _disk(settings)
    for path, fix in exposed(settings.data_dir):
        yield Finding("Permissions", False, f"others on this machine can read {path}", fix)
    yield _python()


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    async with aiohttp.ClientSession() as session:
        slack = slack_client(settings, session)
        try:
            bot = await identify(slack)
        except ConfigurationError as error:
            yield _unusable(error)
            if error.setting == "SLACK_API_URL":
                return  # the rest would say the same
        else:
            yield Finding("Slack token", True, f"@{bot.bot_name} in {bot.team}")
            yield _scopes(bot.scopes)
            yield await _admins(SlackPeople(slack), settings.admin_user_ids)
        if settings.socket_mode:
            try:
                await allow_socket(slack, settings.slack_app_token)
            except ConfigurationError as error:
                yield _unusable(error)
            else:
                yield Finding("Socket Mode", True, "allowed")


def _unusable(error: ConfigurationError) -> Finding:
    return Finding(error.setting, False, "cannot be used", error.sentence)


def _scopes(granted: frozenset[str]) -> Finding:
    wanted = set(yaml.safe_load(MANIFEST.read_text())["oauth_config"]["scopes"]["bot"])
    if missing := sorted(wanted - granted):
        return Finding(
            "Slack scopes",
            False,
            f"missing: {', '.join(missing)}",
            "Paste app_manifest.yml into App Manifest of your app, then Reinstall to Workspace.",
        )
    return Finding("Slack scopes", True, f"all {len(wanted)} of app_manifest.yml")


async def _admins(people: SlackPeople, user_ids: Collection[str]) -> Finding:
    gone = [id for id in user_ids if (who := await people.member(id)) and not who.is_active]
    found = f"{len(user_ids)} who hear of trouble" if user_ids else "nobody hears of trouble"
    found = f"{', '.join(gone)}: not a member, or not any more" if gone else found
    fix = "Copy the member id anew: in Slack, your profile, the three dots, Copy member ID."
    return Finding("ADMIN_USER_IDS", not gone, found, fix)


async def _segmind(settings: Settings) -> Finding:
    segmind = Segmind.of(settings)
    reached = "SEGMIND_API_URL"
    try:
        balance = await segmind.balance()
        reached = "SEGMIND_HISTORY_URL"  # a lost submission is looked for there
        await segmind.look_back(datetime.now(UTC))
    except KeyRefused:
        fix = "Copy SEGMIND_API_KEY anew from the API keys of your Segmind account."
        return Finding("Segmind key", False, "refused", fix)
    except BotError:
        fix = f"Check the network, the proxy and {reached}."
        return Finding("Segmind", False, "cannot be reached", fix)
    finally:
        await segmind.close()
    if balance < LOW_BALANCE_USD:
        return Finding(
            "Segmind balance",
            False,
            f"${balance:.2f}",
            f"About {balance / settings.price_per_second:.0f} seconds of video are left: top up.",
        )
    return Finding("Segmind balance", True, f"${balance:.2f}")


async def _disk(settings: Settings) -> Finding:
    """The log is opened and written to for real; where it is missing, it is made."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.data_dir).free // (1024 * 1024)
        where = f"{settings.data_dir}, {free:,} MB free"
        log = await RequestLog.open(settings.log_location)
        trouble = await log.trouble()  # on a read-only disk it still opens
        await log.close()
    except ConfigurationError as error:
        found = where if error.setting == "DATA_DIR" else "cannot hold the request log"
        return Finding(error.setting, False, found, error.sentence)
    except OSError as error:
        fix = "Set DATA_DIR to a folder on a lasting disk that the bot may write to."
        return Finding("Disk", False, str(error), fix)
    if trouble:
        fix = "Full, or read-only: mend the disk, or the Postgres, that holds it."
        return Finding("Request log", False, f"{trouble} ({where})", fix)
    fix = f"Free some space: below {LOW_DISK_MB} MB the log may not be written."
    return Finding("Disk", free >= LOW_DISK_MB, where, fix)


def _python() -> Finding:
    try:
        check_sqlite()
    except ConfigurationError as error:
        return Finding("Python", False, error.setting, error.sentence)
    return Finding("Python", True, "and its SQLite are new enough")
