"""Downloading a file: what is read, and the error for every way in which it fails."""

import asyncio
import contextlib
import gzip
import tracemalloc
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from bot.downloads.result_files import ResultFiles
from bot.errors import DownloadFailed, FileTooLarge
from tests.support.files.downloads import MAX_BYTES, VIDEO, Serve, read, send_video


async def test_a_file_is_read_with_its_length_and_content_type(
    files: ResultFiles, serve: Serve
) -> None:
    url = await serve(send_video)
    async with files.open(url) as file:
        assert (file.length, file.content_type) == (len(VIDEO), "video/mp4")
        assert b"".join([chunk async for chunk in file.chunks]) == VIDEO
    assert await read(files, url.replace("127.0.0.1", "localhost")) == VIDEO


async def test_without_a_content_length_the_length_is_none(
    files: ResultFiles, serve: Serve
) -> None:
    async def chunked(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(VIDEO)
        return response

    async with files.open(await serve(chunked)) as file:
        assert file.length is None
        assert b"".join([chunk async for chunk in file.chunks]) == VIDEO


async def test_compressed_captions_are_read(files: ResultFiles, serve: Serve) -> None:
    async def compressed(_request: web.Request) -> web.StreamResponse:
        body = gzip.compress("\ufeff1\nGrüße".encode())
        return web.Response(body=body, headers={"content-encoding": "gzip"})

    content = await files.read_bytes(await serve(compressed))
    assert content.decode("utf-8-sig") == "1\nGrüße"


async def test_a_few_bytes_that_decompress_to_gigabytes_take_no_memory(
    files: ResultFiles, serve: Serve
) -> None:
    once = gzip.compress(bytes(64_000_000))
    for body, encoding in ((once, "gzip"), (gzip.compress(once), "gzip, gzip")):

        async def bomb(
            _request: web.Request, body: bytes = body, encoding: str = encoding
        ) -> web.StreamResponse:
            return web.Response(body=body, headers={"content-encoding": encoding})

        url = await serve(bomb)
        tracemalloc.start()
        try:
            with pytest.raises((FileTooLarge, DownloadFailed)):
                await read(files, url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 16_000_000


async def test_a_compressed_file_that_ends_too_early_is_a_failed_download(
    files: ResultFiles, serve: Serve
) -> None:
    async def cut(_request: web.Request) -> web.StreamResponse:
        body = gzip.compress(VIDEO)[:-20]
        return web.Response(body=body, headers={"content-encoding": "gzip"})

    with pytest.raises(DownloadFailed, match="too early"):
        await read(files, await serve(cut))


@pytest.mark.parametrize("length", ["0" * 5000 + "5", "\u0665"])
async def test_a_length_that_is_none_is_not_known(tmp_path: Path, length: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: " + length.encode())
        writer.write(b"\r\nConnection: close\r\n\r\nhello")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.srt"
    files = ResultFiles(max_bytes=MAX_BYTES, allow_loopback=True, folder=tmp_path)
    with contextlib.suppress(DownloadFailed):  # aiohttp itself refuses some of these
        assert await files.read_bytes(url) == b"hello"
    await files.close()
    server.close()


async def test_text_has_its_own_size_limit(files: ResultFiles, serve: Serve) -> None:
    url = await serve(send_video)
    with pytest.raises(FileTooLarge):
        await files.read_bytes(url, limit=1000)


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    files: ResultFiles, serve: Serve
) -> None:
    async def announced(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = MAX_BYTES + 1
        await response.prepare(request)
        return response

    with pytest.raises(FileTooLarge):
        await read(files, await serve(announced))


async def test_a_file_of_unknown_length_is_cut_off_at_the_limit(
    files: ResultFiles, serve: Serve
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(VIDEO)

    with pytest.raises(FileTooLarge):
        await read(files, await serve(endless))


async def test_a_truncated_file_fails(files: ResultFiles, serve: Serve) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(VIDEO)
        await response.prepare(request)
        await response.write(VIDEO[:1000])
        assert request.transport
        request.transport.close()
        return response

    with pytest.raises(DownloadFailed):
        await read(files, await serve(half))


@pytest.mark.parametrize("status", [204, 206, 304, 400, 403, 404, 410, 429, 500, 503])
async def test_every_status_but_200_fails(files: ResultFiles, serve: Serve, status: int) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    url = await serve(answer)
    with pytest.raises(DownloadFailed, match=str(status)):
        await read(files, url)


async def test_a_refused_connection_fails(files: ResultFiles, unused_tcp_port: int) -> None:
    with pytest.raises(DownloadFailed):
        await read(files, f"http://127.0.0.1:{unused_tcp_port}/a.mp4")


async def test_an_error_of_the_caller_is_not_translated(files: ResultFiles, serve: Serve) -> None:
    url = await serve(send_video)
    with pytest.raises(httpx.ReadError, match="mine"):
        async with files.open(url):
            raise httpx.ReadError("mine")
