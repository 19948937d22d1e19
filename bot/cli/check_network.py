"""The rows of `check` about the network. What one client reaches says nothing about another."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.downloads.result_files import ResultFiles
from bot.errors import (
    ConfigurationError,
    FileError,
    FileRefused,
    NotUploaded,
    SlackError,
    SlackUnavailable,
)
from bot.network.certificates import ADVICE, CODE
from bot.network.way_out import WayOut
from bot.segmind.client import HistoryRow
from bot.segmind.uploads import Uploads
from bot.settings.parsers import is_loopback
from bot.settings.table import Settings
from bot.slack.connection.socket_mode import reach
from bot.slack.connection.tokens import START_STAND_INS, check_app_token
from bot.slack.files import SlackFiles

FILES = "https://files.slack.com"  # where Slack's upload addresses point to
MISSING = "is missing. "


@dataclass(frozen=True, slots=True)
class Check:
    subject: str
    ok: bool
    result: str
    fix: str = ""


def failed(error: ConfigurationError) -> Check:
    """The row about a setting that is missing or can't be used."""
    if error.problem.startswith(MISSING):
        return Check(error.setting, False, "missing", error.problem.removeprefix(MISSING))
    return Check(error.setting, False, "can't be used", error.sentence)


def proxy(way_out: WayOut) -> Check:
    result = way_out.shown if way_out.proxy else "none"
    if not way_out.proxy and any(os.environ.get(name) for name in ("http_proxy", "HTTP_PROXY")):
        result += ": HTTP_PROXY is only for plain http, so set HTTPS_PROXY if you need one"
    return Check("Proxy", True, result)


def unreachable(subject: str, url: str, why: str, way_out: WayOut, setting: str = "") -> Check:
    """`why`: what a client's error says. `setting`: the one that `url` is from."""
    host = urlsplit(url).hostname or ""
    result = f"{host} can't be reached {way_out.shown_for(url)} ({why})"
    if CODE in why:
        fix = ADVICE
    elif is_loopback(host):
        fix = f"Check {setting}. {START_STAND_INS}" if setting else START_STAND_INS
    elif way_out.proxy_for(url):
        fix = f"The proxy has to let the bot connect to {host}; or name it in NO_PROXY."
    else:
        fix = f"Check the network{f' and {setting}' if setting else ''}, or set HTTPS_PROXY."
    return Check(subject, False, result, fix)


async def socket_mode(
    slack: AsyncWebClient, session: aiohttp.ClientSession, settings: Settings
) -> Check:
    try:
        url = await check_app_token(slack, settings.slack_app_token)
        await reach(session, url, settings.way_out)
    except ConfigurationError as error:
        return failed(error)
    except SlackUnavailable as error:
        return unreachable("Socket Mode", url, error.code, settings.way_out)
    return Check("Socket Mode", True, "works")


async def uploads(slack: AsyncWebClient, settings: Settings) -> Check:
    """Uploads one byte but doesn't complete it, so that nobody sees it."""
    results = _result_files(settings)
    files = SlackFiles(
        slack,
        results,
        folder=settings.data_dir,
        allow_loopback=settings.allow_loopback,
        way_out=settings.way_out,
    )
    try:
        await files.upload_text("-", filename="check.txt", alt_text="")
    except FileRefused as error:
        return Check("Uploads", False, error.code, error.sentence)
    except SlackError as error:
        return _no_upload(error, settings.way_out)
    finally:
        await files.close()
        await results.close()
    return Check("Uploads", True, "Slack takes files")


async def downloads(rows: Collection[HistoryRow], settings: Settings) -> Check:
    """Tries the server of the latest video, or that of the API if there is none."""
    videos = (row.video_url for row in rows if row.video_url.startswith("http"))
    url = next(videos, settings.segmind_api_url)
    files = _result_files(settings)
    try:
        await files.reach(url)
    except FileError as error:
        return unreachable("Downloads", url, error.why, settings.way_out)
    finally:
        await files.close()
    return Check("Downloads", True, f"from {urlsplit(url).hostname}")


async def storage(settings: Settings) -> Check:
    """Where people's own audio is put."""
    uploads = Uploads.from_settings(settings)
    url = settings.segmind_upload_url
    try:
        await uploads.reach()
    except NotUploaded as error:
        return unreachable("Own audio", url, error.said, settings.way_out, "SEGMIND_UPLOAD_URL")
    finally:
        await uploads.close()
    return Check("Own audio", True, f"to {urlsplit(url).hostname}")


def _no_upload(error: SlackError, way_out: WayOut) -> Check:
    result = f"Slack's server for files can't be reached ({error.code})"
    fix = f"Let the bot connect to files.slack.com, {way_out.shown_for(FILES)}."
    return Check("Uploads", False, result, ADVICE if error.code == CODE else fix)


def _result_files(settings: Settings) -> ResultFiles:
    """Nothing is saved in its folder."""
    return ResultFiles(
        max_bytes=1,
        allow_loopback=settings.allow_loopback,
        folder=settings.data_dir,
        way_out=settings.way_out,
    )
