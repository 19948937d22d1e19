"""The page without a bot: its server and the stand-ins."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.live import stage_for
from bot.demo.page import PageServer
from tests.bot.demo.page.opened import Opened


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """No bot: what is tested here is the page and the stand-in."""
    stage, team = stage_for(tmp_path, 1.0)
    async with stage.slack, stage.segmind, PageServer(stage, team.grace) as page:
        link = page.link
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            await http.get(link)
            yield Opened(stage, team, page, link, http)
