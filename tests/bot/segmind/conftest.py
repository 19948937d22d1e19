"""The Segmind stand-in, and clients of it for both versions of the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.segmind.client import Segmind
from tests.support.segmind import segmind_client


@pytest.fixture
async def stand_in(films: Path) -> AsyncIterator[SegmindStandIn]:
    async with SegmindStandIn(films) as stand_in:
        yield stand_in


@pytest.fixture
async def segmind(stand_in: SegmindStandIn) -> AsyncIterator[Segmind]:
    segmind = segmind_client(stand_in)
    yield segmind
    await segmind.close()


@pytest.fixture
async def segmind_v1(stand_in: SegmindStandIn) -> AsyncIterator[Segmind]:
    segmind = segmind_client(stand_in, api="v1", v1_timeout=5)
    yield segmind
    await segmind.close()
