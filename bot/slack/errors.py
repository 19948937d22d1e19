"""Translates what the SDK and aiohttp raise into our errors.

    with channel_errors():
        await client.chat_postMessage(...)

raises ChannelRefused, or SlackUnavailable if the same call may succeed later.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ChannelRefused, FileRefused, SlackError, SlackUnavailable, ViewRefused
from bot.monitoring.metrics import counted
from bot.network.certificates import explained, network_error

# Slack is busy or has a fault; the same call may succeed later.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
RATE_LIMITED_CODES = {"ratelimited", "rate_limited"}
RETRYABLE_CODES = RATE_LIMITED_CODES | {
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",  # of the workspace: an app may send too many
    "org_login_required",  # while it is moved to another organization
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}

# It is shown to people and logged.
CODE = re.compile(r"[\w.:-]{1,100}")


@contextmanager
def slack_errors(
    refused: type[SlackError] = SlackError, unavailable: type[SlackError] = SlackUnavailable
) -> Iterator[None]:
    """Raises `refused` with Slack's error code, or `unavailable` if the call may succeed later."""
    # `from None`: the SDK's errors contain the whole response, and with it upload URLs.
    try:
        yield
    except SlackApiError as error:
        code, is_final = _code_and_finality(error)
        raise counted((refused if is_final else unavailable)(code)) from None
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise counted(explained(unavailable(network_error(error)), error)) from None
    # slack_sdk 3.47 raises the first for a 200 that is not a JSON object, and lets the others of
    # Python's decoders through: a number of thousands of digits, or an encoding that is none.
    except (AttributeError, ValueError, RecursionError, LookupError):
        raise counted(unavailable("unreadable")) from None


def required(answer: AsyncSlackResponse, name: str) -> str:
    """A field of an answer that is of no use without it. Raises SlackUnavailable."""
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        raise counted(SlackUnavailable("unreadable"))
    return found


def channel_errors() -> AbstractContextManager[None]:
    return slack_errors(ChannelRefused)


def file_errors() -> AbstractContextManager[None]:
    return slack_errors(FileRefused)


def view_errors() -> AbstractContextManager[None]:
    """Raises ViewRefused for every failure: a form can't be retried once its trigger expires."""
    return slack_errors(ViewRefused, ViewRefused)


def _code_and_finality(error: SlackApiError) -> tuple[str, bool]:
    """Slack's error code, and whether it is final. Not every response is from Slack itself."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    status = getattr(error.response, "status_code", None)
    if isinstance(code, str) and code and status != 404:  # Slack itself never sends a 404
        return (code if CODE.fullmatch(code) else "unreadable"), code not in RETRYABLE_CODES
    return f"http_{status}" if status else "unreadable", False
