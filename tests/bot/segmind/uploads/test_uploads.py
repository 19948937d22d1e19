"""Segmind's storage, on the wire: what is sent there, and what its answers mean."""

import asyncio
import base64
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.audio.own_audio import MOST_BYTES
from bot.errors import (
    BotError,
    NotPossible,
    NotSent,
    NotUploaded,
)
from bot.segmind.uploads import CHUNK_BYTES, MAX_CONCURRENT_UPLOADS, Uploads
from tests.support.files.serve import Handler, served

ADDRESS = "https://cdn.segmind.com/uploads/me.mp3"
KEY = "SG_secret"


@asynccontextmanager
async def uploads_to(handler: Handler) -> AsyncIterator[Uploads]:
    async with served(handler) as url:
        uploads = Uploads(api_key=KEY, url=url, allow_loopback=False)
        try:
            yield uploads
        finally:
            await uploads.close()


def says(status: int, body: Any) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.json_response(body, status=status)

    return answer


@pytest.fixture
def mp3(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3" + bytes(range(256)) * 10)
    return path


async def put(handler: Handler, path: Path) -> str:
    async with uploads_to(handler) as uploads:
        with path.open("rb") as file:
            file.seek(5)  # wherever it is read to: all of it is sent
            return await uploads.upload(file, "audio/mpeg")


@pytest.mark.parametrize("size", [1, 2, 3, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 2])
async def test_the_file_arrives_as_a_data_url(tmp_path: Path, size: int) -> None:
    content = bytes(n % 251 for n in range(size))
    (path := tmp_path / "a.mp3").write_bytes(content)
    got: list[tuple[str, str, int | None, Any]] = []

    async def store(request: web.Request) -> web.StreamResponse:
        key = request.headers["x-api-key"]
        raw = await request.read()
        got.append((request.path, key, request.content_length, await request.json()))
        assert len(raw) == request.content_length
        return web.json_response({"file_urls": [ADDRESS]})

    assert await put(store, path) == ADDRESS
    [(where, key, _, body)] = got
    assert (where, key) == ("/upload-asset", KEY)
    [data_url] = body["data_urls"]
    head, _, encoded = data_url.partition(",")
    assert head == "data:audio/mpeg;base64"
    assert base64.b64decode(encoded, validate=True) == content


@pytest.mark.parametrize("name", ["file_urls", "urls"])
async def test_both_documented_names_of_the_list_are_read(mp3: Path, name: str) -> None:
    assert await put(says(200, {name: [ADDRESS], "message": "Files uploaded"}), mp3) == ADDRESS


@pytest.mark.parametrize(
    "body",
    [{}, [], None, "ok", {"file_urls": []}, {"file_urls": [None]}, {"urls": "https://a.io/x"},
     {"urls": ["http://10.0.0.1/a.mp3"]}, {"urls": ["https://127.0.0.1/a.mp3"]},
     {"urls": ["javascript:alert(1)"]}, {"urls": ["https://xn--/a.mp3"]},
     {"urls": ["https://a.io/" + "x" * 5000]}, {"file_urls": ["https://me:pw@a.io/x.mp3"]}],
)  # fmt: skip
async def test_an_answer_without_a_public_address_is_no_answer(mp3: Path, body: Any) -> None:
    with pytest.raises(NotUploaded):
        await put(says(200, body), mp3)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, NotPossible), (413, NotPossible), (422, NotPossible), (401, NotUploaded),
     (403, NotUploaded), (402, NotUploaded), (406, NotUploaded), (429, NotUploaded),
     (500, NotUploaded), (502, NotUploaded), (404, NotUploaded), (302, NotUploaded)],
)  # fmt: skip
async def test_each_refusal_has_its_error(mp3: Path, status: int, error: type[BotError]) -> None:
    with pytest.raises(error) as raised:
        await put(says(status, {"error": f"No. Your key is {KEY}"}), mp3)
    assert KEY not in str(raised.value)
    assert KEY not in raised.value.sentence


async def test_a_lost_answer_may_be_sent_again(mp3: Path) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        await request.read()
        assert request.transport
        request.transport.abort()
        return web.Response()

    with pytest.raises(NotUploaded) as raised:
        await put(cut, mp3)
    assert isinstance(raised.value, NotSent)  # what is retried


async def test_the_largest_file_takes_little_memory(tmp_path: Path) -> None:
    (path := tmp_path / "a.mp3").write_bytes(bytes(MOST_BYTES))

    async def drain(request: web.Request) -> web.StreamResponse:
        async for _ in request.content.iter_chunked(64 * 1024):
            await asyncio.sleep(0)
        return web.json_response({"file_urls": [ADDRESS]})

    tracemalloc.start()
    try:
        assert await put(drain, path) == ADDRESS
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


async def test_an_answer_before_the_end_of_an_upload_is_no_success(tmp_path: Path) -> None:
    """Segmind would be paid for a video of what it has of the file."""
    tested, body = asyncio.Event(), f'{{"urls": ["{ADDRESS}"]}}'.encode()
    with (path := tmp_path / "a.mp3").open("wb") as large:
        large.truncate(50_000_000)  # more than fits between the two

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await tested.wait()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    uploads = Uploads(api_key=KEY, url=url, allow_loopback=False)
    async with server:
        with path.open("rb") as file, pytest.raises(NotUploaded):
            await uploads.upload(file, "audio/mpeg")
        tested.set()
        await uploads.close()


async def test_slow_footage_holds_up_no_other_file(mp3: Path) -> None:
    async def store(request: web.Request) -> web.StreamResponse:
        if b"video/mp4" in await request.read():
            await asyncio.Event().wait()
        return web.json_response({"file_urls": [ADDRESS]})

    async with served(store) as url:
        uploads = Uploads(api_key=KEY, url=url, allow_loopback=False, slot_seconds=0.1)
        with ExitStack() as files:
            footage = [
                asyncio.ensure_future(
                    uploads.upload(files.enter_context(mp3.open("rb")), "video/mp4")
                )
                for _ in range(MAX_CONCURRENT_UPLOADS + 1)
            ]
            async with asyncio.timeout(20):
                audio = files.enter_context(mp3.open("rb"))
                assert await uploads.upload(audio, "audio/mpeg") == ADDRESS
            assert not any(one.done() for one in footage)
            for one in footage:
                one.cancel()
            await asyncio.gather(*footage, return_exceptions=True)
        await uploads.close()
