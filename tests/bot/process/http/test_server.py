"""The HTTP port under clients that are slow, broken or far too many."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.demo.stage import Stage
from bot.errors import ConfigurationError
from bot.process.http import server as http_server
from bot.process.http.counted_warnings import CountedWarnings
from bot.process.http.server import HttpServer
from tests.bot.process.http.serving import serving
from tests.support.processes.ports import free_port
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot

HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: bot\r\nX-Sl"
HALF_A_BODY = (
    b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/json\r\n\r\n{"
)
GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"


class Client:
    """A bare connection, to send what no HTTP library would."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def status(self) -> int:
        """Of the next answer."""
        async with asyncio.timeout(5):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        await self._reader.readexactly(int(head.lower().split("content-length: ")[1].split()[0]))
        return int(head.split()[1])

    async def is_closed(self) -> bool:
        """Waits until the server has closed the connection without another answer."""
        try:
            async with asyncio.timeout(5):
                return await self._reader.read(1) == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def client(port: int, data: bytes = b"") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.fixture
def bodies() -> list[bytes]:
    """What the server has read so far."""
    return []


@pytest.fixture
async def server(bodies: list[bytes]) -> AsyncIterator[HttpServer]:
    """It answers with the body of the request, after a second if that is "slow"."""

    async def echo(request: web.Request) -> web.Response:
        body = await request.read()
        bodies.append(body)
        if body == b"slow":
            await asyncio.sleep(1)
        return web.Response(body=body)

    app = web.Application()
    app.router.add_route("*", "/", echo)
    async with serving(app) as server:
        yield server


@pytest.fixture
def limit_files() -> Iterator[Callable[[int], None]]:
    """Limits the open files of this process, and of those that it starts from then on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda files: resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("half", [HALF_A_HEAD, HALF_A_BODY], ids=["headers", "body"])
async def test_1100_half_sent_requests_stop_nobody(
    tmp_path: Path, half: bytes, limit_files: Callable[[int], None]
) -> None:
    port = free_port()
    limit_files(1024)  # the usual one, for the bot
    async with Stage(tmp_path, http=True, PORT=str(port)) as stage, AsyncExitStack() as attack:
        ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
        limit_files(2048)
        for _ in range(1100):
            await attack.enter_async_context(client(port, half))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
            for _ in range(3):
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 200
        await ada.command("/avatar", "Hello team.", marketing)
        await ada.modal()
        assert await stage.bot.stop() == 0
    printed = (tmp_path / "bot.log").read_text()
    assert "HTTP requests refused: 1 with too many connections" in printed
    assert "Traceback" not in printed
    assert len(printed) < 10_000


async def test_headers_that_do_not_arrive_close_the_connection(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "HEADER_SECONDS", 0.2)
    async with client(server.port, HALF_A_HEAD) as first, client(server.port) as silent:
        assert await first.is_closed()
        assert await silent.is_closed()
    async with client(server.port, GET) as later:
        assert await later.status() == 200
        await asyncio.sleep(0.4)  # idle between two requests for as long as it likes
        later.send(GET)
        assert await later.status() == 200
        later.send(HALF_A_HEAD)
        assert await later.is_closed()


async def test_a_slow_answer_is_not_cut_off(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "HEADER_SECONDS", 0.2)
    slow = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 4\r\n\r\nslow"
    async with client(server.port, slow) as waiting:
        assert await waiting.status() == 200


async def test_a_body_that_does_not_arrive_is_a_408(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(http_server, "LINGER_SECONDS", 0.1)
    async with client(server.port, HALF_A_BODY) as slow:
        assert await slow.status() == 408
        assert await slow.is_closed()


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
async def test_a_large_body_is_a_413(server: HttpServer, is_chunked: bool) -> None:
    size = 1024 * 1024 + 1
    length = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % size
    head = b"POST / HTTP/1.1\r\nHost: bot\r\n" + length + b"\r\n\r\n"
    body = b"x" * size
    if is_chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
    async with client(server.port, head + body) as large:
        assert await large.status() == 413


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/9.9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: bot\r\nno header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: bot\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["TLS", "version", "header", "long header", "length", "chunk"],
)
async def test_what_is_not_http_is_a_400_and_counted(
    server: HttpServer, caplog: pytest.LogCaptureFixture, garbage: bytes
) -> None:
    for _ in range(3):
        async with client(server.port, garbage) as broken:
            assert await broken.status() == 400
            assert await broken.is_closed()
    server.refusals.log()
    first, rest = (line for line in caplog.messages if "refused" in line)
    assert first.startswith("HTTP requests refused: 1 ")
    assert rest.startswith("HTTP requests refused: 2 ")
    assert "Traceback" not in caplog.text


async def test_the_oldest_connection_without_a_whole_request_makes_room(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 3)
    slow = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 4\r\n\r\nslow"
    async with (
        client(server.port, GET) as idle,
        client(server.port, slow) as busy,
        client(server.port, HALF_A_HEAD) as half,
    ):
        assert await idle.status() == 200
        async with client(server.port, GET) as new:
            assert await half.is_closed()
            assert await new.status() == 200
            async with client(server.port, GET) as newer:  # now the oldest that is idle goes
                assert await idle.is_closed()
                assert await newer.status() == 200
        assert await busy.status() == 200


async def test_a_connection_is_refused_where_all_others_are_being_answered(
    server: HttpServer, bodies: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 2)
    slow = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 4\r\n\r\nslow"
    async with client(server.port, slow) as first, client(server.port, slow) as second:
        await wait_until(lambda: bodies == [b"slow", b"slow"])
        async with client(server.port, GET) as third:
            assert await third.is_closed()
        assert [await first.status(), await second.status()] == [200, 200]


async def test_a_client_that_hangs_up_in_its_body_writes_no_traceback(
    server: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with client(server.port, HALF_A_BODY.replace(b"/slack/events", b"/")):
        await asyncio.sleep(0.1)
    await wait_until(lambda: "1 with a broken body" in caplog.text)
    assert "Traceback" not in caplog.text


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n")
            return connection.makefile("rb").read().startswith(b"HTTP/1.1 ")
    except ConnectionRefusedError:
        return False


def own_address() -> str:
    """An address of this machine that is not loopback. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            pytest.skip("this machine has no other address than loopback")
        return str(probe.getsockname()[0])


HAS_IPV6 = Path("/proc/net/if_inet6").exists() and "lo" in Path("/proc/net/if_inet6").read_text()


@pytest.mark.parametrize(
    ("settings", "is_public"),
    [
        ({}, False),
        ({"HOST": "0.0.0.0"}, True),
        ({"HOST": "[::]"}, True),
        ({"HOST": "localhost"}, False),
    ],
    ids=["default", "all", "both families", "localhost"],
)
async def test_in_socket_mode_only_this_machine_is_listened_to(
    start_bot: StartBot, settings: dict[str, str], is_public: bool
) -> None:
    workspace = await start_bot(**settings)
    port = workspace.bot.port
    assert await asyncio.to_thread(answers, "127.0.0.1", port)
    assert await asyncio.to_thread(answers, own_address(), port) == is_public
    if HAS_IPV6:
        assert await asyncio.to_thread(answers, "::1", port) == (settings != {"HOST": "0.0.0.0"})


async def test_both_families_of_addresses_share_a_port(server: HttpServer) -> None:
    app = web.Application()
    both = HttpServer(app, CountedWarnings())
    await both.start(("0.0.0.0", "::"), 0)
    try:
        assert await asyncio.to_thread(answers, "127.0.0.1", both.port)
        assert await asyncio.to_thread(answers, "::1", both.port) == HAS_IPV6
    finally:
        await both.close()


@pytest.mark.parametrize(
    ("address", "setting"), [("198.51.100.1", "HOST"), ("127.0.0.1", "PORT")], ids=["host", "port"]
)
async def test_an_address_or_port_that_cannot_be_used_is_named(
    server: HttpServer, address: str, setting: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await HttpServer(web.Application(), CountedWarnings()).start((address,), server.port)
    assert caught.value.setting == setting
