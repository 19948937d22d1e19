"""The public files, as a CDN serves them: finished videos, captions and uploads."""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.demo.media import Recording, recording
from bot.demo.segmind.faults import DELIVERY, Delivery, hang_up
from bot.demo.segmind.service import ApiError, SegmindService

OUTPUT_KEPT = timedelta(days=7)  # docs.segmind.com: output files
CHUNK = 64 * 1024
TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".srt": "application/x-subrip",
    ".mp3": "audio/mpeg",
    ".aiff": "audio/aiff",
    ".wma": "audio/x-ms-wma",
    ".au": "audio/basic",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}


# What is stored, as the SDK has it: no wav, no m4a.
STORED = {suffix: kind for suffix, kind in TYPES.items() if suffix != ".srt"}


def content_type(path: Path) -> str:
    return TYPES[path.suffix]


class Cdn:
    """Serves the files of finished jobs, and stores uploads in their own folder."""

    def __init__(self, service: SegmindService, folder: Path) -> None:
        self._service = service
        self._uploads = folder / "uploads"

    def store(self, data_url: str) -> str:
        """Store the content of a data URL; returns its public path. Raises ApiError (400)."""
        match = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", data_url, re.DOTALL)
        suffix = next((s for s, kind in STORED.items() if match and kind == match[1]), None)
        if match is None or suffix is None:
            raise ApiError(400, "Not a data URL of a supported image, audio or video type.")
        try:
            content = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            raise ApiError(400, "The data URL is not valid base64.") from None
        self._uploads.mkdir(exist_ok=True)
        name = hashlib.sha256(content).hexdigest()[:20] + suffix
        (self._uploads / name).write_bytes(content)
        return f"/cdn/uploads/{name}"

    async def recording(self, url: str) -> Recording | None:
        """What is behind the address of an upload; None for other addresses. Raises ApiError (400)
        for what isn't audio."""
        folder, _, name = urlsplit(url).path.rpartition("/")
        path = self._uploads / name
        if folder != "/cdn/uploads" or not path.is_file():
            return None
        if (found := await recording(path)) is None:
            raise ApiError(400, "audio_url could not be read as audio.")
        return found

    async def upload(self, request: web.Request) -> web.StreamResponse:
        path = self._uploads / Path(request.match_info["name"]).name
        if not path.is_file():
            raise web.HTTPNotFound
        return await self._send(request, path)

    async def output(self, request: web.Request) -> web.StreamResponse:
        name = Path(request.match_info["name"])
        job = self._service.jobs.get(name.stem)
        if job is None or job.state != "COMPLETED" or job.rendering is None:
            raise web.HTTPNotFound
        if self._service.clock.now() - job.created > OUTPUT_KEPT:
            raise web.HTTPNotFound
        clip = job.rendering.result()
        if name.suffix == ".srt" and job.caption_url:
            return await self._send(request, clip.captions)
        if name.suffix == clip.video.suffix:
            return await self._send(request, clip.video)
        raise web.HTTPNotFound

    async def _send(self, request: web.Request, path: Path) -> web.StreamResponse:
        delivery = request.get(DELIVERY)
        if delivery is None:
            return web.FileResponse(path, headers={"Content-Type": content_type(path)})
        return await _send_badly(request, path, delivery)


async def _send_badly(request: web.Request, path: Path, delivery: Delivery) -> web.StreamResponse:
    size = _length(path) if delivery.size is None else delivery.size
    response = web.StreamResponse(headers={"Content-Type": content_type(path)})
    if delivery.length:
        response.content_length = size
    else:
        response.enable_chunked_encoding()
    await response.prepare(request)
    limit = size if delivery.cut_after is None else min(size, delivery.cut_after)
    pace = delivery.bytes_per_second
    for chunk in _chunks(path, limit, CHUNK if pace is None else min(CHUNK, int(pace / 20) + 1)):
        if pace is not None:
            await asyncio.sleep(len(chunk) / pace)
        await response.write(chunk)
    if limit < size:
        return hang_up(request)
    await response.write_eof()
    return response


def _length(path: Path) -> int:
    return path.stat().st_size


def _chunks(path: Path, size: int, chunk: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, with zeros after its end."""
    with path.open("rb") as file:
        while size > 0:
            wanted = min(chunk, size)
            size -= wanted
            yield file.read(wanted).ljust(wanted, b"\0")
