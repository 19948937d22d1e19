"""The Slack stand-in, and the bot's uploads to it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.demo.stage import MANIFEST
from bot.downloads.result_files import ResultFiles
from bot.slack.files import SlackFiles
from tests.support.files.uploads import VIDEO, Serve


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(MANIFEST) as slack:
        yield slack


@pytest.fixture
async def results(tmp_path: Path) -> AsyncIterator[ResultFiles]:
    results = ResultFiles(max_bytes=100_000_000, allow_loopback=True, folder=tmp_path)
    yield results
    await results.close()


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


@pytest.fixture
async def files(
    client: AsyncWebClient, results: ResultFiles, tmp_path: Path
) -> AsyncIterator[SlackFiles]:
    files = SlackFiles(client, results, folder=tmp_path, allow_loopback=True)
    yield files
    await files.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """A CDN with one file: `body`, `times` times, with a content length or not.

    With `cut`, the connection closes half-way; with `drip`, bytes come one by one without end.
    """
    runners: list[web.AppRunner] = []

    async def start(
        body: bytes = VIDEO, times: int = 1, *, length: bool = True, cut: bool = False,
        drip: bool = False,
    ) -> str:  # fmt: skip
        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"content-type": "video/mp4"})
            if length:
                response.content_length = len(body) * times
            await response.prepare(request)
            if drip:
                await response.write(body[:100])
            while drip:
                await response.write(body[:1])
                await asyncio.sleep(0.01)
            for _ in range(times):
                await response.write(body[: len(body) // 2] if cut else body)
            if cut and request.transport:
                request.transport.close()
            return response

        app = web.Application()
        app.router.add_get("/a.mp4", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/a.mp4"

    yield start
    for runner in runners:
        await runner.cleanup()
