"""Waiting for what sends no event when it changes: sockets that close, files that grow."""

import asyncio
from collections.abc import Callable

POLL_SECONDS = 0.01


async def wait_until(predicate: Callable[[], object], seconds: float = 60.0) -> None:
    """Returns as soon as the predicate is true. Raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not predicate():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(POLL_SECONDS)
