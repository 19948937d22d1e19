"""Uploading files, against the stand-in: the three steps, refusals and failures."""

import asyncio
import hashlib
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.domain.captions import read_captions
from bot.downloads import result_files
from bot.downloads.result_files import ResultFiles
from bot.errors import DownloadFailed, FileRefused, FileTooLarge, SlackUnavailable, UnsafeUrl
from bot.slack.files import MAX_CONCURRENT_UPLOADS, SlackFiles, UploadedFile
from tests.support.files.uploads import VIDEO, Serve


def same(uploaded: UploadedFile, content: bytes) -> bool:
    return (uploaded.bytes, uploaded.sha256) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )


def stored(slack: SlackStandIn, uploaded: UploadedFile) -> bytes:
    return slack.workspace.files[uploaded.file_id].path.read_bytes()


@pytest.mark.parametrize("length", [True, False])
async def test_a_file_is_uploaded_from_its_url(
    slack: SlackStandIn, files: SlackFiles, serve: Serve, tmp_path: Path, length: bool
) -> None:
    uploaded = await files.upload(
        await serve(length=length), filename="take-1.mp4", alt_text="A" * 2000
    )
    assert same(uploaded, VIDEO)
    assert stored(slack, uploaded) == VIDEO
    file = slack.workspace.files[uploaded.file_id]
    assert (file.name, file.alt_txt) == ("take-1.mp4", "A" * 1000)
    assert list(tmp_path.iterdir()) == []


async def test_a_local_file_is_uploaded(
    slack: SlackStandIn, files: SlackFiles, tmp_path: Path
) -> None:
    path = tmp_path / "take"
    path.write_bytes(VIDEO)
    uploaded = await files.upload(path.as_uri(), filename="a.mp4", alt_text="A video")
    assert same(uploaded, VIDEO)
    assert stored(slack, uploaded) == VIDEO
    assert path.exists()


async def test_video_and_captions_are_find_share_one_message(
    slack: SlackStandIn, files: SlackFiles, serve: Serve
) -> None:
    channel = slack.channel("marketing", bot_member=True)
    video = await files.upload(await serve(), filename="a.mp4", alt_text="A video")
    srt = await files.upload_text("1\nGrüße", filename="a.srt", alt_text="Captions")
    assert same(srt, "1\nGrüße".encode())
    assert await files.find_share(video.file_id, channel.id) is None
    await files.complete_upload(
        [(video.file_id, "a.mp4"), (srt.file_id, "a.srt")],
        channel_id=channel.id,
        thread_ts="",
        comment="Ready.",
    )
    (message,) = channel.messages()
    assert [file.name for file in message.files] == ["a.mp4", "a.srt"]
    assert message.text().startswith("Ready.\n")
    assert await files.find_share(video.file_id, channel.id) == message.ts
    assert await files.find_share(video.file_id, "C0ELSEWHERE") is None
    assert await files.find_share("F0NEVERSEEN", channel.id) is None


async def test_files_are_shared_in_a_thread(
    slack: SlackStandIn, files: SlackFiles, client: AsyncWebClient
) -> None:
    channel = slack.channel("marketing", bot_member=True)
    card = await client.chat_postMessage(channel=channel.id, text="card")
    srt = await files.upload_text(b"1\nHi", filename="a.srt", alt_text="Captions")
    await files.complete_upload(
        [(srt.file_id, "a.srt")], channel_id=channel.id, thread_ts=str(card["ts"]), comment=""
    )
    ts = await files.find_share(srt.file_id, channel.id)
    assert ts
    assert ts != card["ts"]
    assert [m.ts for m in channel.thread(str(card["ts"])).messages()][-1] == ts


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
async def test_captions_are_uploaded_as_they_came(
    slack: SlackStandIn, files: SlackFiles, results: ResultFiles, serve: Serve, encoding: str
) -> None:
    content = "1\n01:00:00,000 --> 01:00:02,000\nSchöne Grüße\n".encode(encoding)
    captions = read_captions(await results.read_bytes(await serve(content)))
    assert captions is not None
    assert (captions.transcript, captions.seconds) == ("Schöne Grüße", 2.0)
    srt = await files.upload_text(captions.file, filename="a.srt", alt_text="Captions")
    assert stored(slack, srt) == content


# --- refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["file_uploads_disabled", "file_type_not_allowed", "storage_limit_reached"]
)
@pytest.mark.parametrize(
    "step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
)
async def test_a_refusal_at_any_step_carries_its_error_code(
    slack: SlackStandIn, files: SlackFiles, step: str, code: str
) -> None:
    channel = slack.channel("marketing", bot_member=True)
    slack.faults.add(step, error=code)
    with pytest.raises(FileRefused) as raised:
        await upload_and_share(files, channel.id)
    assert raised.value.code == code


async def test_files_are_refused_in_a_channel_without_the_bot(
    slack: SlackStandIn, files: SlackFiles
) -> None:
    with pytest.raises(FileRefused) as raised:
        await upload_and_share(files, slack.channel("others", bot_member=False).id)
    assert raised.value.code == "not_in_channel"


@pytest.mark.parametrize(
    "fault", [{"status": 429}, {"status": 500}, {"status": 503}, {"drop": "before"}]
)
@pytest.mark.parametrize(
    "step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
)
async def test_without_an_answer_slack_is_unavailable(
    slack: SlackStandIn, files: SlackFiles, step: str, fault: dict[str, Any]
) -> None:
    channel = slack.channel("marketing", bot_member=True)
    slack.faults.add(step, **fault)
    with pytest.raises(SlackUnavailable):
        await upload_and_share(files, channel.id)


async def upload_and_share(files: SlackFiles, channel_id: str) -> None:
    srt = await files.upload_text("1\nHi", filename="a.srt", alt_text="Captions")
    await files.complete_upload([(srt.file_id, "a.srt")], channel_id=channel_id, thread_ts="")


async def test_a_share_whose_response_was_lost_is_found(
    slack: SlackStandIn, files: SlackFiles
) -> None:
    channel = slack.channel("marketing", bot_member=True)
    srt = await files.upload_text("1\nHi", filename="a.srt", alt_text="Captions")
    slack.faults.add("files.completeUploadExternal", drop="after")
    with pytest.raises(SlackUnavailable):
        await files.complete_upload([(srt.file_id, "a.srt")], channel_id=channel.id, thread_ts="")
    assert await files.find_share(srt.file_id, channel.id)


# --- failures of the source --------------------------------------------------------------------


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><html><body>Sign in</body></html>",
        b'{"error": "expired"}',
        b"\x89PNG\r\n\x1a\n",
        VIDEO[: len(VIDEO) * 3 // 10],
    ],
    ids=["login page", "JSON", "PNG", "30 % of it"],
)
async def test_a_200_that_is_no_video_is_a_failed_download(
    slack: SlackStandIn, files: SlackFiles, serve: Serve, content: bytes, length: bool
) -> None:
    url = await serve(content, length=length)
    with pytest.raises(DownloadFailed):
        await files.upload(url, filename="a.mp4", alt_text="A video")
    assert not any(file.received for file in slack.workspace.files.values())


@pytest.mark.parametrize("length", [True, False])
async def test_a_truncated_source_is_a_failed_download(
    slack: SlackStandIn, files: SlackFiles, serve: Serve, tmp_path: Path, length: bool
) -> None:
    url = await serve(times=4, length=length, cut=True)
    with pytest.raises(DownloadFailed):
        await files.upload(url, filename="a.mp4", alt_text="A video")
    assert list(tmp_path.iterdir()) == []
    again = await files.upload(await serve(), filename="a.mp4", alt_text="A video")
    assert same(again, VIDEO)


@pytest.mark.parametrize("length", [True, False])
async def test_a_source_that_drips_does_not_keep_its_slot(
    files: SlackFiles, serve: Serve, monkeypatch: pytest.MonkeyPatch, length: bool
) -> None:
    url = await serve(length=length, drip=True)
    with monkeypatch.context() as patch:
        patch.setattr(result_files, "STALL_SECONDS", 0.1)
        async with asyncio.timeout(10):
            for _ in range(MAX_CONCURRENT_UPLOADS + 1):
                with pytest.raises(DownloadFailed, match="too slowly"):
                    await files.upload(url, filename="a.mp4", alt_text="A video")
    assert same(await files.upload(await serve(), filename="a.mp4", alt_text="A video"), VIDEO)


async def test_twenty_slow_sources_do_not_hold_up_another_one(
    client: AsyncWebClient, results: ResultFiles, serve: Serve, tmp_path: Path
) -> None:
    """A gigabyte may take hours, at a rate that is still accepted."""
    files = SlackFiles(client, results, folder=tmp_path, allow_loopback=True, slot_seconds=0.1)
    slow = await serve(drip=True)
    others = [
        asyncio.create_task(files.upload(slow, filename="a.mp4", alt_text="A video"))
        for _ in range(20)
    ]
    async with asyncio.timeout(20):
        quick = await files.upload(await serve(), filename="a.mp4", alt_text="A video")
    assert same(quick, VIDEO)
    assert not any(one.done() for one in others)
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await files.close()


async def test_shares_do_not_hold_up_deliveries(
    client: AsyncWebClient, results: ResultFiles, serve: Serve, slack: SlackStandIn, tmp_path: Path
) -> None:
    files = SlackFiles(client, results, folder=tmp_path, allow_loopback=True, slot_seconds=3600)
    slack.faults.add("files.info", slow=3600, times=None)
    shares = [
        asyncio.create_task(files.copy("F1", filename="a.mp4", alt_text="A video"))
        for _ in range(MAX_CONCURRENT_UPLOADS + 1)
    ]
    async with asyncio.timeout(20):
        delivered = await files.upload(await serve(), filename="a.mp4", alt_text="A video")
    assert same(delivered, VIDEO)
    for share in shares:
        share.cancel()
    await asyncio.gather(*shares, return_exceptions=True)
    slack.faults.clear()
    await files.close()


async def test_an_unsafe_source_is_not_downloaded(files: SlackFiles, slack: SlackStandIn) -> None:
    with pytest.raises(UnsafeUrl):
        await files.upload("http://10.0.0.1/a.mp4", filename="a.mp4", alt_text="A video")
    assert list(slack.journal.calls()) == []


async def test_a_source_over_the_limit_is_refused(
    client: AsyncWebClient, serve: Serve, tmp_path: Path
) -> None:
    results = ResultFiles(max_bytes=1000, allow_loopback=True, folder=tmp_path)
    files = SlackFiles(client, results, folder=tmp_path, allow_loopback=True)
    for length in (True, False):
        url = await serve(length=length)
        with pytest.raises(FileTooLarge):
            await files.upload(url, filename="a.mp4", alt_text="A video")
    await files.close()
    await results.close()


async def test_an_empty_source_fails(files: SlackFiles, serve: Serve) -> None:
    with pytest.raises(DownloadFailed, match="empty"):
        await files.upload(await serve(times=0), filename="a.mp4", alt_text="A video")


async def test_a_file_that_cannot_be_buffered_on_disk_fails(
    files: SlackFiles, serve: Serve, tmp_path: Path
) -> None:
    url = await serve(length=False)
    tmp_path.rmdir()
    with pytest.raises(DownloadFailed):
        await files.upload(url, filename="a.mp4", alt_text="A video")
    tmp_path.mkdir()


async def test_a_large_file_is_never_in_memory_as_a_whole(files: SlackFiles, serve: Serve) -> None:
    url = await serve(times=40)
    tracemalloc.start()
    uploaded = await files.upload(url, filename="a.mp4", alt_text="A video")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert uploaded.bytes == 40 * len(VIDEO)
    # 41 MB were transferred, with three servers and clients in this process.
    assert peak < 5_000_000
