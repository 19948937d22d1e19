"""Which addresses the bot may download from: https, on the public internet.

A URL is checked before the request, and a host name's IP addresses when connecting, so that a name
that resolves differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import re
import socket
from urllib.parse import unquote

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import UnsafeUrl

NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Python calls parts of these public: protocol assignments (RFC 6890), and Azure's platform address,
# which answers each virtual machine there.
NOT_PUBLIC = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))
# A resolver also takes "127.1" and "0x7f000001" for addresses; the last label of a real host name
# starts with a letter.
HOST_NAME = re.compile(r"(?i)([a-z0-9_-]+\.)*[a-z][a-z0-9-]*\.?")


def check_url(url: httpx.URL, *, allow_loopback: bool) -> None:
    """Raises UnsafeUrl unless it may be downloaded. Host names are checked when they resolve."""
    if url.userinfo or "\0" in unquote(str(url)):
        raise UnsafeUrl("it contains a user name, a password or a NUL character")
    try:
        address = ipaddress.ip_address(url.host)
    except ValueError:
        address = None
    if address is None and not HOST_NAME.fullmatch(url.raw_host.decode("ascii")):
        raise UnsafeUrl("its host is neither a name nor an IP address")
    is_loopback = url.host == "localhost" or (address is not None and address.is_loopback)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback and allow_loopback):
        raise UnsafeUrl("it is not https")
    if address is not None and not is_allowed_address(url.host, allow_loopback=allow_loopback):
        raise UnsafeUrl("its address is not a public one")


def is_allowed_address(host: str, *, allow_loopback: bool) -> bool:
    """Whether the bot may connect to this IP address: public, or loopback where allowed."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_allowed_address(str(inner), allow_loopback=allow_loopback)
        if address.is_site_local:
            return False
    if address.is_loopback:
        return allow_loopback
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class PublicResolver(AbstractResolver):
    """Resolves a host name to its allowed addresses. Raises UnsafeUrl if none is."""

    def __init__(self, *, allow_loopback: bool, resolver: AbstractResolver | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = resolver or aiohttp.ThreadedResolver()

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
