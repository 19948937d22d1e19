"""The addresses that the bot uploads to: Slack's answer names them, and they are checked."""

import asyncio
import gzip
import socket
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.downloads.result_files import ResultFiles
from bot.errors import FileRefused, SlackUnavailable
from bot.slack.files import SlackFiles
from tests.support.files.serve import served


async def test_an_upload_url_must_be_https(
    client: AsyncWebClient, results: ResultFiles, slack: SlackStandIn, tmp_path: Path
) -> None:
    files = SlackFiles(client, results, folder=tmp_path, allow_loopback=False)
    with pytest.raises(FileRefused) as raised:
        await files.upload_text("1", filename="a.srt", alt_text="Captions")
    assert raised.value.code == "unsafe_upload_url"
    assert [call.name for call in slack.journal.calls()] == ["files.getUploadURLExternal"]
    await files.close()


async def test_an_upload_url_must_resolve_to_a_public_address(
    files: SlackFiles, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever answers in the place of Slack's API could name a machine in the bot's network."""
    name, look_up = "upload.example", socket.getaddrinfo

    def private(host: Any, *args: Any, **options: Any) -> Any:
        return look_up("10.0.0.1" if host == name else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", private)
    slack.installation.upload_url = f"https://{name}"
    with pytest.raises(FileRefused) as raised:
        await files.upload_text("1", filename="a.srt", alt_text="Captions")
    assert raised.value.code == "unsafe_upload_url"


async def test_of_an_answer_to_an_upload_only_the_beginning_is_read(
    slack: SlackStandIn, files: SlackFiles
) -> None:
    """Decompressed, a hundred kilobytes of it would be a hundred megabytes."""
    bomb = gzip.compress(bytes(100_000_000), 1)

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(body=bomb, headers={"content-encoding": "gzip"})

    async with served(answer) as url:
        slack.installation.upload_url = url
        tracemalloc.start()
        try:
            await files.upload_text("1", filename="a.srt", alt_text="Captions")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 10_000_000


async def test_an_answer_before_the_end_of_an_upload_is_no_success(
    slack: SlackStandIn, files: SlackFiles, tmp_path: Path
) -> None:
    """A video that nobody has received would count as delivered."""
    video, tested = tmp_path / "video.mp4", asyncio.Event()
    with video.open("wb") as file:
        file.truncate(50_000_000)  # more than fits between the two

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        await tested.wait()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        slack.installation.upload_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(SlackUnavailable):
            await files.upload_from_disk(video, filename="a.mp4", alt_text="A video")
        tested.set()
