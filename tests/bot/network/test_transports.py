"""What httpx costs apart from the network."""

import sys
from collections.abc import Sequence
from types import ModuleType

import httpx
import pytest
from aiohttp import web

from bot.network.transports import httpx_transport
from bot.network.way_out import WayOut
from tests.support.files.serve import served


class Searches:
    """Notes each module that Python has to search for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        self.names.append(name)


async def test_no_request_searches_for_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async with (
        served(answer) as url,
        httpx.AsyncClient(transport=httpx_transport(WayOut())) as client,
    ):
        assert (await client.get(url)).text == "ok"
        searches = Searches()
        monkeypatch.setattr(sys, "meta_path", [searches, *sys.meta_path])
        assert (await client.get(url)).text == "ok"
    assert searches.names == []
