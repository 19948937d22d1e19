"""The HTTP port under clients that try to keep Slack's requests out, or to fill log and memory."""

import asyncio
import gc
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from aiohttp import web

from bot.process.http import server as http_server
from bot.process.http.server import LARGE_BYTES, MAX_CONNECTIONS, READ_BYTES, HttpServer
from tests.bot.process.http.serving import serving
from tests.support.waiting import wait_until

GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: bot\r\n"
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    app = web.Application()
    app.router.add_route("*", "/", answer)
    async with serving(app) as server:
        yield server


@pytest.fixture
def clients(server: HttpServer) -> Iterator["Clients"]:
    clients = Clients(server.port)
    yield clients
    for writer in clients.writers:
        writer.close()


class Clients:
    def __init__(self, port: int) -> None:
        self._port = port
        self.writers: list[asyncio.StreamWriter] = []

    async def connect(self, data: bytes = b"") -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.writers.append(writer)
        writer.write(data)
        return reader, writer

    async def get(self) -> None:
        reader, _ = await self.connect(GET)
        assert await is_ok(reader)


async def is_ok(reader: asyncio.StreamReader) -> bool:
    """Whether the next answer is a 200. False: the connection was closed instead."""
    async with asyncio.timeout(10):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            return (await reader.readuntil(b"ok\n")).startswith(b"HTTP/1.1 200 ")
    return False


def post(size: int, only: int | None = None) -> bytes:
    """A request with a body of `size` bytes; or the first bytes of it, head included."""
    return (POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)[:only]


async def test_connections_that_were_answered_leave_room_for_new_ones(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new one closed the one before, also Slack's, until its request had arrived."""
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 8)
    for _ in range(8):
        await clients.get()
    reader, writer = await clients.connect()
    for _ in range(2):
        await clients.connect(POST)
    await clients.get()  # so the others were accepted before
    writer.write(GET)
    assert await is_ok(reader)
    for _ in range(20):  # nor do those leave no room for the ones that were answered
        await clients.connect(POST)
    await clients.get()
    writer.write(GET)
    assert await is_ok(reader)


async def test_all_small_requests_together_leave_room_for_a_large_one(clients: Clients) -> None:
    for _ in range(MAX_CONNECTIONS - 1):
        await clients.connect(post(100_000, only=LARGE_BYTES))
    reader, _ = await clients.connect(post(100_000))
    assert await is_ok(reader)


async def test_a_request_that_is_closed_at_once_writes_no_traceback(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http_server, "MAX_WAITING_BYTES", LARGE_BYTES + 1)
    await clients.connect(post(100_000, only=LARGE_BYTES))
    reader, _ = await clients.connect(post(100_000, only=90_000))
    assert not await is_ok(reader)
    await wait_until(lambda: "1 with too much data at once" in caplog.text)
    gc.collect()  # asyncio logs the error of a task when it is freed
    assert "Traceback" not in caplog.text


async def test_a_client_that_hangs_up_before_it_may_continue_writes_no_traceback(
    server: HttpServer, clients: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    """At 110 bytes each, they wrote 446 KB of log a second."""
    reset = struct.pack("ii", 1, 0)
    async with asyncio.timeout(30):
        while "whose client has hung up" not in caplog.text:
            _, writer = await clients.connect(
                POST + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n"
            )
            client: socket.socket = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.transport.abort()
            await asyncio.sleep(0.01)
            server.refusals.log()  # what is counted so far, without its wait of a minute
    assert "Traceback" not in caplog.text


async def test_a_large_request_takes_many_turns(clients: Clients) -> None:
    """One of chunks of one byte took 36 ms of each turn, and 250 of them held up all others."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    size = 900_000
    reader, _ = await clients.connect(post(size))
    assert await is_ok(reader)
    counting.cancel()
    assert turns >= size / READ_BYTES
