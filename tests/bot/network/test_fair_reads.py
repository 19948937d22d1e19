"""A server whose bytes cost much CPU gets little of each turn of the event loop."""

import asyncio
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest
from aiohttp.client_proto import ResponseHandler
from h11 import Connection

from bot.domain.parameters import Parameters
from bot.downloads.result_files import ResultFiles
from bot.errors import InDoubt, SegmindUnavailable
from bot.network import fair_reads
from bot.network.fair_reads import LEAST_BYTES, MOST_ANSWERS, MOST_BYTES, MOST_IN_MAIN_THREAD
from bot.segmind.client import Segmind
from bot.segmind.uploads import Uploads
from tests.bot.network.raw_server import answering

SIZE = 2_000_000
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"1\r\na\r\n"
ANSWERS = {
    "answers before the answer": CONTINUE * (SIZE // len(CONTINUE)) + EMPTY,
    "chunks of one byte": CHUNKED + CHUNK * (SIZE // len(CHUNK)) + b"0\r\n\r\n",
}
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
VIDEO = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE + b"x" * SIZE


async def fetch(answer: bytes, folder: Path) -> bytes:
    files = ResultFiles(max_bytes=10_000_000, allow_loopback=True, folder=folder)
    async with answering(answer) as url:
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


async def test_in_the_main_thread_even_a_cheap_one_gets_little(
    sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 250 KB that cost nothing, ten connections took 2 s of one turn."""
    monkeypatch.setattr(fair_reads, "LONGEST_SECONDS", inf)
    async with answering(VIDEO) as url:
        segmind = Segmind(api_key="k", api_url=url, history_url=url)
        with pytest.raises(SegmindUnavailable):
            await segmind.account.balance()
        await segmind.close()
    assert max(sizes) <= MOST_IN_MAIN_THREAD


async def test_answers_that_nobody_asked_for_end_an_idle_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They took more than a gigabyte of memory within 15 seconds."""
    keep, kept = ResponseHandler.feed_data, list[object]()
    idle, ended = asyncio.Event(), asyncio.Event()

    def count(handler: ResponseHandler, answer: tuple[object, object], size: int = 0) -> None:
        kept.append(answer)
        keep(handler, answer, size)  # type: ignore[arg-type]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(EMPTY)
            await idle.wait()
            for _ in range(1000):
                writer.write(NO_CONTENT * 100)
                await writer.drain()
            await reader.read()
        writer.close()
        ended.set()

    monkeypatch.setattr(ResponseHandler, "feed_data", count)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        uploads = Uploads(api_key="k", url=url, allow_loopback=True)
        await uploads.reach()
        idle.set()
        await ended.wait()
    await uploads.close()
    assert MOST_ANSWERS < len(kept) < 2 * LEAST_BYTES / len(NO_CONTENT)


async def test_the_answer_to_a_submission_is_read_bit_by_bit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """64 KB of chunks of one byte took 0.2 s of each turn, for each submission."""
    receive, found = Connection.receive_data, list[int]()

    def note_size(connection: Connection, data: bytes) -> None:
        found.append(len(data))
        receive(connection, data)

    monkeypatch.setattr(Connection, "receive_data", note_size)
    async with answering(CHUNKED + CHUNK * 30_000 + b"0\r\n\r\n") as url:
        segmind = Segmind(api_key="k", api_url=url, history_url=url)
        with pytest.raises(InDoubt):
            await segmind.submit(Parameters(prompt="Hello"), tmp_path / "take")
        await segmind.close()
    assert max(found) <= 8 * 1024
