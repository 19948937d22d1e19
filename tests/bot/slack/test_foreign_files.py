"""Files that people add to Slack from other services."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.downloads.result_files import ResultFiles
from bot.errors import UnsafeUrl
from bot.slack.files import SlackFiles
from tests.support.files.serve import served


async def asked_for(folder: Path, url_private: str, **said: Any) -> list[str]:
    """The paths that a server was asked for, which says that a file is there. `{}`: its port."""
    asked: list[str] = []
    results = ResultFiles(max_bytes=1000, allow_loopback=True, folder=folder)

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        file = {"url_private": url_private.format(request.url.port), **said}
        return web.json_response({"ok": True, "file": file})

    async with served(answer) as url, aiohttp.ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        files = SlackFiles(client, results, folder=folder, allow_loopback=True)
        with pytest.raises(UnsafeUrl, match="not an address of Slack"):
            await files.copy("F1", filename="a.mp4", alt_text="A video")
        await files.close()
        await results.close()
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:{}",
        "http://[::",
        "http://localhost:{}\uff0f.slack.com",
        "file://a.slack.com",
    ],
)
async def test_a_file_from_elsewhere_gets_no_token(tmp_path: Path, address: str) -> None:
    """Files that people add from other services have any address, and databases can be changed."""
    assert await asked_for(tmp_path, f"{address}/elsewhere") == ["/api/files.info"]


@pytest.mark.parametrize("said", [{"is_external": True}, {"mode": "external"}])
async def test_a_remote_file_gets_none_wherever_it_says_that_it_is(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    """It may name a file of somebody else."""
    url = "http://127.0.0.1:{}/files-pri/T1-F1/news.mp4"
    assert await asked_for(tmp_path, url, **said) == ["/api/files.info"]
