"""A small video, a server that sends it, and a reader."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.downloads.result_files import ResultFiles
from tests.support.files.serve import Handler

MAX_BYTES = 1_000_000
VIDEO = bytes(range(256)) * 1000
Serve = Callable[[Handler], Awaitable[str]]


async def send_video(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=VIDEO, content_type="video/mp4")


async def read(files: ResultFiles, url: str) -> bytes:
    async with files.open(url) as file:
        return b"".join([chunk async for chunk in file.chunks])


def box(kind: str, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind.encode() + content


def mp4(content: bytes) -> bytes:
    """The boxes of a complete mp4; `content` takes the place of the frames."""
    return box("ftyp", b"isom") + box("moov") + box("mdat", content)
