"""What is safe to repeat is repeated for a while before anybody hears that it failed."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import DownloadFailed, SlackUnavailable
from bot.process.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_WAITS = (1, 2, 5, 10, 20, 60, 120)  # seconds; nearly four minutes in all
# No call to Slack takes longer, the pauses that Slack asks for included.
MESSAGE_TIMEOUT_SECONDS = 180


async def retry(work: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Calls `work` until it succeeds. Raises its last error when all waits are used up.

    Only SlackUnavailable and DownloadFailed are retried.
    """
    for wait in RETRY_WAITS:
        try:
            return await work()
        except (SlackUnavailable, DownloadFailed) as error:
            log.info("retrying in %g s: %s", clock.scaled(wait), error)
        await clock.sleep(wait)
    return await work()
