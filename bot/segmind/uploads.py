"""Segmind's public storage for people's own files.

What is stored there has an address that stays, and there is no way to delete it. An upload isn't
charged, so one whose answer was lost can be sent again.
"""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, Self

import httpx

from bot.downloads.result_files import MIN_BYTES_PER_SECOND, STALL_SECONDS
from bot.downloads.safe_addresses import check_url
from bot.downloads.slots import Slots
from bot.errors import NotPossible, NotUploaded, UnsafeUrl
from bot.monitoring.metrics import counts_errors
from bot.network.certificates import explained, network_error
from bot.network.own_thread import OwnThread
from bot.network.transports import aiohttp_transport, http_client
from bot.network.way_out import WayOut
from bot.segmind import responses
from bot.segmind.transport import HTTP_ERRORS, read_body
from bot.settings.table import Settings

# A multiple of 3 bytes becomes base64 without padding, so the pieces can follow each other.
CHUNK_BYTES = 3 * 64 * 1024
# Each is a whole file, and more at once are no faster.
MAX_CONCURRENT_UPLOADS = 2
SLOT_SECONDS = 10.0  # a longer one holds up no others: footage on a slow line takes minutes
TIMEOUT = httpx.Timeout(60, connect=15, pool=None)


class Uploads:
    """`transport` replaces the network."""

    def __init__(
        self,
        *,
        api_key: str,
        url: str,
        allow_loopback: bool,
        way_out: WayOut | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        slot_seconds: float = SLOT_SECONDS,
    ) -> None:
        self._url = f"{url.rstrip('/')}/upload-asset"
        self._key = api_key
        self._allow_loopback = allow_loopback
        self._slots = Slots(MAX_CONCURRENT_UPLOADS, slot_seconds)
        self._client = http_client(
            transport or OwnThread(aiohttp_transport(way_out or WayOut()), "uploads"),
            headers={"x-api-key": api_key, "accept-encoding": "identity"},
            timeout=TIMEOUT,
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(
            api_key=settings.segmind_api_key, url=settings.segmind_upload_url,
            allow_loopback=settings.allow_loopback, way_out=settings.way_out,
        )  # fmt: skip

    async def close(self) -> None:
        await self._client.aclose()

    @counts_errors
    async def upload(self, file: BinaryIO, mime: str) -> str:
        """The public address of the file from now on. Streams all of it, in constant memory.

        Raises NotUploaded: nothing is charged, and it can be sent again. NotPossible: Segmind
        doesn't take this file.
        """
        before, after = f'{{"data_urls": ["data:{mime};base64,'.encode(), b'"]}'
        size = file.seek(0, os.SEEK_END)
        length = len(before) + (size + 2) // 3 * 4 + len(after)
        headers = {"content-type": "application/json", "content-length": str(length)}
        try:
            async with (
                self._slots.one(),
                asyncio.timeout(STALL_SECONDS + length / MIN_BYTES_PER_SECOND),
            ):
                body = _json(file, before, after)
                async with self._client.stream(
                    "POST", self._url, content=body, headers=headers
                ) as response:
                    content = await read_body(response)
        except (*HTTP_ERRORS, OSError) as error:  # `from None`: httpx may quote the key
            raise explained(NotUploaded(network_error(error)), error) from None
        content = content.replace(self._key.encode(), "…".encode())
        if not response.is_success:
            raise _error(response.status_code, responses.error_text(content))
        if file.tell() < size:
            raise NotUploaded("it answered before it had the whole file")
        return self._address(responses.decode_json(content))

    async def reach(self) -> None:
        """Raises NotUploaded unless a server answers there, whatever it says."""
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self._client.head(self._url)
        except (*HTTP_ERRORS, OSError) as error:
            raise explained(NotUploaded(network_error(error)), error) from None

    def _address(self, body: Any) -> str:
        """The page names the list `urls`, and the SDK `file_urls`."""
        for name in ("file_urls", "urls"):
            found = body.get(name) if isinstance(body, dict) else None
            if isinstance(found, list) and found and isinstance(url := found[0], str):
                if not responses.is_web(url):
                    break
                try:
                    check_url(httpx.URL(url), allow_loopback=self._allow_loopback)
                except (UnsafeUrl, httpx.InvalidURL):
                    break
                return url
        raise NotUploaded("its answer names no address")


def _error(status: int, said: str) -> NotUploaded | NotPossible:
    """Whatever it is, it's about this file: the storage is another server than the API."""
    if status in (400, 413, 415, 422):
        quoted = f": “{said.removesuffix('.')}”" if said else ""
        return NotPossible(f"Segmind doesn't take this file{quoted}. Upload another file.")
    return NotUploaded(f"{status} {said}".strip())


async def _json(file: BinaryIO, before: bytes, after: bytes) -> AsyncIterator[bytes]:
    yield before
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield base64.b64encode(chunk)
        await asyncio.sleep(0)  # others come first now and then
    yield after
