"""Slack's errors as ours: what the SDK and aiohttp raise around a call is translated here.

    with channel_errors():
        await client.chat_postMessage(...)

raises ChannelRefused, or SlackUnavailable when the same call may go through later.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import ChannelRefused, FileRefused, SlackError, SlackUnavailable, ViewRefused
from bot.monitoring.metrics import counted

# Slack is busy or broken; the same call may go through later.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
TRY_LATER = {
    "fatal_error",
    "internal_error",
    "ratelimited",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}


@contextmanager
def slack_errors(
    refused: type[SlackError] = SlackError, unavailable: type[SlackError] = SlackUnavailable
) -> Iterator[None]:
    """Raises `refused` with Slack's code, or `unavailable` where no answer says so."""
    # `from None`: the SDK's errors hold the whole answer, and with it upload URLs.
    try:
        yield
    except SlackApiError as error:
        code, is_final = _read(error)
        raise counted((refused if is_final else unavailable)(code)) from None
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise counted(unavailable(type(error).__name__)) from None
    except AttributeError:  # the SDK's own, of a 200 that is no JSON object (seen, 3.47)
        raise counted(unavailable("unreadable")) from None


def channel_errors() -> AbstractContextManager[None]:
    return slack_errors(ChannelRefused)


def file_errors() -> AbstractContextManager[None]:
    return slack_errors(FileRefused)


def view_errors() -> AbstractContextManager[None]:
    return slack_errors(ViewRefused, ViewRefused)


def _read(error: SlackApiError) -> tuple[str, bool]:
    """Slack's code, and whether it is final. A broken body comes as aiohttp's own response."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    status = getattr(error.response, "status_code", None)
    if isinstance(code, str) and code and status != 404:  # Slack's own refusals are no 404
        return code, code not in TRY_LATER
    return f"http_{status}" if status else "unreadable", False
