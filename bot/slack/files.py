"""Files into a thread with constant memory: from the result's URL straight to Slack's upload URL.

The three steps of https://docs.slack.dev/messaging/working-with-files#upload, apart, so that what
each gave can be kept before the next one. The SDK's `files_upload_v2` holds the file in memory.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.downloads.result_files import (
    FOREIGN,
    PATIENCE,
    SLOWEST,
    ResultFiles,
    chunks_of,
    relay_client,
)
from bot.downloads.safe_addresses import check_url
from bot.errors import (
    FILE_SENTENCES,
    DownloadFailed,
    FileError,
    FileRefused,
    SlackError,
    SlackUnavailable,
    UnsafeUrl,
)
from bot.monitoring.metrics import RELAYED, counted
from bot.process.clock import Clock
from bot.slack.errors import file_errors

ALT_LIMIT = 1000  # https://docs.slack.dev/reference/methods/files.getUploadURLExternal#arg_alt_txt
# Videos relayed at once: more are no faster together, and hold up everything else in the loop.
AT_ONCE = 4
SHARE_CHECK_WAITS = (0, 0.5, 1, 2, 4, 8, 16)  # seconds


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """Uploaded, and not shared anywhere yet."""

    file_id: str
    bytes: int
    sha256: str


class SlackFiles:
    """Raises FileRefused and SlackUnavailable, and what `ResultFiles.open` raises."""

    def __init__(
        self,
        web_client: AsyncWebClient,
        files: ResultFiles,
        *,
        spool: Path,
        clock: Clock | None = None,
        allow_loopback: bool,
    ) -> None:
        self._slack = web_client
        self._files = files
        self._spool = spool
        self._clock = clock or Clock()
        self._allow_loopback = allow_loopback
        self._client = relay_client()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        await self._client.aclose()

    async def upload(self, source_url: str, *, filename: str, alt_text: str) -> UploadedFile:
        """Relays a file chunk by chunk; one whose length is not announced goes over the disk."""
        async with self._places, self._measured(source_url) as (length, chunks):
            if not length:
                raise DownloadFailed("the file is empty")
            return await self._upload(chunks, length, filename, alt_text)

    async def copy(self, file_id: str, *, filename: str, alt_text: str) -> UploadedFile:
        """Uploads a file of the workspace anew: a share elsewhere that outlives the first one."""
        with file_errors():
            answer = await self._slack.files_info(file=file_id)
        url = str(answer["file"]["url_private_download"])
        async with self._places, self._measured(url, self._slack.token or "") as (length, chunks):
            return await self._upload(chunks, length, filename, alt_text)

    async def upload_text(self, text: str | bytes, *, filename: str, alt_text: str) -> UploadedFile:
        content = text.encode() if isinstance(text, str) else text
        return await self._upload(_once(content), len(content), filename, alt_text)

    async def complete(
        self,
        files: list[tuple[str, str]],
        *,
        channel_id: str,
        thread_ts: str,
        comment: str = "",
    ) -> None:
        """Shares all of `files` (id, title) in one message. Not to be repeated unlooked:
        after SlackUnavailable it may have happened, and `find_share` tells."""
        # The SDK's own method puts all of it into the address, which a comment makes too long.
        body: dict[str, Any] = {
            "files": [{"id": file_id, "title": title} for file_id, title in files],
            "channel_id": channel_id,
            "initial_comment": comment,
            "thread_ts": thread_ts,
        }
        filled = {name: value for name, value in body.items() if value}
        with file_errors():
            await self._slack.api_call("files.completeUploadExternal", json=filled)

    async def find_share(self, file_id: str, channel_id: str) -> str | None:
        """The ts of the message that shows the file there; None while there is none."""
        try:
            with file_errors():
                answer = await self._slack.files_info(file=file_id)
        except SlackError as error:
            if error.code == "file_not_found":  # uploaded, but never completed
                return None
            raise
        shares: dict[str, Any] = (answer.get("file") or {}).get("shares") or {}
        for kind in shares.values():  # "public" and "private"
            for share in kind.get(channel_id) or []:
                return str(share["ts"])
        return None

    async def is_shared(self, file_id: str, channel_id: str) -> bool:
        """Whether the file is in that channel. Slack may show a share only some seconds later, so
        a "no" takes half a minute."""
        for wait in SHARE_CHECK_WAITS:
            await self._clock.sleep(wait)
            if await self.find_share(file_id, channel_id):
                return True
        return False

    @asynccontextmanager
    async def _measured(
        self, url: str, token: str = ""
    ) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """A file and its length: Slack wants the length before the first byte."""
        async with self._files.open(url, token=token) as file:
            if file.length is not None:
                yield file.length, file.chunks
                return
            # It has no name on the disk, so nothing of it stays behind, not even after a kill.
            with _disk_errors():
                copy = tempfile.TemporaryFile(dir=self._spool)  # noqa: SIM115  closed by the next `with`
            with copy:
                with _disk_errors():
                    async for chunk in file.chunks:
                        copy.write(chunk)
                    length = copy.tell()
                    copy.seek(0)
                yield length, chunks_of(copy)

    async def _upload(
        self, chunks: AsyncIterator[bytes], length: int, filename: str, alt_text: str
    ) -> UploadedFile:
        with file_errors():
            answer = await self._slack.api_call(
                "files.getUploadURLExternal",
                data={"filename": filename, "length": length, "alt_txt": alt_text[:ALT_LIMIT]},
            )
        body = _Hashed(chunks)
        await self._send(str(answer["upload_url"]), body, length)
        return UploadedFile(str(answer["file_id"]), length, body.sha256.hexdigest())

    async def _send(self, url: str, body: "_Hashed", length: int) -> None:
        try:
            check_url(httpx.URL(url), allow_loopback=self._allow_loopback)
            async with asyncio.timeout(PATIENCE + length / SLOWEST):
                response = await self._client.post(
                    url, content=body, headers={"content-length": str(length)}
                )
        except (UnsafeUrl, httpx.InvalidURL):
            raise FileRefused("unsafe_upload_url") from None
        except (*FOREIGN, TimeoutError) as error:
            # The source broke in the middle of the body: that is what went wrong, not Slack.
            raise body.error or counted(SlackUnavailable(type(error).__name__)) from None
        if response.status_code == 429 or response.status_code >= 500:
            raise counted(SlackUnavailable(f"http_{response.status_code}"))
        if response.status_code != 200:  # what its body may be is not documented
            said = response.text.strip()
            raise counted(
                FileRefused(said if said in FILE_SENTENCES else f"http_{response.status_code}")
            )


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DownloadFailed(f"there is no place to keep it ({error.strerror})") from error


class _Hashed:
    """A request body that is hashed on its way, and keeps the error that its source raised."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.sha256 = hashlib.sha256()
        self.error: FileError | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                self.sha256.update(chunk)
                RELAYED.inc(len(chunk))
                yield chunk
        except FileError as error:
            self.error = error
            raise


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
