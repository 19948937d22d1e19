"""A 200 is not always the video: login pages, JSON, images, and files that end too early."""

from collections.abc import AsyncIterator

import pytest

from bot.downloads.video_check import checked_video
from bot.errors import DownloadFailed
from tests.support.files.downloads import box, mp4

MP4 = mp4(bytes(range(256)) * 40)
WEBM = b"\x1aE\xdf\xa3" + bytes(1000)


async def check(content: bytes, size: int) -> bytes:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    return b"".join([chunk async for chunk in checked_video(chunks())])


@pytest.mark.parametrize("size", [1, 3, 7, 8, 9, 64, 100_000])
@pytest.mark.parametrize(
    "content",
    [
        MP4,
        WEBM,
        box("ftyp") + box("mdat", b"x") + box("free") + box("moov", b"y"),
        box("ftyp") + box("moov") + b"\0\0\0\1mdat" + (20).to_bytes(8, "big") + b"1234",
        box("ftyp") + box("moov") + b"\0\0\0\0mdat" + b"to the end",
        b"",
        box("ftyp") + box("moov") + 2 * (box("moof", b"x") + box("mdat", b"y")) + box("mfra"),
        box("wide") + box("mdat", b"x") + box("moov", b"y"),
        box("free") + box("ftyp") + box("moov") + box("mdat", b"x"),
    ],
    ids=[
        "mp4",
        "webm",
        "moov last",
        "64-bit size",
        "to the end",
        "empty",
        "fragments",
        "QuickTime without ftyp",
        "ftyp second",
    ],
)
async def test_a_video_passes_unchanged(content: bytes, size: int) -> None:
    assert await check(content, size) == content


@pytest.mark.parametrize("size", [1, 9, 100_000])
@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><html><body>Sign in</body></html>",
        b'{"error": "expired"}',
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"short",
        bytes(1000),
        MP4[: len(MP4) * 3 // 10],
        MP4[:-1],
        MP4[:30],
        MP4 + b"\0\0\0",
        box("ftyp", b"isom"),
        box("wide") + box("mdat", b"x"),
        (box("mdat", b"x" * 99) + box("moov"))[:50],
        box("ftyp") + box("moov"),
        box("ftyp") + b"\0\0\0\2moov",
        box("ftyp") + box("moov") + b"\xff\xff\xff\xffmdat",
        box("ftyp") + box("moov") + b"\0\0\0\1mdat" + bytes(8),
    ],
)
async def test_anything_else_is_a_failed_download(content: bytes, size: int) -> None:
    with pytest.raises(DownloadFailed):
        await check(content, size)
