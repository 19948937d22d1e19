"""Servers that answer as a test wants, and the bot's downloads."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.downloads.result_files import ResultFiles
from tests.support.files.downloads import MAX_BYTES, Serve
from tests.support.files.serve import Handler


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server that answers every request with a handler; returns the URL of a file."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/a.mp4"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[ResultFiles]:
    files = ResultFiles(max_bytes=MAX_BYTES, allow_loopback=True, folder=tmp_path)
    yield files
    await files.close()


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[ResultFiles]:
    """As in production: this machine is not allowed."""
    files = ResultFiles(max_bytes=MAX_BYTES, allow_loopback=False, folder=tmp_path)
    yield files
    await files.close()
