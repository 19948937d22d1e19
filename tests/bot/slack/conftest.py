"""The Slack stand-in, and the bot's uploads to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.demo.stage import MANIFEST
from bot.downloads.result_files import ResultFiles
from bot.slack.files import SlackFiles


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
