"""Retries of calls that are safe to repeat."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import BotError, DownloadFailed, SlackUnavailable
from bot.process.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_WAITS = (1, 2, 5, 10, 20, 60, 120)  # seconds; nearly four minutes in all
# The longest that a call to Slack may take, including the pauses that Slack asks for.
MESSAGE_TIMEOUT_SECONDS = 180


async def retry(
    work: Callable[[], Awaitable[T]], clock: Clock, *, unless: type[BotError] | None = None
) -> T:
    """Calls `work` until it succeeds. Raises its last error when all waits are used up.

    Only SlackUnavailable and DownloadFailed are retried, `unless` it is that kind of them.
    """
    for wait in RETRY_WAITS:
        try:
            return await work()
        except (SlackUnavailable, DownloadFailed) as error:
            if unless and isinstance(error, unless):
                raise
            log.info("retrying in %g s: %s", clock.scaled(wait), error)
        await clock.sleep(wait)
    return await work()
