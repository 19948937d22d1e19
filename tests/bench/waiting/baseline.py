"""The baseline for waiting renders: a bare asyncio loop that makes the same HTTP calls as the bot.

`python -m tests.bench.waiting.baseline URL RENDERS POLL_SECONDS` submits, polls, and uploads each
finished file to Slack, with its SHA-256. It first prints how many MB of memory it uses.
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from tests.bench.processes import read_memory_mb


async def render(
    session: aiohttp.ClientSession, url: str, script: str, poll_seconds: float
) -> None:
    await call(session, "POST", f"{url}/v2/heygen-avatar-v", json={"prompt": script})
    request = f"{url}/v2/requests/{script}"
    while (await call(session, "GET", f"{request}/status"))["status"] != "COMPLETED":  # noqa: ASYNC110  this is polling
        await asyncio.sleep(poll_seconds)
    [video] = (await call(session, "GET", request))["output"]
    upload = await call(session, "POST", f"{url}/api/files.getUploadURLExternal")
    async with session.get(video) as source:
        length = {"content-length": str(source.content_length)}
        async with session.post(upload["upload_url"], data=hashed(source), headers=length) as sent:
            await sent.read()
    await call(session, "POST", f"{url}/api/files.completeUploadExternal")


async def hashed(source: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    sha256 = hashlib.sha256()
    async for chunk in source.content.iter_any():
        sha256.update(chunk)
        yield chunk


async def call(session: aiohttp.ClientSession, method: str, url: str, **body: Any) -> Any:
    async with session.request(method, url, **body) as answer:
        return await answer.json()


async def main(url: str, renders: int, poll_seconds: float) -> None:
    async with aiohttp.ClientSession() as session:
        await call(session, "POST", f"{url}/api/auth.test")
        print(read_memory_mb("VmRSS"), flush=True)
        scripts = (f"bare{number}" for number in range(renders))
        await asyncio.gather(*(render(session, url, script, poll_seconds) for script in scripts))
        await asyncio.Event().wait()  # until it is killed


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
