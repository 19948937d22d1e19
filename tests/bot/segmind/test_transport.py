"""Limits on the size, compression, nesting and duration of a response."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web

from bot.domain.parameters import Parameters
from bot.errors import InDoubt, SegmindUnavailable
from bot.segmind.client import Progress, Result, Segmind, Submitted
from bot.segmind.transport import (
    MAX_CONCURRENT_REQUESTS,
    MAX_PAGE_BYTES,
    MAX_RESPONSE_BYTES,
)
from tests.support.files.serve import Handler, answering, served

HELLO = Parameters(prompt="Hello, team.")
MB = 1024 * 1024
COMPRESSION: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}


def always(body: bytes, encoding: str = "") -> Handler:
    headers = {"content-type": "application/json"}
    if encoding:
        headers["content-encoding"] = encoding

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers=headers)

    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" " * MB)


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def every_call_fails(segmind: Segmind, tmp_path: Path) -> None:
    with pytest.raises(SegmindUnavailable):
        await segmind.poll("r1", tmp_path / "take")
    with pytest.raises(SegmindUnavailable):
        await segmind.history_row("r1")
    with pytest.raises(SegmindUnavailable):
        await segmind.account.balance()
    with pytest.raises(InDoubt):
        await segmind.submit(HELLO, tmp_path / "take")


async def test_an_endless_response_is_not_read_further(tmp_path: Path) -> None:
    async with answering(endless) as segmind:
        await every_call_fails(segmind, tmp_path)


@pytest.mark.parametrize("encoding", COMPRESSION)
async def test_a_response_that_decompresses_to_256_MB_takes_no_memory(
    tmp_path: Path, encoding: str
) -> None:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | (16 if encoding == "gzip" else 0))
    bomb = b"".join(packer.compress(bytes(8 * MB)) for _ in range(32)) + packer.flush()
    assert len(bomb) < MB
    async with answering(always(bomb, encoding)) as segmind:
        tracemalloc.start()
        try:
            await every_call_fails(segmind, tmp_path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 64 * MB


async def test_a_compressed_video_is_looked_up_instead_of_decompressed(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/status"):
            return web.json_response({"status": "COMPLETED"})
        if "history" in request.path:
            done = {"request_id": "r1", "model_status": "COMPLETED"}
            return web.json_response({**done, "generation_url": "https://cdn.example/a.mp4"})
        headers = {"content-type": "video/mp4", "content-encoding": "gzip"}
        return web.Response(body=gzip.compress(bytes(MB)), headers=headers)

    async with answering(answer) as segmind:
        result = await segmind.poll("r1", tmp_path / "take")
    assert result == Result("https://cdn.example/a.mp4", "", None, "r1")
    assert list(tmp_path.iterdir()) == []


async def test_a_video_without_an_end_is_looked_up_and_does_not_fill_the_disk(
    tmp_path: Path,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/status"):
            return web.json_response({"status": "COMPLETED"})
        if "history" in request.path:
            done = {"request_id": "r1", "model_status": "COMPLETED"}
            return web.json_response({**done, "generation_url": "https://cdn.example/a.mp4"})
        response = web.StreamResponse(headers={"content-type": "video/mp4"})
        await response.prepare(request)
        for _ in range(20):  # a real one would never stop
            await response.write(bytes(MB))
        return response

    async with answering(answer, max_video_mb=2) as segmind:
        result = await segmind.poll("r1", tmp_path / "take")
    assert result == Result("https://cdn.example/a.mp4", "", None, "r1")
    assert list(tmp_path.iterdir()) == []


async def test_a_result_that_drips_times_out(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/status"):
            return web.json_response({"status": "COMPLETED"})
        return await drip(request)

    async with served(answer) as url:
        segmind = Segmind(
            api_key="k", api_url=url, history_url=url, requests_per_minute=600_000, timeout=0.5
        )
        with pytest.raises(SegmindUnavailable):
            await asyncio.wait_for(segmind.poll("r1", tmp_path / "take"), 10)
        await segmind.close()


@pytest.mark.parametrize("api", ["v2", "v1"])
async def test_a_submission_whose_answer_drips_is_in_doubt_after_a_while(
    tmp_path: Path, api: Literal["v2", "v1"]
) -> None:
    async with served(drip) as url:
        segmind = Segmind(
            api_key="k", api_url=url, history_url=url, api=api, requests_per_minute=600_000,
            timeout=0.2, v1_timeout=0.4,
        )  # fmt: skip
        with pytest.raises(InDoubt):
            await asyncio.wait_for(segmind.submit(HELLO, tmp_path / "take"), 10)
        await segmind.close()


@pytest.mark.parametrize("encoding", ["", *COMPRESSION])
async def test_a_response_that_a_gateway_has_compressed_is_read(
    tmp_path: Path, encoding: str
) -> None:
    body = json.dumps({"request_id": "r1", "status": "PROCESSING"}).encode()
    body = COMPRESSION[encoding](body) if encoding else body
    async with answering(always(body, encoding)) as segmind:
        assert await segmind.poll("r1") == Progress("PROCESSING")
        assert await segmind.submit(HELLO, tmp_path / "take") == Submitted("r1")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(b'{"status": "QUEUED"}')[:-9], "gzip"), (b"{}", "gzip"), (b"{}", "br")],
    ids=["cut off", "not compressed", "not requested"],
)
async def test_a_response_that_cannot_be_decompressed_is_an_error(
    tmp_path: Path, body: bytes, encoding: str
) -> None:
    async with answering(always(body, encoding)) as segmind:
        await every_call_fails(segmind, tmp_path)


async def test_compression_is_not_requested(tmp_path: Path) -> None:
    asked: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("accept-encoding"))
        return web.json_response({"request_id": "r1", "status": "QUEUED"})

    async with answering(answer) as segmind:
        await segmind.poll("r1")
        await segmind.submit(HELLO, tmp_path / "take")
    assert asked == ["identity", "identity"]


async def test_a_page_of_the_history_with_the_longest_scripts_fits() -> None:
    def row(number: int) -> dict[str, Any]:
        body = {"prompt": "Wörter " * 1500}
        return {"request_id": f"r{number}", "model_status": "COMPLETED", "request_body": body}

    page = json.dumps({"data": [row(number) for number in range(100)]}).encode()
    assert MB < len(page) < MAX_PAGE_BYTES
    async with answering(always(page)) as segmind:
        rows, _ = await segmind.available_history(datetime.now(UTC))
    assert rows[-1].request_id == "r99"


async def test_no_other_answer_is_as_long_as_a_page_of_the_history(tmp_path: Path) -> None:
    """Decoding one stops everything else, and there are many polls a minute."""
    body = b'{"request_id": "r1", "status": "QUEUED", "x": "%b"}' % (b"x" * MAX_RESPONSE_BYTES)
    async with answering(always(body)) as segmind:
        await every_call_fails(segmind, tmp_path)


@pytest.mark.parametrize("nested", ["[", '{"output":', '{"request_id":[', '{"data":{"rows":'])
async def test_a_deeply_nested_response_is_an_error(tmp_path: Path, nested: str) -> None:
    for deep in (100, 900, 100_000):
        closing = "".join({"[": "]", "{": "}"}.get(c, "") for c in reversed(nested * deep))
        body = (nested * deep + "1" + closing).encode()
        async with answering(always(body)) as segmind:
            with pytest.raises(SegmindUnavailable):
                await segmind.poll("r1", tmp_path / "take")
            with pytest.raises(InDoubt):
                await segmind.submit(HELLO, tmp_path / "take")


async def test_concurrent_polls_share_a_few_connections(tmp_path: Path) -> None:
    at_once = most = 0

    async def status(_request: web.Request) -> web.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return web.json_response({"status": "PROCESSING"})

    async with answering(status) as segmind:
        await asyncio.gather(*(segmind.poll(f"r{n}") for n in range(100)))
    assert most <= 10


async def test_a_get_follows_no_redirect_and_returns_no_cookie() -> None:
    seen: list[web.Request] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        headers = {"location": "/elsewhere", "set-cookie": "who=segmind; Path=/"}
        return web.Response(status=302, headers=headers)

    async with answering(elsewhere) as segmind:
        for _ in range(2):
            with pytest.raises(SegmindUnavailable):
                await segmind.poll("r1")
    assert [request.path for request in seen] == ["/v2/requests/r1/status"] * 2
    assert [dict(request.cookies) for request in seen] == [{}, {}]


@pytest.mark.parametrize("look", [Segmind.history_row, Segmind.final_result])
async def test_a_history_that_hangs_holds_up_no_poll(
    tmp_path: Path, look: Callable[[Segmind, str], Coroutine[Any, Any, object]]
) -> None:
    """It may be another server than that of the polls, also of those that look into it."""
    asked, goes_on = asyncio.Semaphore(0), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/status"):
            return web.json_response({"status": "PROCESSING"})
        if "history" not in request.path:
            return web.Response(status=404)
        asked.release()
        await goes_on.wait()
        return web.Response(status=404)

    async with answering(answer) as segmind:
        many = range(2 * MAX_CONCURRENT_REQUESTS)
        looks = asyncio.gather(*(look(segmind, f"r{number}") for number in many))
        for _ in range(MAX_CONCURRENT_REQUESTS):
            await asked.acquire()
        assert await segmind.poll("r1", tmp_path / "take") == Progress("PROCESSING")
        goes_on.set()
        assert await looks == [None] * len(many)
