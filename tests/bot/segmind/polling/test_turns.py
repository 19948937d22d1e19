"""What waits behind many look-ups of costs, and what doesn't."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.errors import RenderFailed, SegmindUnavailable
from bot.segmind.client import Segmind
from bot.segmind.rate_limit import Turn
from tests.support.segmind import segmind_client

SOON = 5  # seconds; what waits behind the look-ups comes after more than thirty


@asynccontextmanager
async def many_look_ups(stand_in: SegmindStandIn) -> AsyncIterator[Segmind]:
    segmind = segmind_client(stand_in, requests_per_minute=600)
    waiting = [asyncio.create_task(segmind.rate_limit.acquire(Turn.LOOK_UP)) for _ in range(200)]
    await asyncio.sleep(0)
    try:
        yield segmind
    finally:
        for task in waiting:
            task.cancel()
        await segmind.close()


async def test_the_balance_is_known_soon(stand_in: SegmindStandIn) -> None:
    async with many_look_ups(stand_in) as segmind, asyncio.timeout(SOON):
        assert await segmind.account.balance() == pytest.approx(stand_in.balance)


async def test_a_poll_looks_into_the_history_soon(stand_in: SegmindStandIn, films: Path) -> None:
    """It holds one of the few slots of all polls meanwhile."""
    async with many_look_ups(stand_in) as segmind, asyncio.timeout(SOON):
        with pytest.raises(SegmindUnavailable):
            await segmind.poll("expired", films / "take")
        with suppress(RenderFailed):
            assert await segmind.final_result("expired", films / "take") is None
