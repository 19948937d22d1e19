"""What is buffered on the disk never fills it: the databases of the bot may be there, too."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.downloads import saving
from bot.downloads.saving import save_file
from bot.errors import DownloadFailed
from bot.slack.files import SlackFiles
from tests.support.files.uploads import Serve


@pytest.fixture(autouse=True)
def _full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "LEAST_FREE", 1 << 62)


async def test_a_video_of_unknown_length_is_not_buffered(files: SlackFiles, serve: Serve) -> None:
    url = await serve(length=False)
    with pytest.raises(DownloadFailed, match="No space left"):
        await files.upload(url, filename="a.mp4", alt_text="A video")
    # One of known length needs no disk.
    assert (await files.upload(await serve(), filename="a.mp4", alt_text="A video")).bytes


async def test_a_file_of_slack_is_not_saved(
    files: SlackFiles, serve: Serve, tmp_path: Path
) -> None:
    video = await files.upload(await serve(), filename="a.mp4", alt_text="A video")
    await files.complete_upload([(video.file_id, "A video")])
    with pytest.raises(DownloadFailed, match="No space left"):
        await files.save(video.file_id, tmp_path / "a.mp4")


async def test_an_answer_that_is_a_video_is_not_saved(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"video"

    with pytest.raises(OSError, match="No space left"):
        await save_file(chunks(), tmp_path / "a.mp4", 1000)
    assert list(tmp_path.iterdir()) == []


def test_a_network_drive_that_does_not_say_how_large_it_is_is_not_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saving.spare_bytes(tmp_path) < 0
    silent = os.statvfs_result((4096, 4096, 0, 0, 0, 0, 0, 0, 0, 255))
    monkeypatch.setattr("os.statvfs", lambda _: silent)
    assert saving.spare_bytes(tmp_path) > 1 << 62
