"""One HTTP call to Segmind: connection pools, size limits, and httpx's errors as ours.

Whether a render is charged depends on one question: did the submission reach Segmind? So
submissions use httpx's own transport, whose ConnectError means "never sent". (The aiohttp transport
reports ConnectTimeout even when the server hung up after it had received the request.) Polls can
be repeated freely and there are hundreds of them, so they use aiohttp, at a quarter of the CPU.
"""

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import (
    AbstractAsyncContextManager,
    aclosing,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from bot.downloads.result_files import read_in_time
from bot.downloads.saving import save_file
from bot.downloads.video_check import VideoCheck
from bot.errors import DownloadFailed, InDoubt, KeyRefused, NotSent, RateLimited, SegmindUnavailable
from bot.network.certificates import explained, network_error
from bot.network.own_thread import OwnThread
from bot.network.transports import aiohttp_transport, http_client, httpx_transport
from bot.network.way_out import WayOut
from bot.process.retry_after import retry_after
from bot.segmind import responses
from bot.segmind.rate_limit import RateLimit, Turn

# httpx's pool slows down badly when many hundreds of calls wait in it, so they wait here.
MAX_CONCURRENT_REQUESTS = 10
# While JSON is decoded, nothing else runs, and this may take a second for ten megabytes.
MAX_RESPONSE_BYTES = 256 * 1024
MAX_PAGE_BYTES = 4 * 1024 * 1024  # of the history: 100 scripts of a few thousand characters
DEFAULT_RETRY_AFTER = 30.0  # seconds, after a 429 that does not say


class UnreadableResponse(Exception):
    """The body is too long, or compressed in a way that was not asked for."""


# Three of httpx's errors are not subclasses of HTTPError, and its aiohttp transport lets some of
# aiohttp's through.
HTTP_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    aiohttp.ClientError,
    UnicodeError,  # of a redirect to a host name that can't be encoded, which nobody follows
    UnreadableResponse,
)
# Raised before any byte of the request was sent.
NEVER_SENT_ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Response:
    """Segmind's response. `saved_to` is the file when the body was the video itself."""

    status: int
    content: bytes
    saved_to: Path | None
    retry_after: float  # seconds; only meaningful with status 429

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @cached_property
    def body(self) -> Any:
        return responses.decode_json(self.content)

    @cached_property
    def error_text(self) -> str:
        return responses.error_text(self.content)

    @property
    def result(self) -> responses.Result | None:
        if self.saved_to:
            return responses.Result(self.saved_to.absolute().as_uri())
        return responses.result_of(self.body)

    @property
    def summary(self) -> str:
        return f"{self.status} {self.error_text}".strip()


class Transport:
    """`timeout` and `v1_timeout` are seconds. `transport` replaces the network."""

    def __init__(
        self,
        *,
        api_key: str,
        requests_per_minute: float,
        timeout: float,
        v1_timeout: float,
        max_video_bytes: int,
        history_url: str,
        transport: httpx.AsyncBaseTransport | None,
        way_out: WayOut,
    ) -> None:
        self._key = api_key
        self._max_video_bytes = max_video_bytes
        self._v1_timeout = v1_timeout
        self._timeout = timeout
        # Nothing compressed is asked for: its size is known only after it is decompressed.
        headers = {"x-api-key": api_key, "accept-encoding": "identity"}
        # In a thread, because its TLS isn't asyncio's: fair_reads.py doesn't bound what it costs.
        submissions = transport or OwnThread(httpx_transport(way_out), "submissions")
        self._submission_client = http_client(submissions, headers=headers, timeout=timeout)
        # Without a client: its cookies, redirects and authentication take half the CPU of a poll.
        # And without a thread, which would take as much again.
        self._get_transport = transport or aiohttp_transport(way_out)
        self._get_headers = httpx.Headers({"accept": "*/*", **headers})
        self._get_extensions = {"timeout": httpx.Timeout(timeout).as_dict()}
        # So that slow polls never delay a submission, nor the history, which is another server, a
        # poll.
        self._submission_slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        self._get_slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        self._history_url = history_url
        self._history_slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        # For a whole answer: httpx's timeouts apply to each chunk, so a drip would never time out.
        self._whole_timeout = 2 * timeout
        self.rate_limit = RateLimit(requests_per_minute)

    async def close(self) -> None:
        await self._submission_client.aclose()
        await self._get_transport.aclose()

    async def submit(
        self, url: str, body: dict[str, Any], save_to: Path | None, *, synchronous: bool
    ) -> Response:
        """A POST that may cost money, whatever its status. Raises NotSent or InDoubt.

        A `synchronous` one (v1) stays open for minutes, so it takes no slot.
        """
        longest = self._v1_timeout if synchronous else self._timeout
        timeout = httpx.Timeout(self._timeout, read=longest)
        with _submission_errors():
            async with (
                nullcontext() if synchronous else self._submission_slots,
                asyncio.timeout(self._whole_timeout + longest) as deadline,
            ):
                opened = self._submission_client.stream("POST", url, json=body, timeout=timeout)
                return await self._read(opened, save_to, deadline)

    async def get(
        self,
        url: str,
        save_to: Path | None = None,
        query: dict[str, Any] | None = None,
        *,
        turn: Turn = Turn.LOOK_UP,
        waited: bool = False,
        most: int = MAX_RESPONSE_BYTES,
    ) -> Response:
        """A GET, safe to repeat. Raises SegmindUnavailable, RateLimited, KeyRefused.

        `waited`: for the rate limit, as before a poll. `most`: bytes of the answer, if it isn't a
        video.
        """
        if not waited:
            await self.rate_limit.acquire(turn)
        of_history = url.startswith(self._history_url)
        async with self._history_slots if of_history else self._get_slots:
            try:
                async with asyncio.timeout(self._whole_timeout) as deadline:
                    response = await self._read(
                        await self._got(url, query), save_to, deadline, most
                    )
            except (*HTTP_ERRORS, OSError) as error:
                raise explained(SegmindUnavailable(network_error(error)), error) from None
        if responses.is_outcome(response.body):  # it counts whatever the HTTP status is
            return response
        if response.status == 429:
            raise RateLimited(response.retry_after)
        if response.status in (401, 403):
            raise KeyRefused(response.error_text)
        return response

    async def _got(self, url: str, query: dict[str, Any] | None) -> aclosing[httpx.Response]:
        request = httpx.Request(
            "GET", url, params=query, headers=self._get_headers, extensions=self._get_extensions
        )
        return aclosing(await self._get_transport.handle_async_request(request))

    async def _read(
        self,
        opened: AbstractAsyncContextManager[httpx.Response],
        save_to: Path | None,
        deadline: asyncio.Timeout,
        most: int = MAX_RESPONSE_BYTES,
    ) -> Response:
        async with opened as response:
            kind = response.headers.get("content-type", "")
            is_video = response.is_success and kind.startswith(("video/", "application/octet"))
            is_saved = False
            if is_video:
                deadline.reschedule(None)  # a video may take longer than a status
            # A video that is not saved here can still be found in the history, by its URL.
            if is_video and save_to and not _is_compressed(response):
                chunks = aiter(VideoCheck(read_in_time(response.aiter_raw())))
                with suppress(DownloadFailed):  # it says that it is a video, and isn't a whole one
                    is_saved = bool(await save_file(chunks, save_to, self._max_video_bytes))
            content = b"" if is_video else await read_body(response, most)
            # An error message may quote the key, and would carry it to a card or a log.
            content = content.replace(self._key.encode(), "…".encode())
            header = response.headers.get("retry-after")
            wait = retry_after(header, datetime.now(UTC), default=DEFAULT_RETRY_AFTER)
            return Response(response.status_code, content, save_to if is_saved else None, wait)


def _is_compressed(response: httpx.Response) -> bool:
    return bool(response.headers.get("content-encoding", "identity") != "identity")


async def read_body(response: httpx.Response, most: int = MAX_RESPONSE_BYTES) -> bytes:
    """Raises UnreadableResponse as soon as the body is over `most` bytes."""
    content = bytearray()
    # httpx would decompress a 64 KB chunk to 64 MB before its size could be checked.
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > most:
            raise UnreadableResponse
    return _decompress(content, most) if content and _is_compressed(response) else bytes(content)


def _decompress(content: bytearray, most: int) -> bytes:
    """Reads gzip and deflate, which a gateway may apply to everything that passes through it."""
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        decompressed = decompressor.decompress(content, most)
    except zlib.error:
        raise UnreadableResponse from None
    if not decompressor.eof:
        raise UnreadableResponse
    return decompressed


@contextmanager
def _submission_errors() -> Iterator[None]:
    # `from None`: the messages of httpx may quote a header, and with it the key.
    try:
        yield
    except NEVER_SENT_ERRORS as error:
        raise explained(NotSent(network_error(error)), error) from None
    except (*HTTP_ERRORS, OSError) as error:  # OSError: the video could not be saved on this disk
        raise InDoubt(type(error).__name__) from None
