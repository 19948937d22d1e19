"""A server whose bytes cost much CPU gets little of each turn of the event loop."""

import asyncio
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest
from aiohttp.client_proto import ResponseHandler

from bot.downloads.result_files import ResultFiles
from bot.network import fair_reads
from bot.network.fair_reads import LEAST_BYTES, MOST_BYTES

SIZE = 2_000_000
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"1\r\na\r\n"
ANSWERS = {
    "answers before the answer": CONTINUE * (SIZE // len(CONTINUE)) + EMPTY,
    "chunks of one byte": CHUNKED + CHUNK * (SIZE // len(CHUNK)) + b"0\r\n\r\n",
}
VIDEO = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE + b"x" * SIZE


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much was read at a time."""
    read, found = ResponseHandler.data_received, list[int]()

    def note_size(handler: ResponseHandler, data: bytes) -> None:
        found.append(len(data))
        read(handler, data)

    monkeypatch.setattr(ResponseHandler, "data_received", note_size)
    return found


async def fetch(answer: bytes, folder: Path) -> bytes:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    files = ResultFiles(max_bytes=10_000_000, allow_loopback=True, folder=folder)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        content = await files.read_bytes(url, limit=SIZE)
    await files.close()
    return content


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=[*ANSWERS])
async def test_what_costs_much_is_read_bit_by_bit(
    answer: bytes, sizes: list[int], tmp_path: Path
) -> None:
    """256 KB of it took 0.1 s of each turn, and twenty such servers held up Slack for 3 s."""
    await fetch(answer, tmp_path)
    assert max(sizes) < MOST_BYTES


async def test_too_expensive_a_server_gets_the_least(
    sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_reads, "LONGEST_SECONDS", 0)
    assert await fetch(VIDEO, tmp_path) == b"x" * SIZE
    assert max(sizes) == LEAST_BYTES


async def test_a_cheap_one_gets_more_each_time(
    sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_reads, "LONGEST_SECONDS", inf)
    assert await fetch(VIDEO, tmp_path) == b"x" * SIZE
    assert max(sizes) > 4 * LEAST_BYTES
