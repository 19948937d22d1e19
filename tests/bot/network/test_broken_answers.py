"""Whatever a server sends in place of HTTP, it is an error of ours, with a sentence."""

import asyncio
import io
from contextlib import suppress
from pathlib import Path

import pytest

from bot.domain.parameters import Parameters
from bot.downloads.result_files import ResultFiles
from bot.errors import BotError, DownloadFailed, InDoubt
from bot.segmind.client import Segmind
from bot.segmind.uploads import Uploads
from tests.bot.network.raw_server import answering

EMPTY = b"Content-Length: 0\r\n\r\n"
ANSWERS = {
    "not HTTP": b"garbage\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
    "a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    "another version": b"HTTP/9.9 200 OK\r\n" + EMPTY,
    "no host": b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n" + EMPTY,
    "a host that isn't one": b"HTTP/1.1 302 Found\r\nLocation: https://xn--\r\n" + EMPTY,
    "a host that Python refuses": b"HTTP/1.1 302 Found\r\nLocation: https://:ftp://::[\r\n" + EMPTY,
    "no place": b"HTTP/1.1 302 Found\r\nLocation: https:x\r\n" + EMPTY,
    "another kind of address": b"HTTP/1.1 307 Found\r\nLocation: mailto:x\r\n" + EMPTY,
    "a long host": b"HTTP/1.1 302 Found\r\nLocation: https://%b.com\r\n%b" % (b"a" * 64, EMPTY),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=[*ANSWERS])
async def test_a_broken_answer_is_an_error_with_a_sentence(answer: bytes, tmp_path: Path) -> None:
    async with answering(answer) as url:
        files = ResultFiles(max_bytes=1_000_000, allow_loopback=True, folder=tmp_path)
        segmind = Segmind(api_key="k", api_url=url, history_url=url, requests_per_minute=600_000)
        uploads = Uploads(api_key="k", url=url, allow_loopback=True)
        with pytest.raises(BotError):
            await files.read_bytes(url)
        with pytest.raises(BotError):
            await files.head(url)
        with pytest.raises(BotError):
            await segmind.poll("r1")
        with pytest.raises(BotError):
            await uploads.upload(io.BytesIO(b"x"), "audio/mpeg")
        with pytest.raises(InDoubt):
            await segmind.submit(Parameters(prompt="Hello"), tmp_path / "take")
        with pytest.raises(InDoubt):
            await segmind.twins.create({"name": "Ada"})
    for one in (files, segmind, uploads):
        await one.close()


async def test_an_answer_that_can_t_be_read_keeps_no_connection(tmp_path: Path) -> None:
    """aiohttp has a hundred: with a hundred such answers, nothing was downloaded anymore."""
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 \xff\r\nContent-Length: 100\r\n\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        closed.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    files = ResultFiles(max_bytes=1000, allow_loopback=True, folder=tmp_path)
    async with server:
        with suppress(DownloadFailed):
            async with files.open(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"):
                pass
        async with asyncio.timeout(10):
            await closed.wait()
    await files.close()
