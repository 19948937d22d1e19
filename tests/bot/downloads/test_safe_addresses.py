"""Only https and public addresses are downloaded from, after each redirect too."""

import asyncio
import ipaddress
import os
import socket
from threading import Event, Semaphore
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.downloads.result_files import ResultFiles, streaming_client
from bot.downloads.safe_addresses import MOST_ADDRESSES, PublicResolver, is_allowed_address
from bot.errors import DownloadFailed, UnsafeUrl
from bot.network.transports import aiohttp_transport
from bot.network.way_out import WayOut
from tests.support.files.downloads import VIDEO, Serve, read, send_video
from tests.support.waiting import wait_until


async def test_five_redirects_are_followed(files: ResultFiles, serve: Serve) -> None:
    async def hops(request: web.Request) -> web.StreamResponse:
        left = int(request.query["left"])
        if not left:
            return await send_video(request)
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
async def test_each_redirect_is_checked(files: ResultFiles, serve: Serve, target: str) -> None:
    async def redirect(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"location": target})

    url = await serve(redirect)
    with pytest.raises(UnsafeUrl):
        await read(files, url)


async def test_a_redirect_to_an_invalid_url_is_refused(files: ResultFiles, serve: Serve) -> None:
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
        "https://192.0.0.8/a.mp4",
        "https://192.0.0.10/a.mp4",
        "https://168.63.129.16/a.mp4",
        "https://[::ffff:168.63.129.16]/a.mp4",
        "https://ada:secret@example.com/a.mp4",
        "https://ada@example.com/a.mp4",
        "https://@example.com/%00/a.mp4",
        "https://example.com/a%00.mp4",
        "https://example.com/a\0.mp4",
    ],
)
async def test_only_https_and_public_addresses_are_downloaded(
    strict: ResultFiles, url: str
) -> None:
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
        ("192.0.0.9", False),
        ("192.0.0.10", False),
        ("168.63.129.16", False),
        ("168.63.129.17", True),
    ],
)
def test_an_ip_address_is_public_or_not(address: str, allowed: bool) -> None:
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


async def test_private_addresses_are_dropped_each_time_a_name_resolves() -> None:
    names = PublicResolver(allow_loopback=False, resolver=Names(["8.8.8.8", "10.0.0.1"], ["::1"]))
    assert [each["host"] for each in await names.resolve("cdn.example", 443)] == ["8.8.8.8"]
    with pytest.raises(UnsafeUrl):
        await names.resolve("cdn.example", 443)


async def test_of_the_addresses_of_a_name_only_the_first_are_tried(
    files: ResultFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer of a name server has up to 4,000, which took 1.5 MB of memory for each name."""
    look_up, tried = socket.getaddrinfo, set[str]()

    def many(_host: Any, *args: Any, **options: Any) -> Any:
        return [look_up(f"127.0.1.{n}", *args, **options)[0] for n in range(100)]

    async def refuse(_loop: Any, _socket: socket.socket, address: tuple[str, int]) -> None:
        tried.add(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", many)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", refuse)
    with pytest.raises(DownloadFailed):
        await files.head("http://localhost/a.mp3")
    assert len(tried) == MOST_ADDRESSES


async def test_the_client_does_not_wrap_the_error_of_an_unsafe_address() -> None:
    def rebound() -> PublicResolver:
        return PublicResolver(allow_loopback=False, resolver=Names(["127.0.0.1"]))

    async with streaming_client(aiohttp_transport(WayOut(), rebound)) as client:
        with pytest.raises(UnsafeUrl):
            await client.get("https://cdn.example/a.mp4")


async def test_names_that_nobody_answers_for_hold_up_nothing_else(
    strict: ResultFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop's own threads write files and jobs, and look up where Slack and Segmind are."""
    answered, hanging = Event(), Semaphore(0)

    def hang(*_: Any, **__: Any) -> Any:
        hanging.release()
        answered.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    links = [f"https://name-{number}.example/a.mp3" for number in range(40)]
    looks = [asyncio.create_task(strict.head(link)) for link in links]
    try:
        async with asyncio.timeout(10):
            for _ in range(min(32, (os.cpu_count() or 1) + 4)):  # as many as the loop has threads
                await wait_until(lambda: hanging.acquire(blocking=False))
            assert await asyncio.to_thread(lambda: "done") == "done"
    finally:
        answered.set()
        assert {type(e) for e in await asyncio.gather(*looks, return_exceptions=True)} == {
            DownloadFailed
        }
