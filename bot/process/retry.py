"""What is safe to repeat is repeated for a while before somebody is told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import DownloadFailed, SlackUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

# In beats; a beat is POLL_SECONDS, so with 5 s this is about four minutes.
RETRY_WAITS = (0.2, 0.4, 1, 2, 4, 12, 24)
ONE_MESSAGE = 36  # beats: three minutes; no call of Slack's takes longer, its own pauses included


async def retry(work: Callable[[], Awaitable[T]], beat: float) -> T:
    """Repeats what is safe to repeat; the last failure is the caller's."""
    for wait in RETRY_WAITS:
        try:
            return await work()
        except (SlackUnavailable, DownloadFailed) as error:
            log.info("again in %g s: %s", wait * beat, error)
        await asyncio.sleep(wait * beat)
    return await work()
