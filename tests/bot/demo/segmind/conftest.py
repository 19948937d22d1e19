"""A client of the Segmind stand-in, as anybody's own would be."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.demo.segmind import SegmindStandIn


@pytest.fixture
async def http(segmind: SegmindStandIn) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"x-api-key": segmind.api_key}
    # Plain http: without `verify` each client would load the certificates for nothing.
    async with httpx.AsyncClient(
        base_url=segmind.url, headers=headers, verify=False, timeout=20
    ) as client:
        yield client
