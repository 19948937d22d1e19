"""What httpx connects through: for each request directly or through the proxy, as WayOut says."""

import ssl
import sys
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from importlib.util import find_spec
from typing import Any

import aiohttp
import httpcore
import httpx
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from httpx_aiohttp import AiohttpTransport

from bot.network.certificates import tls_context
from bot.network.fair_reads import FairConnector
from bot.network.way_out import WayOut, proxy_headers, without_password

# httpcore tries to import this at each lock, some 25 times a request. If it isn't installed, Python
# would search all its folders each time, which took a third of the CPU of a request.
if "sniffio" not in sys.modules and find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # not to be searched for

# The last two: what httpx's aiohttp transport lets through, such as of a broken status line, and
# host names that can't be encoded.
HTTPX_ERRORS = (
    httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict,
    aiohttp.ClientError, UnicodeError,
)  # fmt: skip


# What httpx reads in one turn of the event loop. Of chunks of one byte, its own 64 KB take 0.2 s of
# CPU for each connection. See also fair_reads.py.
httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = 8 * 1024


class _Answer(aiohttp.ClientResponse):
    """Without its reason, such as “OK”, which nobody reads.

    If httpx_aiohttp can't encode one, it raises and leaves the connection open; aiohttp has 100.
    """

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        await super().start(connection)
        self.reason = None
        return self


# Who sends requests limits itself. httpcore counts a connection for good whose TLS failed behind a
# proxy, or whose request was cancelled as it began: after a hundred, it would make none anymore.
UNLIMITED = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)


class RoutedTransport(httpx.AsyncBaseTransport):
    """`make` makes the transport for a proxy, or for None; each is made when it is first needed."""

    def __init__(
        self, way_out: WayOut, make: Callable[[str | None], httpx.AsyncBaseTransport]
    ) -> None:
        self._way_out = way_out
        self._make = make
        self._made: dict[str | None, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy = self._way_out.proxy_for(str(request.url)) if self._way_out.proxy else None
        if proxy not in self._made:
            self._made[proxy] = self._make(proxy)
        return await self._made[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._made.values():
            await transport.aclose()


class _WithoutRedirects(httpx.AsyncBaseTransport):
    """Moves the address of a redirect from its header to `extensions["location"]`.

    httpx would build the request that follows even where it doesn't follow redirects, and fail on
    some addresses: although the server has received a request, it would seem to be never sent.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        if response.has_redirect_location:
            response.extensions["location"] = response.headers.pop("location")
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


def http_client(transport: httpx.AsyncBaseTransport, **options: Any) -> httpx.AsyncClient:
    """A client that follows no redirects and keeps no cookies: `options` are those of httpx.

    Any server could set as many as it likes, also for the other names of a domain that it shares
    with others, such as .amazonaws.com. Their servers would then refuse what the bot asks for.
    """
    client = httpx.AsyncClient(transport=_WithoutRedirects(transport), trust_env=False, **options)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def httpx_transport(way_out: WayOut) -> RoutedTransport:
    """httpx's own, whose errors tell a request that was never sent from a lost answer."""
    context = tls_context(way_out)

    def make(proxy: str | None) -> httpx.AsyncBaseTransport:
        through = _proxy(proxy, context)
        return httpx.AsyncHTTPTransport(
            verify=context, proxy=through, trust_env=False, limits=UNLIMITED
        )

    return RoutedTransport(way_out, make)


def aiohttp_transport(
    way_out: WayOut, resolver: Callable[[], AbstractResolver] | None = None
) -> RoutedTransport:
    """aiohttp, which takes a quarter of the CPU. `resolver` is for direct connections.

    Through a proxy it is the proxy that resolves names; its own may be on a private address.
    With a `resolver`, servers are those that others name: none keeps a connection that isn't used.
    """
    context = tls_context(way_out)

    def make(proxy: str | None) -> httpx.AsyncBaseTransport:
        def session() -> aiohttp.ClientSession:
            names = resolver() if resolver and not proxy else None
            return aiohttp.ClientSession(
                connector=FairConnector(
                    ssl=context, resolver=names, force_close=resolver is not None
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                response_class=_Answer,
            )

        return AiohttpTransport(verify=context, client=session, proxy=_proxy(proxy, context))

    return RoutedTransport(way_out, make)


def _proxy(proxy: str | None, context: ssl.SSLContext) -> httpx.Proxy | None:
    """Its password as a header, since aiohttp's own way of passing one is deprecated."""
    if not proxy:
        return None
    return httpx.Proxy(
        without_password(proxy),
        ssl_context=context if proxy.startswith("https:") else None,
        headers=proxy_headers(proxy),
    )
