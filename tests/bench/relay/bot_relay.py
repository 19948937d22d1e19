"""The bot's relay by itself: `python -m tests.bench.relay.bot_relay URL FILE MANY FOLDER`.

Relays URL/FILE that many times at once with the bot's own classes, after a small file that opens
the connections, and prints what that took.
"""

import asyncio
import json
import resource
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.downloads.result_files import ResultFiles
from bot.slack.files import SlackFiles
from tests.bench.processes import read_memory_mb

CHECK_SECONDS = 0.002  # between two checks of the event loop


@dataclass(frozen=True, slots=True)
class Relay:
    seconds: float
    cpu_seconds: float
    extra_mb: float  # the most memory used, above what it used before
    stall_seconds: float  # the longest time that the event loop was late
    stall_cpu_seconds: float  # the bot's share of that; the rest is other processes' work


class StallWatch:
    """The longest time that the event loop was late."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.worst_cpu = 0.0

    async def watch(self) -> None:
        while True:
            due, used = time.perf_counter() + CHECK_SECONDS, time.thread_time()
            await asyncio.sleep(CHECK_SECONDS)
            self.worst = max(self.worst, time.perf_counter() - due)
            self.worst_cpu = max(self.worst_cpu, time.thread_time() - used)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(files: SlackFiles, url: str, count: int) -> Relay:
    with suppress(OSError):  # resets VmHWM, where that is allowed
        Path("/proc/self/clear_refs").write_text("5")
    stalls = StallWatch()
    base, used, start = read_memory_mb("VmHWM"), cpu_seconds(), time.perf_counter()
    watching = asyncio.create_task(stalls.watch())
    await asyncio.gather(
        *(files.upload(url, filename="take.mp4", alt_text="A video") for _ in range(count))
    )
    watching.cancel()
    seconds = time.perf_counter() - start
    extra_mb = read_memory_mb("VmHWM") - base
    return Relay(seconds, cpu_seconds() - used, extra_mb, stalls.worst, stalls.worst_cpu)


async def main(url: str, file: str, count: int, folder: Path) -> None:
    async with aiohttp.ClientSession() as session:
        slack = AsyncWebClient(token="xoxb-bench", base_url=f"{url}/api/", session=session)
        results = ResultFiles(max_bytes=1 << 40, allow_loopback=True, folder=folder)
        files = SlackFiles(slack, results, folder=folder, allow_loopback=True)
        await files.upload(f"{url}/warm.mp4", filename="warm.mp4", alt_text="A video")
        print(json.dumps(asdict(await measure(files, f"{url}/{file}", count))))
        await files.close()
        await results.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
