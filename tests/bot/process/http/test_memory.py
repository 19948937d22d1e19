"""Large requests that are refused, or never arrive, take little memory, and only for a while."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import pytest
from aiohttp import web

from bot.process.http import server as http_server
from bot.process.http.server import HttpServer
from tests.bot.process.http.serving import serving
from tests.support.waiting import wait_until

POST = b"POST / HTTP/1.1\r\nHost: bot\r\n"
REFUSED = {
    "hung up": POST + b"Content-Length: 1000000\r\n\r\n",
    "malformed": POST + b"Content-Length: many\r\n\r\n",
    "chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "unknown path": POST + b"Content-Length: 200000\r\n\r\n",
}


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with serving(web.Application()) as server:
        yield server


@pytest.fixture
def in_memory() -> Iterator[Callable[[], int]]:
    """How many connections are in memory, while Python itself collects none."""
    gc.collect()
    gc.disable()
    yield lambda: sum(type(one).__name__ == "_Connection" for one in gc.get_objects())
    gc.enable()


@pytest.mark.parametrize("head", REFUSED.values(), ids=REFUSED)
async def test_what_has_arrived_of_refused_requests_is_freed(
    server: HttpServer,
    head: bytes,
    in_memory: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two thousand of 1 MB each took 1.5 GB, for good."""
    monkeypatch.setattr(http_server, "COLLECT_BYTES", 500_000)
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head + b"x" * 200_000)
        with suppress(ConnectionError):  # the server has refused it already
            await writer.drain()
        writer.close()
    await wait_until(lambda: in_memory() < 25)


async def test_the_oldest_large_request_makes_room_for_others(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_WAITING_BYTES", 550_000)
    clients = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
    for _, writer in clients:
        writer.write(POST + b"Content-Length: 300000\r\n\r\n" + b"x" * 200_000)
    first, *others = clients
    async with asyncio.timeout(5):
        with suppress(ConnectionResetError):
            assert await first[0].read() == b""
        for reader, writer in others:
            writer.write(b"x" * 100_000)
            assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")
    for _, writer in clients:
        writer.close()
