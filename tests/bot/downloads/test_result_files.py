"""Fetching a finished file: what is fetched, what is refused, and what is said when it breaks."""

import asyncio
import gzip
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.downloads import result_files
from bot.downloads.result_files import ResultFiles, save_file, streaming_client
from bot.downloads.safe_addresses import PublicResolver, is_allowed_address
from bot.errors import DownloadFailed, FileTooLarge, UnsafeUrl

LIMIT = 1_000_000
VIDEO = bytes(range(256)) * 1000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """Starts a server that answers everything with a handler; gives its URL."""
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


Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[ResultFiles]:
    files = ResultFiles(max_bytes=LIMIT, allow_loopback=True, folder=tmp_path)
    yield files
    await files.close()


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[ResultFiles]:
    """As on a real deployment: this machine is not to be reached."""
    files = ResultFiles(max_bytes=LIMIT, allow_loopback=False, folder=tmp_path)
    yield files
    await files.close()


async def read(files: ResultFiles, url: str) -> bytes:
    async with files.open(url) as file:
        return b"".join([chunk async for chunk in file.chunks])


async def video(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=VIDEO, content_type="video/mp4")


async def test_a_file_is_read_with_its_length_and_type(files: ResultFiles, serve: Serve) -> None:
    url = await serve(video)
    async with files.open(url) as file:
        assert (file.length, file.content_type) == (len(VIDEO), "video/mp4")
        assert b"".join([chunk async for chunk in file.chunks]) == VIDEO
    assert await read(files, url.replace("127.0.0.1", "localhost")) == VIDEO


async def test_a_length_that_is_not_announced_is_none(files: ResultFiles, serve: Serve) -> None:
    async def chunked(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(VIDEO)
        return response

    async with files.open(await serve(chunked)) as file:
        assert file.length is None
        assert b"".join([chunk async for chunk in file.chunks]) == VIDEO


async def test_captions_that_are_stored_compressed_are_read_all_the_same(
    files: ResultFiles, serve: Serve
) -> None:
    async def compressed(_request: web.Request) -> web.StreamResponse:
        body = gzip.compress("\ufeff1\nGrüße".encode())
        return web.Response(body=body, headers={"content-encoding": "gzip"})

    assert await files.text(await serve(compressed)) == "1\nGrüße"


async def test_text_has_a_limit_of_its_own(files: ResultFiles, serve: Serve) -> None:
    url = await serve(video)
    with pytest.raises(FileTooLarge):
        await files.text(url, limit=1000)


# --- too slow -------------------------------------------------------------------------------------


async def test_a_server_that_drips_is_given_up(
    files: ResultFiles, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"1")
            await asyncio.sleep(0.01)

    monkeypatch.setattr(result_files, "STALL_SECONDS", 0.1)
    url = await serve(drip)
    async with asyncio.timeout(10):
        with pytest.raises(DownloadFailed, match="too slowly"):
            await read(files, url)
        with pytest.raises(DownloadFailed, match="too slowly"):
            await files.text(url)


async def test_a_server_that_drips_its_headers_is_given_up(
    files: ResultFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not writer.is_closing():
                writer.write(b"1")
                await writer.drain()
                await asyncio.sleep(0.01)
            await writer.wait_closed()
        gone.set()

    monkeypatch.setattr(result_files, "STALL_SECONDS", 0.1)
    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DownloadFailed, match="too slowly"):
            await read(files, f"http://127.0.0.1:{port}/a.mp4")
        await gone.wait()


async def test_what_comes_fast_enough_may_take_its_time(
    files: ResultFiles, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = bytes(result_files.MIN_BYTES_PER_SECOND)  # each one buys a second

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4):
            await response.write(piece)
            await asyncio.sleep(0.1)
        return response

    monkeypatch.setattr(result_files, "STALL_SECONDS", 0.2)
    assert await read(files, await serve(slow)) == piece * 4


# --- too much, too little -------------------------------------------------------------------------


async def test_too_large_a_file_is_refused_before_it_is_read(
    files: ResultFiles, serve: Serve
) -> None:
    async def announced(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = LIMIT + 1
        await response.prepare(request)
        return response

    with pytest.raises(FileTooLarge):
        await read(files, await serve(announced))


async def test_too_large_a_file_is_cut_off_when_its_length_was_not_announced(
    files: ResultFiles, serve: Serve
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(VIDEO)

    with pytest.raises(FileTooLarge):
        await read(files, await serve(endless))


async def test_a_file_that_breaks_off_has_failed(files: ResultFiles, serve: Serve) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(VIDEO)
        await response.prepare(request)
        await response.write(VIDEO[:1000])
        assert request.transport
        request.transport.close()
        return response

    with pytest.raises(DownloadFailed):
        await read(files, await serve(half))


@pytest.mark.parametrize("status", [204, 206, 304, 400, 403, 404, 410, 429, 500, 503])
async def test_any_answer_but_200_has_failed(files: ResultFiles, serve: Serve, status: int) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    url = await serve(answer)
    with pytest.raises(DownloadFailed, match=str(status)):
        await read(files, url)


async def test_nobody_there_has_failed(files: ResultFiles, unused_tcp_port: int) -> None:
    with pytest.raises(DownloadFailed):
        await read(files, f"http://127.0.0.1:{unused_tcp_port}/a.mp4")


async def test_an_error_of_the_reader_is_left_as_it_is(files: ResultFiles, serve: Serve) -> None:
    url = await serve(video)
    with pytest.raises(httpx.ReadError, match="mine"):
        async with files.open(url):
            raise httpx.ReadError("mine")


# --- redirects ------------------------------------------------------------------------------------


async def test_redirects_are_followed_five_times(files: ResultFiles, serve: Serve) -> None:
    async def hops(request: web.Request) -> web.StreamResponse:
        left = int(request.query["left"])
        if not left:
            return await video(request)
        return web.Response(status=302, headers={"location": f"/b.mp4?left={left - 1}"})

    url = await serve(hops)
    assert await read(files, f"{url}?left=5") == VIDEO
    with pytest.raises(UnsafeUrl, match="redirects"):
        await read(files, f"{url}?left=6")


@pytest.mark.parametrize(
    "target",
    [
        "http://example.com/a.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "file:///etc/passwd",
        "ftp://example.com/",
    ],
)
async def test_each_hop_of_a_redirect_is_checked(
    files: ResultFiles, serve: Serve, target: str
) -> None:
    async def redirect(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"location": target})

    url = await serve(redirect)
    with pytest.raises(UnsafeUrl):
        await read(files, url)


async def test_a_redirect_to_no_url_is_refused(files: ResultFiles, serve: Serve) -> None:
    async def redirect(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"location": "https://[bad"})

    with pytest.raises(UnsafeUrl):
        await read(files, await serve(redirect))


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.mp4",
        "http://example.com/a.mp4",
        "ftp://example.com/a.mp4",
        "data:video/mp4;base64,AAAA",
        "http://127.0.0.1/a.mp4",
        "http://localhost/a.mp4",
        "https://127.0.0.1/a.mp4",
        "https://127.1/a.mp4",
        "https://2130706433/a.mp4",
        "https://0x7f000001/a.mp4",
        "https://0x7f.1./a.mp4",
        "https://0177.0.0.1/a.mp4",
        "https://127.0.0.1./a.mp4",
        "https://10.0.0.1/a.mp4",
        "https://172.16.0.1/a.mp4",
        "https://192.168.1.1/a.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/a.mp4",
        "https://0.0.0.0/a.mp4",
        "https://224.0.0.1/a.mp4",
        "https://255.255.255.255/a.mp4",
        "https://[::1]/a.mp4",
        "https://[::]/a.mp4",
        "https://[fe80::1]/a.mp4",
        "https://[fd00::1]/a.mp4",
        "https://[::ffff:127.0.0.1]/a.mp4",
        "https://[::ffff:10.0.0.1]/a.mp4",
        "https://[64:ff9b::7f00:1]/a.mp4",
        "https://[2002:7f00:1::]/a.mp4",
        "https://localhost/a.mp4",
        "https://[bad/a.mp4",
    ],
)
async def test_only_https_and_public_addresses_are_fetched(strict: ResultFiles, url: str) -> None:
    with pytest.raises(UnsafeUrl):
        await read(strict, url)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("2002:808:808::", True),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:0:808:808::", False),
        ("198.18.0.1", False),
        ("203.0.113.1", False),
        ("240.0.0.1", False),
    ],
)
def test_an_address_is_public_or_not(address: str, allowed: bool) -> None:
    assert is_allowed_address(address, allow_loopback=False) is allowed
    assert is_allowed_address(address, allow_loopback=True) is allowed


class Names(AbstractResolver):
    """A name server that gives other addresses the second time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else family,
                proto=0,
                flags=0,
            )
            for address in self._answers.pop(0)
        ]

    async def close(self) -> None:
        pass


async def test_the_private_addresses_of_a_name_are_left_out_each_time_it_resolves() -> None:
    names = PublicResolver(allow_loopback=False, resolver=Names(["8.8.8.8", "10.0.0.1"], ["::1"]))
    assert [each["host"] for each in await names.resolve("cdn.example", 443)] == ["8.8.8.8"]
    with pytest.raises(UnsafeUrl):
        await names.resolve("cdn.example", 443)


async def test_a_refused_address_comes_out_of_the_client_as_it_is() -> None:
    def rebound() -> PublicResolver:
        return PublicResolver(allow_loopback=False, resolver=Names(["127.0.0.1"]))

    async with streaming_client(rebound) as client:
        with pytest.raises(UnsafeUrl):
            await client.get("https://cdn.example/a.mp4")


# --- the spool ------------------------------------------------------------------------------------


async def test_a_stored_file_is_read_from_the_spool(files: ResultFiles, tmp_path: Path) -> None:
    path = tmp_path / "a b.mp4"
    path.write_bytes(VIDEO)
    async with files.open(path.as_uri()) as file:
        assert file.length == len(VIDEO)
        assert b"".join([chunk async for chunk in file.chunks]) == VIDEO


async def test_nothing_outside_the_spool_is_read(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("other") / "secret"
    outside.write_text("secret")
    (tmp_path / "link").symlink_to(outside)
    files = ResultFiles(max_bytes=LIMIT, allow_loopback=True, folder=tmp_path)
    escapes = [outside.as_uri(), f"{tmp_path.as_uri()}/../x", (tmp_path / "link").as_uri()]
    for url in escapes:
        with pytest.raises(UnsafeUrl):
            await read(files, url)
    for url in (f"{tmp_path.as_uri()}/gone", tmp_path.as_uri()):
        with pytest.raises(DownloadFailed):
            await read(files, url)
    await files.close()


async def test_a_file_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield VIDEO
        yield VIDEO

    async def broken() -> AsyncIterator[bytes]:
        yield VIDEO
        raise asyncio.CancelledError

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield b""

    with pytest.raises(asyncio.CancelledError):
        await save_file(broken(), tmp_path / "a")
    assert await save_file(nothing(), tmp_path / "a") == 0
    assert list(tmp_path.iterdir()) == []
    assert await save_file(chunks(), tmp_path / "a") == 2 * len(VIDEO)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [VIDEO + VIDEO]
