"""No server can make the bot send cookies, which other servers might refuse."""

import io
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from bot.domain.parameters import Parameters
from bot.downloads.result_files import ResultFiles
from bot.errors import BotError
from bot.segmind.uploads import Uploads
from bot.slack.connection.session import slack_session
from tests.support.files.serve import answering, served

sent: list[str] = []


async def answer(request: web.Request) -> web.StreamResponse:
    sent.append(request.headers.get("cookie", ""))
    response = web.json_response({"request_id": "r1", "status": "QUEUED"})
    for number in range(50):
        response.headers.add("set-cookie", f"c{number}={'x' * 100}; Path=/")
    return response


async def test_cookies_are_not_kept(tmp_path: Path) -> None:
    sent.clear()
    async with answering(answer) as segmind:
        for _ in range(2):
            await segmind.poll("r1")
            await segmind.submit(Parameters(prompt="Hello"), tmp_path / "take")
    async with served(answer) as url:
        files = ResultFiles(max_bytes=1000_000, allow_loopback=True, folder=tmp_path)
        uploads = Uploads(api_key="k", url=url, allow_loopback=True)
        async with slack_session() as session:
            for _ in range(2):
                await files.head(url)
                with suppress(BotError):  # the answer names no address
                    await uploads.upload(io.BytesIO(b"x"), "audio/mpeg")
                async with session.get(url.replace("127.0.0.1", "localhost")) as response:
                    await response.read()
        await files.close()
        await uploads.close()
    assert sent == [""] * 10
