"""A server that stops listening leaves no connection open, not even the newest."""

import asyncio
import socket
from contextlib import ExitStack, suppress

import pytest
from aiohttp import web

from bot.process.http.counted_warnings import CountedWarnings
from bot.process.http.server import HttpServer


@pytest.mark.parametrize("turns", range(6))
async def test_connections_that_come_as_it_closes_are_closed(turns: int) -> None:
    """In each turn of the loop between their acceptance and the first byte."""
    server = HttpServer(web.Application(), CountedWarnings())
    await server.start(("127.0.0.1",), 0)
    with ExitStack() as clients:
        connected = [
            clients.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            for _ in range(2)
        ]
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.close()
        for client in connected:
            client.settimeout(5)
            with suppress(ConnectionResetError):
                assert await asyncio.to_thread(client.recv, 1) == b""


async def test_a_line_names_only_so_many_reasons(caplog: pytest.LogCaptureFixture) -> None:
    refusals = CountedWarnings("dropped")
    for n in range(100):
        refusals.count(f"of kind {n}")
    refusals.close()
    first, rest = (record.getMessage() for record in caplog.records)
    assert first == "dropped: 1 of kind 0"
    assert rest.startswith("dropped: 1 of kind 1, 1 of kind 2, ")
    assert rest.endswith(", 1 of kind 20, 79 for other reasons")
