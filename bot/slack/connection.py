"""Slack's tokens: the client that carries one, and whether they work, found at the start."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ConfigurationError, SlackError, SlackUnavailable
from bot.settings.table import Settings
from bot.slack.errors import slack_errors


def slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """No retry on a broken connection: a message whose answer was lost may be posted."""
    return AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=2)],
    )


class Identity:
    """Who the bot is in the workspace: asked once at the start, not once a person."""

    def __init__(self, answer: AsyncSlackResponse, token: str) -> None:
        self.bot_name = answer["user"]
        self.team = answer["team"]
        granted = str(answer.headers.get("x-oauth-scopes", ""))
        self.scopes = frozenset(granted.replace(" ", "").split(","))
        self.authorization = AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=answer["team_id"],
            team=self.team,
            bot_user_id=answer["user_id"],
            bot_id=answer.get("bot_id"),
            bot_token=token,
        )


async def identify(slack: AsyncWebClient) -> Identity:
    """Raises ConfigurationError."""
    with _tried("SLACK_BOT_TOKEN", "Copy it anew from OAuth & Permissions of your app."):
        answer = await slack.auth_test()
    return Identity(answer, slack.token or "")


async def allow_socket(slack: AsyncWebClient, app_token: str) -> None:
    """Asks for an address only: the SDK itself would ask for ever, without a word to anybody.

    Raises ConfigurationError.
    """
    fix = "Make an app-level token with connections:write under Basic Information of your app."
    with _tried("SLACK_APP_TOKEN", fix):
        await slack.apps_connections_open(app_token=app_token)


@contextmanager
def _tried(setting: str, fix: str) -> Iterator[None]:
    try:
        with slack_errors():
            yield
    except SlackUnavailable as error:
        raise ConfigurationError(
            "SLACK_API_URL",
            f"gives no good answer ({error.code}). Is Slack down? See https://slack-status.com. "
            "Otherwise check the network and the proxy.",
        ) from error
    except SlackError as error:
        said = f"does not work, Slack answers: {error.code or 'nothing'}."
        raise ConfigurationError(setting, f"{said} {fix}") from error
