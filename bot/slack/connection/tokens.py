"""The Slack client, and the checks of its tokens at the start."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ConfigurationError, SlackError, SlackUnavailable
from bot.network.certificates import ADVICE, CODE, tls_context
from bot.process.clock import Clock
from bot.process.retry_after import retry_after
from bot.settings.parsers import is_loopback
from bot.settings.table import Settings
from bot.slack.connection.client import CallLimits, SlackClient
from bot.slack.errors import required, slack_errors
from bot.slack.senders import Team

# For an address of this machine, where neither Slack nor Segmind is.
START_STAND_INS = (
    "It is on this machine: start what listens there, such as python -m bot demo --stand-ins, "
    "and use the addresses that it prints."
)


# Seconds: Slack's limits are for a minute, and two waits stay within MESSAGE_TIMEOUT_SECONDS.
LONGEST_WAIT = 60.0
_RETRIES = ContextVar("retries", default=True)


@contextmanager
def no_retries() -> Iterator[None]:
    """For a call whose rate limit is an answer: waiting for it would look like a slow Slack."""
    token = _RETRIES.set(False)
    try:
        yield
    finally:
        _RETRIES.reset(token)


class RateLimitRetryHandler(AsyncRateLimitErrorRetryHandler):
    """The SDK's own fails if Retry-After is not an integer, as behind some proxies. It also waits
    for hours if told to, and with it all who wait for the same call or channel.

    It leaves the opening of forms to forms.py, since that call is of no use after 3 s; and what is
    said within `no_retries` to who asks.
    """

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if request.url.endswith(("/views.open", "/views.push")) or not _RETRIES.get():
            return False
        return await super().can_retry_async(
            state=state, request=request, response=response, error=error
        )

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        headers = response.headers if response else {}  # in the SDK, each value is a list
        values = next((v for name, v in headers.items() if name.lower() == "retry-after"), [""])
        wait = retry_after(values[0], datetime.now(UTC), default=1.0)
        state.next_attempt_requested = True
        await asyncio.sleep(min(wait, LONGEST_WAIT) + random.random())
        state.increment_current_attempt()


def slack_client(
    settings: Settings, session: aiohttp.ClientSession, limits: CallLimits | None = None
) -> SlackClient:
    """Retries rate limits but not broken connections, where the message may have been posted.

    `limits`: of the bot. A command has none: it waits for as long as Slack says.
    """
    slack = SlackClient(
        limits or CallLimits(Clock(), {}),
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        ssl=tls_context(settings.way_out),
        session=session,
        # Its own has no level: then it puts each call and answer into words that nobody prints.
        logger=logging.getLogger("slack_sdk"),
        retry_handlers=[RateLimitRetryHandler(max_retry_count=2)],
    )
    # Set afterwards, because without a proxy the SDK looks for one in the environment.
    slack.proxy = settings.way_out.proxy_for(settings.slack_api_url)
    return slack


class Identity:
    """The bot's own user and workspace, looked up once at the start."""

    def __init__(self, answer: AsyncSlackResponse, token: str) -> None:
        self.bot_name = str(answer.get("user") or "avatar")
        self.bot_id = str(answer.get("user_id") or "")
        self.team = str(answer.get("team") or "this workspace")
        granted = str(answer.headers.get("x-oauth-scopes") or "")
        # Empty if Slack, or a proxy in between, doesn't list them.
        self.scopes = frozenset(granted.replace(",", " ").split())
        for_all = answer.get("is_enterprise_install") and answer.get("enterprise_id")
        self.installed_in = Team(str(answer["team_id"]), str(for_all or ""))
        self.authorization = AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=answer.get("team_id"),
            team=self.team,
            bot_user_id=answer.get("user_id"),
            bot_id=answer.get("bot_id"),
            bot_token=token,
        )


async def identify(slack: AsyncWebClient) -> Identity:
    """Raises ConfigurationError."""
    fix = "Copy it again from OAuth & Permissions of your app."
    with _configuration_errors(slack, "SLACK_BOT_TOKEN", fix):
        answer = await slack.auth_test()
        _ = required(answer, "team_id"), required(answer, "user_id")
    return Identity(answer, slack.token or "")


async def check_app_token(slack: AsyncWebClient, app_token: str) -> str:
    """The address of a Socket Mode connection. Raises ConfigurationError if the token gets none.

    The SDK itself would retry for ever without an error.
    """
    fix = "Create an app-level token with connections:write under Basic Information of your app."
    with _configuration_errors(slack, "SLACK_APP_TOKEN", fix):
        return required(await slack.apps_connections_open(app_token=app_token), "url")


@contextmanager
def _configuration_errors(slack: AsyncWebClient, setting: str, fix: str) -> Iterator[None]:
    try:
        with slack_errors():
            yield
    except SlackUnavailable as error:
        advice = "Is Slack down? See https://slack-status.com. Otherwise check network and proxy."
        is_here = is_loopback(urlsplit(slack.base_url).hostname or "")
        if is_here and not error.code.startswith("http_"):  # nothing answers there
            advice = START_STAND_INS
        if error.code == CODE:
            advice = ADVICE
        problem = f"doesn't answer properly ({error.code}). {advice}"
        raise ConfigurationError("SLACK_API_URL", problem) from error
    except SlackError as error:
        said = f"doesn't work. Slack says: {error.code or 'nothing'}."
        raise ConfigurationError(setting, f"{said} {fix}") from error


def lease_trace(ensure_lease: Callable[[], Awaitable[None]]) -> aiohttp.TraceConfig:
    """Stops a host from sending to Slack if others may have taken over its jobs.

    Checked once the connection is open, because the host may freeze while opening it.
    """

    async def fence(*_: object) -> None:
        await ensure_lease()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(fence)
    trace.on_connection_reuseconn.append(fence)
    return trace
