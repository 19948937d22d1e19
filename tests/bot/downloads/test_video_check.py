"""A 200 is not always the video: login pages, JSON, images, and files that end too early."""

from collections.abc import AsyncIterator
from contextlib import suppress
from struct import pack
from time import process_time

import pytest

from bot.downloads.video_check import VideoCheck
from bot.errors import DownloadFailed
from tests.support.files.downloads import box, mp4

MP4 = mp4(bytes(range(256)) * 40)


def element(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return kind + (length | 1 << 56).to_bytes(8, "big") + content


EBML, SEGMENT = b"\x1aE\xdf\xa3", b"\x18\x53\x80\x67"
CLUSTER = element(b"\x1f\x43\xb6\x75", bytes(300))
UNKNOWN = 2**56 - 1
HEADER = element(EBML, bytes(20))
INFO = element(b"\x15\x49\xa9\x66", element(b"\x44\x89", pack(">d", 7500.0)))
WEBM = HEADER + element(SEGMENT, INFO + CLUSTER * 2)
LIVE = HEADER + element(SEGMENT, b"", UNKNOWN) + INFO + element(CLUSTER[:4], b"", UNKNOWN) + (
    element(b"\xa3", bytes(50))
)  # fmt: skip


def full_box(kind: str, *numbers: int, flags: int = 0, form: str = "I") -> bytes:
    return box(kind, pack(f">I{len(numbers)}{form}", flags, *numbers))


MVHD = full_box("mvhd", 0, 0, 600, 4500)
TRACK = box("trak", full_box("tkhd", 0, 0, 1, 0) + box("mdia", full_box("mdhd", 0, 0, 1000, 0)))
EMPTY_MOOV = full_box("mvhd", 0, 0, 600, 0) + TRACK


def fragment(start: int, samples: bytes) -> bytes:
    """Of track 1, whose samples last 250/1000 s unless they say it themselves."""
    times = full_box("tfhd", 1, 250, flags=0x8) + full_box("tfdt", start) + samples
    return box("moof", full_box("mfhd", 1) + box("traf", times)) + box("mdat", b"x")


COUNTED = full_box("trun", 10)
TIMED = full_box("trun", 2, 0, 2000, 9, 3000, 9, flags=0x301)
FRAGMENTS = fragment(3_600_000, COUNTED) + fragment(3_602_500, TIMED)


async def check(content: bytes, size: int = 100_000) -> tuple[bytes, float | None]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    video = VideoCheck(chunks())
    return b"".join([chunk async for chunk in video]), video.seconds


# What follows a complete video does no harm: ffmpeg, browsers and QuickTime play it all the same.
COMPLETE = {
    "mp4": MP4,
    "webm": WEBM,
    "a live webm": LIVE,
    "moov last": box("ftyp") + box("mdat", b"x") + box("free") + box("moov", b"y"),
    "64-bit size": box("ftyp") + box("moov") + b"\0\0\0\1mdat" + (20).to_bytes(8, "big") + b"1234",
    "to the end": box("ftyp") + box("moov") + b"\0\0\0\0mdat" + b"to the end",
    "empty": b"",
    "fragments": box("ftyp")
    + box("moov")
    + 2 * (box("moof", b"x") + box("mdat", b"y"))
    + box("mfra"),
    "QuickTime without ftyp": box("wide") + box("mdat", b"x") + box("moov", b"y"),
    "ftyp second": box("free") + box("ftyp") + box("moov") + box("mdat", b"x"),
    "a few zeros": MP4 + b"\0\0\0",
    "padded": MP4 + bytes(1000),
    "a line break": MP4 + b"\r\n",
    "free, skip, uuid": MP4 + box("free", b"x") + box("skip") + box("uuid", bytes(16)),
    "a box cut off": MP4 + box("free", bytes(90))[:50],
    "a text": MP4 + b"<!-- served in 3 ms -->",
    "padded fragments": box("ftyp") + box("moov", EMPTY_MOOV) + FRAGMENTS + bytes(5),
    "a padded webm": WEBM + bytes(100),
}
INCOMPLETE = {
    "a login page": b"<!doctype html><html><body>Sign in</body></html>",
    "JSON": b'{"error": "expired"}',
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "short": b"short",
    "zeros": bytes(1000),
    "a third": MP4[: len(MP4) * 3 // 10],
    "all but a byte": MP4[:-1],
    "the start": MP4[:30],
    "only ftyp": box("ftyp", b"isom"),
    "no moov": box("wide") + box("mdat", b"x"),
    "moov missing": (box("mdat", b"x" * 99) + box("moov"))[:50],
    "no mdat": box("ftyp") + box("moov"),
    "too small": box("ftyp") + b"\0\0\0\2moov",
    "too large": box("ftyp") + box("moov") + b"\xff\xff\xff\xffmdat",
    "a 64-bit size of 0": box("ftyp") + box("moov") + b"\0\0\0\1mdat" + bytes(8),
    "2^63": box("ftyp") + box("moov") + b"\0\0\0\1mdat" + (2**63).to_bytes(8, "big") + bytes(99),
    "a second mdat cut off": (MP4 + box("mdat", bytes(9)))[:-1],
    "a fragment cut off": box("ftyp") + box("moov", EMPTY_MOOV) + FRAGMENTS[:-1],
    "a fragment's header cut off": box("ftyp") + box("moov", EMPTY_MOOV) + FRAGMENTS + b"\0\0\1",
    "a webm cut off": WEBM[:-1],
    "a webm's cluster missing": WEBM[: -len(CLUSTER)],
    "a webm's header": HEADER,
    "a live webm cut off": LIVE[:-1],
    "no elements": EBML + bytes(1000),
}

NO_VIDEO = ("a login page", "JSON", "PNG", "short", "zeros")


@pytest.mark.parametrize("content", COMPLETE.values(), ids=COMPLETE)
async def test_a_video_passes_unchanged(content: bytes) -> None:
    for size in (1, 3, 7, 8, 9, 64, 100_000):
        assert (await check(content, size))[0] == content


@pytest.mark.parametrize("name", INCOMPLETE)
async def test_anything_else_is_a_failed_download(name: str) -> None:
    for size in (1, 9, 100_000):
        with pytest.raises(DownloadFailed) as raised:
            await check(INCOMPLETE[name], size)
        if name in NO_VIDEO:
            assert "isn't a video" in str(raised.value)


LENGTHS = {
    "at the start": (box("ftyp") + box("moov", MVHD) + box("mdat", b"x"), 7.5),
    "at the end": (box("ftyp") + box("mdat", b"x" * 99) + box("moov", MVHD + TRACK), 7.5),
    "in 64 bits": (
        box("moov", box("mvhd", pack(">IQQIQ", 1 << 24, 0, 0, 600, 4500))) + box("mdat"),
        7.5,
    ),
    "with all fragments": (
        box("moov", MVHD + box("mvex", full_box("mehd", 6000))) + FRAGMENTS,
        10.0,
    ),
    "in each fragment": (box("moov", EMPTY_MOOV) + FRAGMENTS, 7.5),
    "in fragments, and not of all": (
        box("moov", EMPTY_MOOV) + fragment(0, COUNTED) + fragment(9, full_box("trun")),
        None,
    ),
    "a webm": (WEBM, 7.5),
    "a live webm": (LIVE, 7.5),
    "a timescale of 0": (box("moov", full_box("mvhd", 0, 0, 0, 4500)) + box("mdat"), None),
    "unknown": (box("moov", full_box("mvhd", 0, 0, 600, 2**32 - 1)) + box("mdat"), None),
    "too short": (box("moov", full_box("mvhd", 0)) + box("mdat"), None),
    "nowhere": (MP4, None),
    "a webm without it": (HEADER + element(SEGMENT, CLUSTER), None),
}


@pytest.mark.parametrize(("content", "seconds"), LENGTHS.values(), ids=LENGTHS)
async def test_a_video_says_how_long_it_lasts(content: bytes, seconds: float | None) -> None:
    for size in (1, 5, 100_000):
        assert (await check(content, size))[1] == seconds


@pytest.mark.parametrize(
    "content",
    [
        MP4 + box("free") * 200_000,
        box("ftyp") + box("mdat") + b"\x7f\xff\xff\xffmoov" * 200_000,
        box("ftyp") + box("moov", b"\0\0\0\0trun" * 200_000) + box("mdat"),
        box("moov", EMPTY_MOOV) + fragment(0, full_box("trun", 1, 1, flags=0x100) * 60_000),
        HEADER + element(SEGMENT, b"", UNKNOWN) + b"\xec\x80" * 100_000,
        HEADER + element(SEGMENT, b"", UNKNOWN) * 100_000,
        box("free") * 10_000_000,
    ],
    ids=["tiny", "deep", "empty", "samples", "tiny elements", "deep elements", "endless"],
)
async def test_any_number_of_parts_is_read_in_time(content: bytes) -> None:
    """Each costs microseconds, and more than a video can have are not read."""
    began = process_time()
    with suppress(DownloadFailed):
        await check(content)
    assert process_time() - began < 5
