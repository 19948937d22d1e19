"""Which addresses the bot may download from: https, on the public internet.

A URL is checked before the request, and a host name's IP addresses when connecting, so that a name
that resolves differently the second time (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import unquote

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.domain.addresses import HOST_NAME, inner_ipv4, is_public_ip
from bot.errors import UnsafeUrl
from bot.network.transports import aiohttp_transport
from bot.network.way_out import WayOut

MOST_LOOKUPS = 32  # at the same time
# Of a name, the likeliest first. A name server may give 4,000. aiohttp keeps those of 1,000 names,
# and tries them all, then all but one, and so on.
MOST_ADDRESSES = 20


def check_url(url: httpx.URL, *, allow_loopback: bool) -> None:
    """Raises UnsafeUrl unless it may be downloaded. Host names are checked when they resolve."""
    if url.userinfo or "\0" in unquote(str(url)):
        raise UnsafeUrl("it contains a user name, a password or a NUL character")
    try:
        host = url.host
    except UnicodeError:  # of a name such as xn--
        raise UnsafeUrl("its host name is not valid") from None
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is None and not HOST_NAME.fullmatch(url.raw_host.decode("ascii")):
        raise UnsafeUrl("its host is neither a name nor an IP address")
    is_loopback = host == "localhost" or (address is not None and address.is_loopback)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback and allow_loopback):
        raise UnsafeUrl("it is not https")
    if address is not None and not is_allowed_address(host, allow_loopback=allow_loopback):
        raise UnsafeUrl("its address is not a public one")


def is_allowed_address(host: str, *, allow_loopback: bool) -> bool:
    """Whether the bot may connect to this IP address: public, or loopback where allowed."""
    address = ipaddress.ip_address(host.partition("%")[0])
    inner = inner_ipv4(address) if isinstance(address, ipaddress.IPv6Address) else None
    if (inner or address).is_loopback:
        return allow_loopback
    return is_public_ip(address)


def public_transport(
    way_out: WayOut | None = None, *, allow_loopback: bool
) -> httpx.AsyncBaseTransport:
    """aiohttp's, which connects to allowed addresses only. A proxy resolves names itself."""
    names = partial(PublicResolver, allow_loopback=allow_loopback)
    return aiohttp_transport(way_out or WayOut(), names)


class OwnThreads(AbstractResolver):
    """Looks names up in threads that nobody else needs.

    Whoever chooses a name can keep a thread waiting for half a minute. In the threads that the
    event loop shares, a few of them would stop the job queue and every new connection.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_LOOKUPS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=its_family, proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for its_family, _, proto, _, address in found[:MOST_ADDRESSES]
        ]  # fmt: skip

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicResolver(AbstractResolver):
    """Resolves a host name to its allowed addresses. Raises UnsafeUrl if none is."""

    def __init__(self, *, allow_loopback: bool, resolver: AbstractResolver | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = resolver or OwnThreads()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allow = self._allow_loopback
        allowed = [each for each in found if is_allowed_address(each["host"], allow_loopback=allow)]
        if found and not allowed:
            raise UnsafeUrl("its address is not a public one")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()
