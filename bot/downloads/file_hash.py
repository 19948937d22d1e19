"""The hash of a finished video that isn't uploaded to Slack."""

import hashlib

from bot.downloads.result_files import ResultFiles
from bot.downloads.video_check import VideoCheck
from bot.errors import FileError


async def sha256_of_video(files: ResultFiles, url: str) -> str:
    """Downloads it in constant memory. "" if that fails, or if it is no video."""
    found = hashlib.sha256()
    try:
        async with files.open(url) as file:
            async for chunk in VideoCheck(file.chunks):
                found.update(chunk)
    except FileError:
        return ""
    return found.hexdigest()
