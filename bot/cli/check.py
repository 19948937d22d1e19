"""`python -m bot check`: is everything set up? One row for each check, with the fix if it fails."""

import shutil
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import yaml

from bot.cli import check_network
from bot.cli.check_network import Check, failed
from bot.cli.log import log_exists
from bot.cli.table import printable
from bot.cli.terminal import names_from_slack
from bot.domain.money.amounts import charged
from bot.domain.money.balance import PERIOD, TOP_UP, shortfall
from bot.domain.money.warnings import WARN_AT, nearly_used_up, reached, used_up
from bot.errors import ConfigurationError, KeyRefused, SegmindError
from bot.jobs.database import check_sqlite
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.file_permissions import exposed
from bot.process.lock import make_data_dir
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.segmind.client import Segmind
from bot.settings.misspelled import misspelled
from bot.settings.table import Settings, problems
from bot.slack.connection.session import slack_session
from bot.slack.connection.slack_time import SlackTime
from bot.slack.connection.tokens import identify, slack_client
from bot.slack.profiles import Profiles

MANIFEST = Path(__file__).parents[2] / "app_manifest.yml"
MANIFEST_LIMIT = 12_000  # characters; some texts take YAML the square of their length
LOW_BALANCE_USD = 5.0
LOW_DISK_MB = 500


async def run() -> int:
    """Prints the table. 0 if everything is fine, 1 if there is something to fix."""
    checks = [check async for check in _checks()]
    width = max(len(check.subject) for check in checks)
    for check in checks:
        mark = "ok  " if check.ok else "FIX "
        print(f"{mark} {check.subject:<{width}}  {printable(check.result)}")
        if not check.ok:
            print(f"     {'':<{width}}  → {printable(check.fix)}")
    failed = sum(not check.ok for check in checks)
    if not failed:
        print("\nEverything is ready. Start the bot: python -m bot run")
        return 0
    print(f"\n{failed} problem{'' if failed == 1 else 's'} to fix.")
    return 1


async def _checks() -> AsyncIterator[Check]:
    try:
        typos, invalid = misspelled(), problems()
    except ConfigurationError as error:  # about .env
        yield failed(error)
        return
    for typo in typos:
        yield Check(typo.setting, False, "is ignored", typo.sentence)
    for problem in invalid:
        yield failed(problem)
    if invalid:
        return
    settings = Settings.from_env()
    yield Check("Settings", True, "complete")
    yield check_network.proxy(settings.way_out)
    async for check in _slack(settings):
        yield check
    async for check in _segmind(settings):
        yield check
    async for check in _request_log(settings):
        yield check
    metrics = "on" if settings.metrics_token else "off, because METRICS_TOKEN is not set"
    yield Check("/metrics", True, metrics)
    for path, fix in exposed(settings.data_dir):
        yield Check("Permissions", False, f"others on this machine can read {path}", fix)
    yield _python()


async def _slack(settings: Settings) -> AsyncIterator[Check]:
    slack_time = SlackTime()
    async with slack_session([slack_time.trace()]) as session:
        slack = slack_client(settings, session)
        try:
            bot = await identify(slack)
        except ConfigurationError as error:
            yield failed(error)
            if error.setting == "SLACK_API_URL":
                return  # the other checks would fail in the same way
        else:
            yield Check("Slack token", True, f"@{bot.bot_name} in {bot.team}")
            yield _scopes(bot.scopes)
            profiles = Profiles(slack, background=Background(), clock=Clock())
            yield await _admins(profiles, settings.admin_user_ids)
            yield await check_network.uploads(slack, settings)
        if trouble := slack_time.trouble():
            fix = "Set the clock of this machine, best by NTP."
            yield Check("Clock", False, trouble.partition(":")[0], fix)
        if settings.socket_mode:
            yield await check_network.socket_mode(slack, session, settings)


def manifest_scopes(manifest: Path) -> set[str]:
    """Raises ConfigurationError if the file can't be used."""
    try:
        with manifest.open(encoding="utf-8") as file:
            text = file.read(MANIFEST_LIMIT + 1)
        # With merge keys, a small file could take hours.
        if len(text) > MANIFEST_LIMIT or "<<" in text:
            raise ValueError("it isn't the one that comes with the bot")
        return set(yaml.safe_load(text)["oauth_config"]["scopes"]["bot"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, yaml.YAMLError) as error:
        why = str(error).splitlines()[0] if str(error) else "it is not what Slack takes"
        raise ConfigurationError(manifest.name, f"can't be read: {why}. Restore it.") from None


def _scopes(granted: frozenset[str]) -> Check:
    if not granted:
        return Check("Slack scopes", True, "not checked, because Slack's answer doesn't list them")
    try:
        wanted = manifest_scopes(MANIFEST)
    except ConfigurationError as error:
        return failed(error)
    if missing := sorted(wanted - granted):
        return Check(
            "Slack scopes",
            False,
            f"missing: {', '.join(missing)}",
            "Paste app_manifest.yml under App Manifest of your app, then Reinstall to Workspace.",
        )
    return Check("Slack scopes", True, f"all {len(wanted)} in app_manifest.yml")


async def _admins(profiles: Profiles, user_ids: Collection[str]) -> Check:
    gone = [id for id in user_ids if (who := await profiles.if_known(id)) and not who.is_active]
    result = f"{len(user_ids) or 'nobody'} will be told about problems"
    result = f"{', '.join(gone)}: not an active member" if gone else result
    fix = "Copy the member ID again: in Slack, open the profile, ⋮, Copy member ID."
    return Check("ADMIN_USER_IDS", not gone, result, fix)


async def _segmind(settings: Settings) -> AsyncIterator[Check]:
    segmind = Segmind.from_settings(settings)
    setting = "SEGMIND_API_URL"
    try:
        balance = await segmind.account.balance()
        setting = "SEGMIND_HISTORY_URL"
        rows, _ = await segmind.available_history(datetime.now(UTC))
    except KeyRefused:
        fix = "Copy SEGMIND_API_KEY again from the API keys of your Segmind account."
        yield Check("Segmind key", False, "refused", fix)
        return
    except SegmindError as error:
        url = getattr(settings, setting.lower())
        why = error.said or "no proper answer"
        yield check_network.unreachable("Segmind", url, why, settings.way_out, setting)
        return
    finally:
        await segmind.close()
    yield await _balance(balance, settings)
    yield await check_network.downloads(rows, settings)
    yield await check_network.storage(settings)


async def _balance(usd: float, settings: Settings) -> Check:
    """Whether the balance is low, also compared with what the last week cost if there is a log."""
    used_usd = 0.0
    with suppress(ConfigurationError):  # which the check of the log reports
        if log_exists(settings):  # raises, too, if there is no DATA_DIR yet
            log = await RequestLog.open(settings.log_location)
            limit_log = LimitLog(log.store, settings.budget_timezone)
            used_usd = await limit_log.used_since(datetime.now(UTC) - PERIOD)
            await log.close()
    if why := shortfall(usd, used_usd):
        return Check("Segmind balance", False, why, TOP_UP)
    lasts = f"Top up: it's enough for about {usd / settings.price_per_second:.0f} s of video."
    return Check("Segmind balance", usd >= LOW_BALANCE_USD, charged(usd), lasts)


async def _request_log(settings: Settings) -> AsyncIterator[Check]:
    """Opens it, or creates it, writes to it, and looks at the budgets that it has."""
    try:
        make_data_dir(settings.data_dir)
        free = shutil.disk_usage(settings.data_dir).free // (1024 * 1024)
        log = await RequestLog.open(settings.log_location)
        trouble = await log.trouble()  # a read-only disk would not keep it from opening
        budgets = [] if trouble else await _budgets(log, settings)
        await log.close()
    except ConfigurationError as error:
        yield failed(error)
        return
    where = f"{settings.data_dir}, {free:,} MB free"
    if trouble:
        fix = "The disk or the Postgres that holds it may be full or read-only."
        yield Check("Request log", False, f"{trouble} ({where})", fix)
        return
    fix = f"Free some space: with less than {LOW_DISK_MB} MB, writing the log may fail."
    yield Check("Disk", free >= LOW_DISK_MB, where, fix)
    for check in budgets:
        yield check


async def _budgets(log: RequestLog, settings: Settings) -> list[Check]:
    """What admins are told of them: see handlers/money/budget_warnings.py."""
    limit_log, at = LimitLog(log.store, settings.budget_timezone), datetime.now(UTC)
    if not (await limit_log.limits()).budgets:
        return [Check("Budgets", True, "none are set")]
    found, month = [one for one in await limit_log.budgets(at) if reached(one)], limit_log.month(at)
    if not found:
        return [Check("Budgets", True, f"less than {min(WARN_AT)}% used")]
    names = await names_from_slack(settings, [budget.subject for budget in found])
    over, nearly = used_up(found, month, names), nearly_used_up(found, month, names)
    raise_it = "Raise it with python -m bot limits, or wait for the next month."
    checks = [Check("Budgets", False, over, raise_it), Check("Budgets", True, nearly)]
    return [check for check in checks if check.result]


def _python() -> Check:
    try:
        check_sqlite()
    except ConfigurationError as error:
        return Check("Python", False, error.setting, error.sentence)
    return Check("Python", True, "Python and its SQLite are new enough")
