"""A finished file, fetched safely: https only, public addresses only, never more than the limit.

The URL comes from somebody else's answer, so each hop of a redirect is checked, and each address
at the moment it is connected to.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream

from bot.downloads.safe_addresses import PublicAddresses, check_url
from bot.errors import DownloadFailed, FileTooLarge, UnsafeUrl

REDIRECTS = 5
RELAY_CHUNK = 256 * 1024
CHUNK = 64 * 1024  # bytes, where a chunk's size is ours to choose
TEXT_LIMIT = 1_000_000  # bytes of captions
MB = 1024 * 1024
# A relay that is slower than that has stalled, at either end: no timeout of a client sees a far end
# that sends, or takes, a byte now and then.
SLOWEST = 50_000  # bytes a second
PATIENCE = 60.0  # seconds on top
FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """`chunks` can be read once, while the file is open; `length` (bytes) None: not announced."""

    length: int | None
    content_type: str
    chunks: AsyncIterator[bytes]


class ResultFiles:
    """`max_bytes` is the limit of a file; file:// URLs are read inside `spool` only.

    `allow_loopback`: plain http from this machine's loopback, for the stand-ins of the demo.
    `transport` takes the place of the network.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        allow_loopback: bool,
        spool: Path,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._allow_loopback = allow_loopback
        self._spool = spool.resolve()
        self._client = relay_client(
            lambda: PublicAddresses(allow_loopback=allow_loopback), transport
        )

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def open(self, url: str, *, token: str = "") -> AsyncIterator[OpenFile]:
        """Opens a file. Here and while `chunks` are read: UnsafeUrl, FileTooLarge, DownloadFailed.
        `token`: for the host of `url`, and for none that it redirects to.

        Trying again is the caller's: nothing is kept of a failed try.
        """
        if url.startswith("file:"):
            with self._open_spooled(url) as file:
                yield file
            return
        with _download_errors():
            async with asyncio.timeout(PATIENCE):
                response = await self._get(url, token)
        try:
            yield self._opened(response)
        finally:
            with _download_errors():
                await response.aclose()

    async def text(self, url: str, limit: int = TEXT_LIMIT) -> str:
        """A small text file, of at most `limit` bytes."""
        content = b""
        async with self.open(url) as file:
            async for chunk in file.chunks:
                content += chunk
                if len(content) > limit:
                    raise FileTooLarge(f"more than {limit:,} bytes of text")
        return content.decode("utf-8-sig", errors="replace")

    async def _get(self, url: str, token: str = "") -> httpx.Response:
        """The answer at the end of the redirects, its body unread."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for _ in range(REDIRECTS + 1):
            with _download_errors():
                request = self._client.build_request("GET", url, headers=headers)
                headers = {}
                check_url(request.url, allow_loopback=self._allow_loopback)
                response = await self._client.send(request, stream=True)
            if response.status_code == 200:
                return response
            with _download_errors():
                await response.aclose()
            if not response.has_redirect_location:
                raise DownloadFailed(f"the server answered {response.status_code}")
            with _download_errors():
                url = str(response.url.join(response.headers["location"]))
        raise UnsafeUrl(f"it redirects more than {REDIRECTS} times")

    def _opened(self, response: httpx.Response) -> OpenFile:
        # A file that is stored compressed comes compressed, though identity was asked for.
        is_plain = response.headers.get("content-encoding", "identity") == "identity"
        announced = response.headers.get("content-length", "")
        length = int(announced) if is_plain and announced.isdecimal() else None
        self._check_size(length or 0)
        body = response.aiter_raw() if is_plain else response.aiter_bytes()
        kind = response.headers.get("content-type", "").partition(";")[0]
        return OpenFile(length, kind, self._counted(body, length))

    async def _counted(
        self, body: AsyncIterator[bytes], length: int | None
    ) -> AsyncIterator[bytes]:
        received = 0
        with _download_errors():
            async for chunk in _in_time(body):
                received += len(chunk)
                if received > self._max_bytes:
                    self._check_size(received)
                yield chunk
        if length is not None and received != length:
            raise DownloadFailed(f"{received:,} of {length:,} bytes came")

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise FileTooLarge(f"over the limit of {self._max_bytes / MB:.0f} MB")

    def is_away(self, url: str) -> bool:
        """A file of the spool folder that is not there: on the disk of another host, or lost."""
        if not url.startswith("file:"):
            return False
        try:
            return not self._spooled(url).exists()
        except UnsafeUrl:  # another host has its folder elsewhere
            return True

    def forget(self, url: str) -> None:
        """A file in the spool folder is not needed any more; an address elsewhere is let be."""
        if url.startswith("file:"):
            self._spooled(url).unlink(missing_ok=True)

    def _spooled(self, url: str) -> Path:
        path = Path(unquote(urlsplit(url).path)).resolve()
        if not path.is_relative_to(self._spool):
            raise UnsafeUrl("it is outside the bot's own folder")
        return path

    @contextmanager
    def _open_spooled(self, url: str) -> Iterator[OpenFile]:
        try:
            file = self._spooled(url).open("rb")
        except OSError as error:
            raise DownloadFailed(f"the stored file cannot be read ({error.strerror})") from error
        with file:
            length = os.fstat(file.fileno()).st_size
            self._check_size(length)
            yield OpenFile(length, "", self._counted(chunks_of(file), length))


def relay_client(
    resolver: Callable[[], AbstractResolver] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """httpx over aiohttp: a quarter of the CPU of httpx's own transport for a video's bytes.

    Read in large pieces: by its own 16 KB a 200 MB video takes half as much CPU again (measured).
    Proxies of the environment are not used: they would connect where no check is made.
    """

    AiohttpResponseStream.CHUNK_SIZE = RELAY_CHUNK

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls(), resolver=resolver() if resolver else None),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    return httpx.AsyncClient(
        transport=transport or AiohttpTransport(verify=tls(), client=session),
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(60, connect=15, pool=None),
        follow_redirects=False,
    )


@cache
def tls() -> ssl.SSLContext:
    """One for the process: to read the certificates takes 50 ms."""
    return httpx.create_ssl_context()


async def _in_time(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises TimeoutError as soon as the time spent waiting for it makes it slower than SLOWEST."""
    clock = asyncio.get_running_loop().time
    left = PATIENCE
    while True:
        began = clock()
        async with asyncio.timeout(left):
            chunk = await anext(body, None)
        if chunk is None:
            return
        left += len(chunk) / SLOWEST - (clock() - began)
        yield chunk


@contextmanager
def _download_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise DownloadFailed("the server sends it too slowly") from None
    except httpx.InvalidURL:
        raise UnsafeUrl("it cannot be read") from None
    except FOREIGN as error:
        raise DownloadFailed(f"the connection failed ({type(error).__name__})") from error


async def chunks_of(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


async def store(chunks: AsyncIterable[bytes], path: Path) -> int:
    """Writes a file whole or not at all; returns its length in bytes, 0 for none. OSError as is."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
            length = file.tell()
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        if length:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return length
