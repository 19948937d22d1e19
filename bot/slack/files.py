"""Uploads files to Slack in constant memory: streamed from the result's URL to the upload URL.

The three steps of https://docs.slack.dev/messaging/working-with-files#upload are separate methods,
so that the result of each can be stored before the next. The SDK's `files_upload_v2` would read the
whole file into memory.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.addresses import is_kept_by_slack
from bot.downloads.file_hash import HashingBody
from bot.downloads.result_files import (
    MIN_BYTES_PER_SECOND,
    STALL_SECONDS,
    OpenFile,
    ResultFiles,
    file_chunks,
    streaming_client,
)
from bot.downloads.safe_addresses import check_url, public_transport
from bot.downloads.saving import disk_errors, write
from bot.downloads.slots import Slots
from bot.downloads.video_check import VideoCheck
from bot.errors import (
    FILE_SENTENCES,
    DownloadFailed,
    FileRefused,
    SlackError,
    SlackUnavailable,
    UnsafeUrl,
)
from bot.monitoring.metrics import RELAYED_BYTES, counted
from bot.network.certificates import explained, network_error
from bot.network.transports import HTTPX_ERRORS
from bot.network.way_out import WayOut
from bot.process.clock import Clock
from bot.slack.errors import file_errors, required
from bot.slack.payloads import items, part, text

# https://docs.slack.dev/reference/methods/files.getUploadURLExternal#arg_alt_txt
MAX_ALT_TEXT = 1000
MOST_BYTES = 2 * 1024**3  # of a file that is in Slack, which takes none as large
# More at once are no faster in total, and delay everything else in the event loop.
MAX_CONCURRENT_UPLOADS = 4
SLOT_SECONDS = 60.0  # a slower one holds up no others
MOST_SAID = 200  # bytes of an answer to an upload
FILE_GONE_CODES = {"file_not_found", "file_deleted", "tombstone"}
SHARE_CHECK_WAITS = (0, 0.5, 1, 2, 4, 8, 16)  # seconds


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """Uploaded to Slack, and not shared in any conversation yet.

    `seconds`: how long a video lasts by its own word, which may be wrong; None if it has none.
    """

    file_id: str
    bytes: int
    sha256: str
    seconds: float | None = None


class SlackFiles:
    """Methods raise FileRefused, SlackUnavailable, and whatever `ResultFiles.open` raises."""

    def __init__(
        self,
        web_client: AsyncWebClient,
        files: ResultFiles,
        *,
        folder: Path,
        clock: Clock | None = None,
        allow_loopback: bool,
        way_out: WayOut | None = None,
        slot_seconds: float = SLOT_SECONDS,
    ) -> None:
        self._slack = web_client
        self._files = files
        self._folder = folder
        self._clock = clock or Clock()
        self._allow_loopback = allow_loopback
        self._client = streaming_client(public_transport(way_out, allow_loopback=allow_loopback))
        self._slots = Slots(MAX_CONCURRENT_UPLOADS, slot_seconds)
        self._copies = Slots(MAX_CONCURRENT_UPLOADS // 2, slot_seconds)  # the others are deliveries

    async def close(self) -> None:
        await self._client.aclose()

    async def upload(self, source_url: str, *, filename: str, alt_text: str) -> UploadedFile:
        """Streams a video from its URL to Slack; one of unknown length is buffered on disk."""
        async with self._slots.one(), self._files.open(source_url) as file:
            video = VideoCheck(file.chunks)
            async with self._with_length(file.length, aiter(video)) as (length, chunks):
                if not length:
                    raise DownloadFailed("the file is empty")
                uploaded = await self._upload(chunks, length, filename, alt_text)
            return replace(uploaded, seconds=video.seconds)

    async def copy(self, file_id: str, *, filename: str, alt_text: str) -> UploadedFile:
        """Uploads a file of the workspace again, so that deleting the original leaves the copy."""
        async with (
            self._copies.one(),
            self._slots.one(),
            self._open(file_id) as opened,
            self._with_length(opened.length, opened.chunks) as (length, chunks),
        ):
            return await self._upload(chunks, length, filename, alt_text)

    async def save(self, file_id: str, path: Path, *, most: int = MOST_BYTES) -> str:
        """Writes a file to the disk. Returns its SHA-256. Raises FileTooLarge over `most` bytes."""
        sha256 = hashlib.sha256()
        async with self._open(file_id, most) as opened:
            with disk_errors(), path.open("wb") as file:
                async for chunk in opened.chunks:
                    sha256.update(chunk)
                    write(file, chunk)
        return sha256.hexdigest()

    async def upload_from_disk(self, path: Path, *, filename: str, alt_text: str) -> UploadedFile:
        with disk_errors():
            file = path.open("rb")
        with file:
            length = os.fstat(file.fileno()).st_size
            return await self._upload(file_chunks(file), length, filename, alt_text)

    @asynccontextmanager
    async def _open(self, file_id: str, most: int = MOST_BYTES) -> AsyncIterator[OpenFile]:
        file = await self.info(file_id)
        url = text(file, "url_private_download") or text(file, "url_private")
        if not url:  # a plan without old files hides what else there is to know about them
            raise FileRefused(text(file, "mode") or "hidden_by_limit")
        if is_remote(file) or not is_kept_by_slack(url, self._slack.base_url):
            raise UnsafeUrl("it is not an address of Slack")
        async with self._files.open(url, token=self._slack.token or "", most=most) as opened:
            yield opened

    async def upload_text(self, text: str | bytes, *, filename: str, alt_text: str) -> UploadedFile:
        content = text.encode() if isinstance(text, str) else text
        return await self._upload(file_chunks(BytesIO(content)), len(content), filename, alt_text)

    async def complete_upload(
        self,
        files: Sequence[tuple[str, str]],
        *,
        channel_id: str = "",
        thread_ts: str = "",
        comment: str = "",
    ) -> None:
        """Shares all `files` (id, title) in one message; without a channel only with the bot.

        After SlackUnavailable they may have been shared: call `find_share` before a retry.
        """
        # The SDK's own method puts everything into the URL, which a long comment makes too long.
        body: dict[str, Any] = {
            "files": [{"id": file_id, "title": title} for file_id, title in files],
            "channel_id": channel_id,
            "initial_comment": comment,
            "thread_ts": thread_ts,
        }
        filled = {name: value for name, value in body.items() if value}
        with file_errors():
            await self._slack.api_call("files.completeUploadExternal", json=filled)

    async def delete(self, file_id: str) -> None:
        await delete_file(self._slack, file_id)

    async def find_share(self, file_id: str, channel_id: str) -> str | None:
        """The ts of the message with this file in the channel; None if there is none (yet)."""
        try:
            shares = part(await self.info(file_id), "shares")
        except SlackError as error:
            if error.code in FILE_GONE_CODES:  # or the upload was never completed
                return None
            raise
        found = (share for kind in shares for share in items(part(shares, kind), channel_id))
        return next((ts for share in found if (ts := text(share, "ts"))), None)

    async def is_public_in(self, file_id: str, channel_id: str) -> bool:
        """Whether the file was shared there while the channel was public. Needs no scope more."""
        return channel_id in part(part(await self.info(file_id), "shares"), "public")

    async def is_shared(self, file_id: str, channel_id: str) -> bool:
        """Whether the file is in that channel. A False takes half a minute."""
        return bool(await self.wait_for_share(file_id, channel_id))

    async def wait_for_share(self, file_id: str, channel_id: str) -> str:
        """The ts of its message there, which may come late; "" if none is there after 30 s."""
        for wait in SHARE_CHECK_WAITS:
            await self._clock.sleep(wait)
            if ts := await self.find_share(file_id, channel_id):
                return ts
        return ""

    async def is_picture(self, file_id: str) -> bool:
        """Whether Slack shows the file as a picture: once it has inspected the upload, and until
        the file is deleted."""
        try:
            return text(await self.info(file_id), "mimetype").startswith("image/")
        except FileRefused as refused:
            if refused.code in FILE_GONE_CODES:
                return False
            raise

    async def info(self, file_id: str) -> dict[str, Any]:
        with file_errors():
            file = (await self._slack.files_info(file=file_id)).get("file")
        return file if isinstance(file, dict) else {}

    @asynccontextmanager
    async def _with_length(
        self, length: int | None, chunks: AsyncIterator[bytes]
    ) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """The length and chunks of a file: Slack needs the length before the first byte."""
        if length is not None:
            yield length, chunks
            return
        # An unnamed temporary file leaves nothing behind, even if the process is killed.
        with disk_errors():
            copy = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  closed by the next `with`
        with copy:
            with disk_errors():
                async for chunk in chunks:
                    write(copy, chunk)
                length = copy.tell()
                copy.seek(0)
            yield length, file_chunks(copy)

    async def _upload(
        self, chunks: AsyncIterator[bytes], length: int, filename: str, alt_text: str
    ) -> UploadedFile:
        with file_errors():
            answer = await self._slack.api_call(
                "files.getUploadURLExternal",
                data={"filename": filename, "length": length, "alt_txt": alt_text[:MAX_ALT_TEXT]},
            )
            url, file_id = required(answer, "upload_url"), required(answer, "file_id")
        body = HashingBody(chunks, RELAYED_BYTES.inc)
        await self._send(url, body, length)
        return UploadedFile(file_id, length, body.sha256.hexdigest())

    async def _send(self, url: str, body: HashingBody, length: int) -> None:
        headers, said = {"content-length": str(length)}, b""
        try:
            check_url(httpx.URL(url), allow_loopback=self._allow_loopback)
            async with (
                asyncio.timeout(STALL_SECONDS + length / MIN_BYTES_PER_SECOND),
                self._client.stream("POST", url, content=body, headers=headers) as response,
            ):
                async for chunk in response.aiter_raw():  # not decompressed, however large it is
                    if len(said := said + chunk) > MOST_SAID:
                        break
        except (UnsafeUrl, httpx.InvalidURL):
            raise FileRefused("unsafe_upload_url") from None
        except (*HTTPX_ERRORS, TimeoutError) as error:
            # If the download failed in the middle of the upload, that is the cause.
            failed = explained(SlackUnavailable(network_error(error)), error)
            raise body.error or counted(failed) from None
        status, arrived = response.status_code, body.bytes >= length  # a proxy may answer earlier
        if status == 429 or status >= 500 or (status == 200 and not arrived):
            raise counted(SlackUnavailable(f"http_{status}"))
        if status != 200:  # its body is not documented; Slack's own code was seen
            code = said.decode(errors="replace").strip()
            raise counted(FileRefused(code if code in FILE_SENTENCES else f"http_{status}"))


def is_remote(file: dict[str, Any]) -> bool:
    """Whether an app has added it from elsewhere: Slack has only an address, which the app says.

    https://docs.slack.dev/messaging/working-with-files/#remote
    """
    return bool(file.get("is_external")) or text(file, "mode") == "external"


async def delete_file(web_client: AsyncWebClient, file_id: str) -> None:
    """Deletes a file of the bot. That it is gone already is no error."""
    try:
        with file_errors():
            await web_client.files_delete(file=file_id)
    except FileRefused as refused:
        if refused.code not in FILE_GONE_CODES:
            raise
