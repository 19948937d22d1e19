"""Slack's tokens: the client that carries one, and whether they work, found at the start."""

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ConfigurationError, SlackError, SlackUnavailable
from bot.settings import Settings
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
        self.authorization = AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=answer["team_id"],
            team=answer.get("team"),
            bot_user_id=answer["user_id"],
            bot_id=answer.get("bot_id"),
            bot_token=token,
        )


async def identify(slack: AsyncWebClient) -> Identity:
    try:
        with slack_errors():
            answer = await slack.auth_test()
    except SlackUnavailable as error:
        raise _away(error) from error
    except SlackError as error:
        raise ConfigurationError(
            "SLACK_BOT_TOKEN",
            f"does not work, Slack answers: {error.code or 'nothing'}. "
            "Copy it anew from OAuth & Permissions of your app.",
        ) from error
    return Identity(answer, slack.token or "")


async def allow_socket(slack: AsyncWebClient, app_token: str) -> None:
    """Asks for an address only: the SDK itself would ask for ever, without a word to anybody.

    Raises ConfigurationError.
    """
    try:
        with slack_errors():
            await slack.apps_connections_open(app_token=app_token)
    except SlackUnavailable as error:
        raise _away(error) from error
    except SlackError as error:
        raise ConfigurationError(
            "SLACK_APP_TOKEN",
            f"does not work, Slack answers: {error.code or 'nothing'}. Make an app-level token "
            "with connections:write under Basic Information of your app.",
        ) from error


def _away(error: SlackUnavailable) -> ConfigurationError:
    return ConfigurationError(
        "SLACK_API_URL",
        f"gives no good answer ({error.code}). Is Slack down? See https://slack-status.com. "
        "Otherwise check the network and the proxy.",
    )
