"""Files in the bot's own folder: saved completely or not at all, and read only there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.downloads.result_files import MB, ResultFiles
from bot.downloads.saving import save_file
from bot.errors import DownloadFailed, UnsafeUrl
from tests.support.files.downloads import MAX_BYTES, VIDEO, read


async def test_a_saved_file_is_read(files: ResultFiles, tmp_path: Path) -> None:
    path = tmp_path / "a b.mp4"
    path.write_bytes(VIDEO)
    async with files.open(path.as_uri()) as file:
        assert file.length == len(VIDEO)
        assert b"".join([chunk async for chunk in file.chunks]) == VIDEO


async def test_nothing_outside_the_folder_is_read(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("other") / "secret"
    outside.write_text("secret")
    (tmp_path / "link").symlink_to(outside)
    files = ResultFiles(max_bytes=MAX_BYTES, allow_loopback=True, folder=tmp_path)
    escapes = [outside.as_uri(), f"{tmp_path.as_uri()}/../x", (tmp_path / "link").as_uri()]
    for url in escapes:
        with pytest.raises(UnsafeUrl):
            await read(files, url)
    for url in (f"{tmp_path.as_uri()}/gone", tmp_path.as_uri()):
        with pytest.raises(DownloadFailed):
            await read(files, url)
    await files.close()


async def test_a_file_is_saved_completely_or_not_at_all(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield VIDEO
        yield VIDEO

    async def broken() -> AsyncIterator[bytes]:
        yield VIDEO
        raise asyncio.CancelledError

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield b""

    with pytest.raises(asyncio.CancelledError):
        await save_file(broken(), tmp_path / "a", MB)
    assert await save_file(nothing(), tmp_path / "a", MB) == 0
    assert list(tmp_path.iterdir()) == []
    assert await save_file(chunks(), tmp_path / "a", MB) == 2 * len(VIDEO)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [VIDEO + VIDEO]
