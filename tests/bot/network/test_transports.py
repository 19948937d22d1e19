"""What httpx costs apart from the network, and what it leaves behind."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from aiohttp import web

from bot.domain.parameters import Parameters
from bot.errors import NotSent
from bot.network.transports import httpx_transport
from bot.network.way_out import WayOut
from bot.segmind.client import Segmind
from tests.bot.network.raw_server import answering
from tests.support.files.serve import served

LIMIT_OF_HTTPX = 100  # connections


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


async def test_tunnels_whose_tls_fails_are_not_counted_for_good(tmp_path: Path) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as proxy:
        segmind = Segmind(
            api_key="k", api_url="https://api.example", history_url="https://api.example",
            requests_per_minute=600_000, way_out=WayOut(proxy=proxy),
        )  # fmt: skip
        open_files = 0
        for number in range(LIMIT_OF_HTTPX + 20):
            with pytest.raises(NotSent) as not_sent:
                await segmind.submit(Parameters(prompt="Hello"), tmp_path / "take")
            assert not_sent.value.said == "ConnectError", "there was a connection for it"
            if number == 10:
                open_files = len(os.listdir("/dev/fd"))
        assert len(os.listdir("/dev/fd")) < open_files + 10
        await segmind.close()
