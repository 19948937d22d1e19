"""A server that sends too slowly is given up, and one that is just slow is not."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp import web

from bot.downloads import result_files
from bot.downloads.result_files import ResultFiles
from bot.errors import DownloadFailed
from tests.support.files.downloads import Serve, read


async def test_a_body_that_drips_fails(
    files: ResultFiles, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"1")
            await asyncio.sleep(0.01)

    monkeypatch.setattr(result_files, "STALL_SECONDS", 0.1)
    url = await serve(drip)
    async with asyncio.timeout(10):
        with pytest.raises(DownloadFailed, match="too slowly"):
            await read(files, url)
        with pytest.raises(DownloadFailed, match="too slowly"):
            await files.read_bytes(url)


async def test_headers_that_drip_fail(files: ResultFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not writer.is_closing():
                writer.write(b"1")
                await writer.drain()
                await asyncio.sleep(0.01)
            await writer.wait_closed()
        gone.set()

    monkeypatch.setattr(result_files, "STALL_SECONDS", 0.1)
    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DownloadFailed, match="too slowly"):
            await read(files, f"http://127.0.0.1:{port}/a.mp4")
        await gone.wait()


async def test_a_slow_but_steady_body_is_read(
    files: ResultFiles, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = bytes(result_files.MIN_BYTES_PER_SECOND)  # each one buys a second

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4):
            await response.write(piece)
            await asyncio.sleep(0.3)
        return response

    monkeypatch.setattr(result_files, "STALL_SECONDS", 1.0)
    assert await read(files, await serve(slow)) == piece * 4
