"""Which addresses the bot may fetch from: https ones on the public internet.

A URL is checked before it is asked for, a name's addresses when it is connected to: a name that
resolves to another address the second time gains nothing.
"""

import ipaddress
import re
import socket

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import UnsafeUrl

NAT64 = ipaddress.ip_network("64:ff9b::/96")
# "127.1" and "0x7f000001" are addresses to a resolver, too: a true name ends in a word.
NAME = re.compile(r"(?i)([a-z0-9_-]+\.)*[a-z][a-z0-9-]*\.?")


def check_url(url: httpx.URL, *, allow_loopback: bool) -> None:
    """Raises UnsafeUrl for what must not be fetched. Names are looked at when they resolve."""
    try:
        address = ipaddress.ip_address(url.host)
    except ValueError:
        address = None
    if address is None and not NAME.fullmatch(url.raw_host.decode("ascii")):
        raise UnsafeUrl("its host is no name and no address")
    is_loopback = url.host == "localhost" or (address is not None and address.is_loopback)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback and allow_loopback):
        raise UnsafeUrl("it is not https")
    if address is not None and not is_allowed(url.host, allow_loopback=allow_loopback):
        raise UnsafeUrl("its address is not a public one")


def is_allowed(host: str, *, allow_loopback: bool) -> bool:
    """Whether an address may be connected to: a public one, or loopback where that is allowed."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_allowed(str(inner), allow_loopback=allow_loopback)
        if address.is_site_local:
            return False
    if address.is_loopback:
        return allow_loopback
    return address.is_global and not address.is_multicast and not address.is_reserved


class PublicAddresses(AbstractResolver):
    """Resolves a name to those of its addresses that may be connected to."""

    def __init__(self, *, allow_loopback: bool, resolver: AbstractResolver | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = resolver or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allow = self._allow_loopback
        allowed = [each for each in found if is_allowed(each["host"], allow_loopback=allow)]
        if found and not allowed:
            raise UnsafeUrl("its address is not a public one")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()
