"""One HTTP call to Segmind: the pool, the longest answer that is read, httpx's errors as ours.

What is charged hangs on one question: did the submission reach Segmind? So it goes over httpx's
own transport, whose ConnectError means "never sent" (the aiohttp one says ConnectTimeout even when
the server hung up after it had the request). A look at a render is free to repeat, and there are
hundreds of them: they go over the aiohttp one, for a quarter of the CPU.
"""

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.downloads.result_files import store, tls
from bot.errors import InDoubt, KeyRefused, NotSent, RateLimited, SegmindUnavailable
from bot.segmind import responses
from bot.segmind.rate_limit import SUBMISSION, RateLimit

# Calls that httpx's pool carries at once: it collapses with many hundreds waiting in it.
AT_ONCE = 10
# Bytes of an answer. The longest is a page of the history: 100 scripts of some thousand characters.
LONGEST_ANSWER = 8 * 1024 * 1024


class AnswerUnreadable(Exception):
    """Longer than that, or packed in a way that nobody asked for."""


# Errors of httpx, all of them: three are not under HTTPError. The aiohttp one lets some through.
FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    aiohttp.ClientError,
    AnswerUnreadable,
)
# Raised before a byte of the request is on its way.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


@dataclass(frozen=True)
class Answer:
    """What came back; `stored` is the file when the body was a video itself."""

    status: int
    content: bytes
    stored: Path | None
    wait: float  # seconds, of a 429

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @cached_property
    def body(self) -> Any:
        return responses.decoded(self.content)

    @cached_property
    def said(self) -> str:
        return responses.said(self.content)

    @property
    def result(self) -> responses.Result | None:
        if self.stored:
            return responses.Result(self.stored.absolute().as_uri())
        return responses.result_of(self.body)

    @property
    def problem(self) -> str:
        return f"{self.status} {self.said}".strip()


class Transport:
    def __init__(
        self,
        *,
        api_key: str,
        requests_per_minute: float,
        timeout: float,
        hold: float,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._key = api_key
        self._held = httpx.Timeout(timeout, read=hold)
        # Identity: of what is packed, nobody knows how long it is before it is unpacked.
        headers = {"x-api-key": api_key, "accept-encoding": "identity"}
        self._client = httpx.AsyncClient(
            headers=headers, timeout=timeout, transport=transport, verify=tls()
        )
        self._reads = httpx.AsyncClient(
            headers=headers,
            timeout=timeout,
            transport=transport or _light_transport(),
            verify=tls(),
        )
        self._submissions = asyncio.Semaphore(AT_ONCE)  # held up by no look that drips
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._longest_read = 2 * timeout  # httpx's own timeouts are for each piece of an answer
        self._rate_limit = RateLimit(requests_per_minute)

    def share(self, among: int) -> None:
        """The budget is the key's: so many processes use it."""
        self._rate_limit.share(among)

    async def close(self) -> None:
        await self._client.aclose()
        await self._reads.aclose()

    async def wait_for_turn(self) -> None:
        """Waits until the budget allows a submission."""
        await self._rate_limit.spend(SUBMISSION)

    async def submit(self, url: str, body: dict[str, Any], spool: Path, *, held: bool) -> Answer:
        """A POST that may cost money. Raises NotSent or InDoubt; the answer's code is not judged.

        `held`: the answer takes minutes, so it keeps no slot from the polls.
        """
        with _submission_errors():
            if held:
                return await self._call(
                    self._client, "POST", url, spool, json=body, timeout=self._held
                )
            async with self._submissions:
                return await self._call(self._client, "POST", url, spool, json=body)

    async def read(
        self, url: str, spool: Path | None = None, query: dict[str, Any] | None = None
    ) -> Answer:
        """A GET, free to repeat. Raises SegmindUnavailable, RateLimited, KeyRefused."""
        await self._rate_limit.spend()
        async with self._slots:
            try:
                async with asyncio.timeout(self._longest_read) as limit:
                    answer = await self._call(
                        self._reads, "GET", url, spool, limit=limit, params=query
                    )
            except (*FOREIGN, OSError) as error:
                raise SegmindUnavailable(type(error).__name__) from None
        if answer.status == 429:
            raise RateLimited(answer.wait)
        if answer.status in (401, 403):
            raise KeyRefused(answer.said)
        return answer

    async def _call(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        spool: Path | None,
        limit: asyncio.Timeout | None = None,
        **request: Any,
    ) -> Answer:
        async with client.stream(method, url, **request) as response:
            kind = response.headers.get("content-type", "")
            is_video = response.is_success and kind.startswith(("video/", "application/octet"))
            stored = None
            if is_video and limit:
                limit.reschedule(None)  # a video takes as long as it takes
            if is_video and spool and _is_plain(response):  # else: the history has its address
                stored = spool if await store(response.aiter_bytes(), spool) else None
            content = b"" if is_video else await _content(response)
            # What an answer quotes of the key goes nowhere: neither to a card nor to a log.
            content = content.replace(self._key.encode(), "…".encode())
            wait = responses.retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            return Answer(response.status_code, content, stored, wait)


def _is_plain(response: httpx.Response) -> bool:
    """Left to httpx, a piece of 64 KB would be unpacked to 64 MB before we could count it."""
    return bool(response.headers.get("content-encoding", "identity") == "identity")


async def _content(response: httpx.Response) -> bytes:
    """The body. Raises AnswerUnreadable as soon as it is too long."""
    is_plain = _is_plain(response)
    pieces = response.aiter_bytes() if is_plain else response.aiter_raw()
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > LONGEST_ANSWER:
            raise AnswerUnreadable
    return bytes(content) if is_plain or not content else _unpacked(content)


def _unpacked(content: bytearray) -> bytes:
    """Of gzip or deflate, as a gateway may pack all that passes it."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        unpacked = unpacking.decompress(content, LONGEST_ANSWER)
    except zlib.error:
        raise AnswerUnreadable from None
    if not unpacking.eof:
        raise AnswerUnreadable
    return unpacked


def _light_transport() -> AiohttpTransport | None:
    """None where a proxy has to be used, which only httpx's own transport looks up by itself."""
    if {"http", "https", "all"} & set(getproxies()):
        return None

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls()), cookie_jar=aiohttp.DummyCookieJar()
        )

    return AiohttpTransport(verify=tls(), client=session)


@contextmanager
def _submission_errors() -> Iterator[None]:
    # `from None`: httpx's own texts may quote a header, and so the key.
    try:
        yield
    except NEVER_SENT as error:
        raise NotSent(type(error).__name__) from None
    except (*FOREIGN, OSError) as error:  # OSError: the bytes could not be kept on this disk
        raise InDoubt(type(error).__name__) from None
