"""Servers of others cost nothing in the event loop of everything else."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from random import Random

import httpx
import pytest
from aiohttp.client_proto import ResponseHandler
from h11 import Connection

from bot.domain.parameters import Parameters
from bot.downloads.result_files import ResultFiles
from bot.errors import InDoubt, NotUploaded
from bot.network.own_thread import OwnThread
from bot.segmind.client import Segmind
from bot.segmind.uploads import Uploads
from tests.bot.network.raw_server import answering
from tests.support.waiting import wait_until

WAIT = 10.0


class AtWork(httpx.AsyncBaseTransport):
    """Holds up its thread, as OpenSSL may, until it is told to go on."""

    def __init__(self) -> None:
        self.began, self.goes_on = threading.Event(), threading.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.began.set()
        assert self.goes_on.wait(WAIT), "nothing else ran meanwhile"
        return httpx.Response(200, content=b"Hello.")


async def test_what_holds_up_its_thread_holds_up_nothing_else() -> None:
    at_work = AtWork()
    async with httpx.AsyncClient(transport=OwnThread(at_work, "slow")) as client:
        answer = asyncio.create_task(client.get("https://cdn.example/a"))
        assert await asyncio.to_thread(at_work.began.wait, WAIT)
        at_work.goes_on.set()
        assert (await answer).content == b"Hello."


class Endless:
    """A server that begins each answer and never ends it. `open`: its connections."""

    def __init__(self) -> None:
        self.open = self.served = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open, self.served = self.open + 1, self.served + 1
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nHello")
            await reader.read()  # until the other side closes it
        self.open -= 1
        writer.close()


@pytest.fixture
async def endless() -> AsyncIterator[tuple[Endless, str]]:
    endless = Endless()
    server = await asyncio.start_server(endless.serve, "127.0.0.1", 0)
    async with server:
        yield endless, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_whoever_gives_up_in_any_moment_leaves_no_connection_open(
    endless: tuple[Endless, str], tmp_path: Path
) -> None:
    server, url = endless
    files = ResultFiles(max_bytes=1_000_000, allow_loopback=True, folder=tmp_path)
    moments = Random(1)
    for _ in range(200):
        with suppress(TimeoutError):
            async with asyncio.timeout(moments.uniform(0, 0.006)):
                await files.read_bytes(url)
    await wait_until(lambda: not server.open, WAIT)
    assert server.served > 10
    await files.close()


async def test_its_thread_ends_with_it(tmp_path: Path) -> None:
    files = ResultFiles(max_bytes=1_000_000, allow_loopback=True, folder=tmp_path)
    before = set(threading.enumerate())
    with pytest.raises(Exception, match="connection failed"):
        await files.read_bytes("http://127.0.0.1:9")
    its_own = set(threading.enumerate()) - before
    assert [thread.name for thread in its_own] == ["downloads"]
    await files.close()
    await wait_until(lambda: not any(thread.is_alive() for thread in its_own), WAIT)


async def test_without_a_free_descriptor_it_is_an_error_and_later_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_work = AtWork()
    at_work.goes_on.set()

    def none_is_free() -> asyncio.AbstractEventLoop:
        raise OSError("Too many open files")

    async with httpx.AsyncClient(transport=OwnThread(at_work, "slow")) as client:
        with monkeypatch.context() as patch:
            patch.setattr(asyncio.events, "new_event_loop", none_is_free)
            with pytest.raises(httpx.ConnectError, match="Too many"):
                await client.get("https://cdn.example/a")
        assert (await client.get("https://cdn.example/a")).content == b"Hello."


async def test_submissions_and_uploads_have_threads_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the main thread, a hostile one took a second of each turn."""
    threads = set[str]()

    def note_threads(kind: type, method: str) -> None:
        known = getattr(kind, method)

        def note_thread(connection: object, *args: object, **options: object) -> None:
            threads.add(threading.current_thread().name)
            known(connection, *args, **options)

        monkeypatch.setattr(kind, method, note_thread)

    note_threads(Connection, "__init__")
    note_threads(ResponseHandler, "connection_made")
    async with answering(b"garbage") as url:
        segmind = Segmind(api_key="k", api_url=url, history_url=url)
        uploads = Uploads(api_key="k", url=url, allow_loopback=True)
        with pytest.raises(InDoubt):
            await segmind.submit(Parameters(prompt="Hello"), tmp_path / "take")
        with pytest.raises(NotUploaded):
            await uploads.upload(BytesIO(b"x"), "audio/mpeg")
        await segmind.close()
        await uploads.close()
    assert threads == {"submissions", "uploads"}
