"""Where a process may open few files, many connections to the port don't use them up."""

import asyncio
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import create_connection

import aiohttp
import pytest
from aiohttp import web

from bot.demo.stage import Stage
from bot.process.http import server as http_server
from tests.bot.process.http.serving import serving
from tests.support.processes.ports import free_port


@pytest.fixture
def limit_files() -> Iterator[Callable[[int], None]]:
    """Limits the open files of this process, and of those that it starts from then on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda files: resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_the_start_raises_a_low_limit(
    tmp_path: Path, limit_files: Callable[[int], None]
) -> None:
    """256 is what macOS allows by default."""
    port = free_port()
    limit_files(256)
    async with Stage(tmp_path, http=True, PORT=str(port)) as stage, asyncio.timeout(120):
        limit_files(min(2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        with ExitStack() as connections:
            for _ in range(http_server.MAX_CONNECTIONS - 1):
                connections.enter_context(create_connection(("127.0.0.1", port)))
            await stage.slack.person("Ada").command(
                "/avatar", "Hello team.", stage.slack.channel("marketing")
            )
            await stage.slack.person("Ada").modal()
        assert await stage.bot.stop() == 0
    assert "Too many open files" not in (tmp_path / "bot.log").read_text()


async def test_half_of_a_limit_that_stays_low_is_for_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "most_open_files", lambda: 20)

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    async with serving(app) as server:
        others = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(30)]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{server.port}/") as answer,
        ):
            assert await answer.text() == "hello"
        async with asyncio.timeout(5):  # the oldest have made room for the others
            for reader, _ in others[:20]:
                assert await reader.read() == b""
        for _, writer in others:
            writer.close()
