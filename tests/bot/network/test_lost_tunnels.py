"""Submissions go on after any number of connections that a proxy could not make."""

import os
from pathlib import Path

import pytest

from bot.domain.parameters import Parameters
from bot.errors import NotSent
from bot.network.way_out import WayOut
from bot.segmind.client import Segmind
from tests.bot.network.raw_server import answering

LIMIT_OF_HTTPX = 100  # connections


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
