"""Downloads a finished file safely: https only, public addresses only, with a size limit.

The URL comes from a third party's response, so each redirect is checked, and each IP address at
the moment of connecting to it. Where a proxy is in between, that one resolves the names.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import httpx
from httpx_aiohttp.transport import AiohttpResponseStream

from bot.domain.addresses import is_public_https
from bot.downloads.compression import ENCODINGS, decompressed
from bot.downloads.safe_addresses import check_url, public_transport
from bot.errors import AddressExpired, DownloadFailed, FileTooLarge, UnsafeUrl
from bot.network.certificates import explained, network_error
from bot.network.own_thread import OwnThread
from bot.network.transports import HTTPX_ERRORS, http_client
from bot.network.way_out import WayOut

MAX_REDIRECTS = 5
EXPIRED_STATUSES = (401, 403, 404, 410)
EXPIRED = (
    "its link doesn't work (error {}). Try again later. If it is over 7 days old, Segmind has "
    "deleted it: make a new one with /avatar"
)
LENGTH = re.compile(r"[0-9]{1,18}")  # in bytes
NETWORK_CHUNK_BYTES = 256 * 1024
DISK_CHUNK_BYTES = 64 * 1024
MAX_TEXT_BYTES = 1_000_000  # of captions
MB = 1024 * 1024
# A transfer may take STALL_SECONDS plus its size divided by MIN_BYTES_PER_SECOND. The timeouts of
# HTTP clients do not notice a peer that sends, or accepts, a byte now and then.
MIN_BYTES_PER_SECOND = 50_000
STALL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class OpenFile:
    """`chunks` can be read once, while the file is open. `length` is in bytes, or None: unknown."""

    length: int | None
    content_type: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """`length` is in bytes, or None: unknown."""

    length: int | None
    content_type: str


class ResultFiles:
    """`max_bytes` limits each file that is opened without a limit. file:// URLs must be inside
    `folder`.

    `allow_loopback` allows plain http to this machine, for the demo's stand-ins. `transport`
    replaces the network.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        allow_loopback: bool,
        folder: Path,
        way_out: WayOut | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._allow_loopback = allow_loopback
        self._way_out = way_out or WayOut()
        self._folder = folder.resolve()
        public = public_transport(way_out, allow_loopback=allow_loopback)
        self._client = streaming_client(transport or OwnThread(public, "downloads"))

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def open(
        self, url: str, *, token: str = "", most: int | None = None
    ) -> AsyncIterator[OpenFile]:
        """Opens a file. Raises UnsafeUrl, FileTooLarge, DownloadFailed, also from `chunks`.

        The bearer `token` is sent to the host of `url`, never to a host that it redirects to.
        `most`: bytes, in place of `max_bytes`.
        Does not retry; after a failure the caller can open the file again.
        """
        most = self._max_bytes if most is None else most
        if url.startswith("file:"):
            with self._open_local(url, most) as file:
                yield file
            return
        with _download_errors():
            async with asyncio.timeout(STALL_SECONDS):
                response = await self._get(url, token)
        try:
            yield _open_file(response, most)
        finally:
            with _download_errors():
                await response.aclose()

    async def head(self, url: str) -> "Head":
        """What a server says of a file, however large it is. Raises UnsafeUrl, DownloadFailed.

        A link that is signed for a GET refuses a HEAD: then a GET follows, whose body isn't read.
        """
        with _download_errors():
            async with asyncio.timeout(STALL_SECONDS):
                try:
                    response = await self._get(url, method="HEAD")
                except DownloadFailed:
                    response = await self._get(url)
                try:
                    file = _open_file(response, sys.maxsize)
                    return Head(file.length, file.content_type)
                finally:
                    await response.aclose()

    async def reach(self, url: str) -> None:
        """Raises FileError unless a server answers there, whatever it says."""
        with _download_errors():
            request = self._client.build_request("HEAD", url)
            self._check(request.url)
            async with asyncio.timeout(STALL_SECONDS):
                await self._client.send(request)

    async def read_bytes(self, url: str, limit: int = MAX_TEXT_BYTES) -> bytes:
        """The content of a small file. Raises FileTooLarge over `limit` bytes."""
        content = b""
        async with self.open(url) as file:
            async for chunk in file.chunks:
                content += chunk
                if len(content) > limit:
                    raise FileTooLarge(f"more than {limit:,} bytes of text")
        return content

    async def _get(self, url: str, token: str = "", *, method: str = "GET") -> httpx.Response:
        """Follows redirects and returns the final response with its body unread."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for _ in range(MAX_REDIRECTS + 1):
            with _download_errors():
                request = self._client.build_request(method, url, headers=headers)
                headers = {}
                self._check(request.url)
                response = await self._client.send(request, stream=True)
            if response.status_code == 200:
                return response
            with _download_errors():
                await response.aclose()
            if response.status_code in EXPIRED_STATUSES:
                raise AddressExpired(EXPIRED.format(response.status_code))
            if (location := response.extensions.get("location")) is None:
                raise DownloadFailed(f"the server answered {response.status_code}")
            try:
                url = str(response.url.join(location))
            except (httpx.InvalidURL, ValueError):
                raise UnsafeUrl("it redirects to what is not a valid URL") from None
        raise UnsafeUrl(f"it redirects more than {MAX_REDIRECTS} times")

    def _check(self, url: httpx.URL) -> None:
        """Raises UnsafeUrl. Where a proxy resolves the name, only its text can be checked."""
        check_url(url, allow_loopback=self._allow_loopback)
        if self._way_out.proxy_for(str(url)) and not is_public_https(str(url)):
            raise UnsafeUrl("its address is not a public one")

    def is_missing(self, url: str) -> bool:
        """Whether this is a file:// URL without its file: lost, or on another machine."""
        if not url.startswith("file:"):
            return False
        try:
            return not self._local_path(url).exists()
        except UnsafeUrl:  # written by a machine that has its folder elsewhere
            return True

    def delete(self, url: str) -> None:
        """Deletes the file of a file:// URL; does nothing for other URLs."""
        if url.startswith("file:"):
            self._local_path(url).unlink(missing_ok=True)

    def _local_path(self, url: str) -> Path:
        path = Path(unquote(urlsplit(url).path)).resolve()
        if not path.is_relative_to(self._folder):
            raise UnsafeUrl("it is outside the bot's own folder")
        return path

    @contextmanager
    def _open_local(self, url: str, most: int) -> Iterator[OpenFile]:
        try:
            file = self._local_path(url).open("rb")
        except OSError as error:
            raise DownloadFailed(f"the stored file cannot be read ({error.strerror})") from error
        with file:
            length = os.fstat(file.fileno()).st_size
            _check_size(length, most)
            yield OpenFile(length, "", _checked_chunks(file_chunks(file), length, most))


def _open_file(response: httpx.Response, most: int) -> OpenFile:
    # Object storage sends a file that was uploaded compressed as it is, whatever is accepted.
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    is_uncompressed = encoding == "identity"
    if not is_uncompressed and encoding not in ENCODINGS:
        raise DownloadFailed("its compression can't be read")
    announced = response.headers.get("content-length", "")
    length = int(announced) if is_uncompressed and LENGTH.fullmatch(announced) else None
    _check_size(length or 0, most)
    raw = response.aiter_raw()
    body = raw if is_uncompressed else decompressed(raw)
    kind = response.headers.get("content-type", "").partition(";")[0]
    return OpenFile(length, kind, _checked_chunks(body, length, most))


async def _checked_chunks(
    body: AsyncIterator[bytes], length: int | None, most: int
) -> AsyncIterator[bytes]:
    received = 0
    with _download_errors():
        async for chunk in read_in_time(body):
            received += len(chunk)
            _check_size(received, most)
            yield chunk
    if length is not None and received != length:
        raise DownloadFailed(f"only {received:,} of {length:,} bytes arrived")


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise FileTooLarge(f"over the limit of {most / MB:.0f} MB")


def streaming_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client for large files. httpx over aiohttp takes a quarter of the CPU of httpx's own.

    The default chunks of 16 KB would cost half as much CPU again for a 200 MB video (measured).
    """

    AiohttpResponseStream.CHUNK_SIZE = NETWORK_CHUNK_BYTES
    return http_client(
        transport,
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(60, connect=15, pool=None),
    )


async def read_in_time(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises TimeoutError as soon as the body has been too slow; only time spent waiting counts."""
    clock = asyncio.get_running_loop().time
    left = STALL_SECONDS
    while True:
        began = clock()
        async with asyncio.timeout(left):
            chunk = await anext(body, None)
        if chunk is None:
            return
        left += len(chunk) / MIN_BYTES_PER_SECOND - (clock() - began)
        yield chunk


@contextmanager
def _download_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise DownloadFailed("the server sends it too slowly") from None
    except httpx.InvalidURL:
        raise UnsafeUrl("it is not a valid URL") from None
    except HTTPX_ERRORS as error:
        failed = DownloadFailed(f"the connection failed ({network_error(error)})")
        raise explained(failed, error) from error


async def file_chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := file.read(DISK_CHUNK_BYTES):
        yield chunk
