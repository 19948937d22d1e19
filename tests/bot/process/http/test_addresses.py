"""What a request may name as its address."""

import asyncio
import gc

import pytest
from aiohttp import web

from tests.bot.process.http.serving import serving
from tests.support.workspace import StartBot


async def answer(port: int, address: str) -> bytes:
    """Its first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {address} HTTP/1.1\r\nHost: bot\r\n\r\n".encode())
    try:
        async with asyncio.timeout(5):
            return (await reader.readline()).strip()
    finally:
        writer.close()


@pytest.mark.parametrize("host", ["example.com", "xn--", "xn--a", "[::1]:80", "a%00b", "%C3%BC"])
async def test_a_host_is_not_looked_at(host: str, caplog: pytest.LogCaptureFixture) -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/path", hello)])
    async with serving(app) as server:
        first = await answer(server.port, f"http://{host}/path")
    gc.collect()  # then asyncio logs with what its tasks have ended
    assert first.split()[1] in (b"200", b"400")  # 400: it is no address
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_bot_answers_whatever_the_host(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, http: bool
) -> None:
    workspace = await start_bot(http=http)
    port = workspace.bot.port
    assert await answer(port, "http://xn--/healthz") == b"HTTP/1.1 200 OK"
    gc.collect()
    assert not [record for record in caplog.records if record.exc_info]
