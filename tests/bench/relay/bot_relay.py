"""The bot's relay by itself: `python -m tests.bench.relay.bot_relay URL FILE MANY FOLDER`.

Relays URL/FILE so many times at once through the bot's own parts, after a small one that makes the
connections, and prints what that took.
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
from tests.bench.processes import memory_mb

BEAT = 0.002  # seconds between two looks at the loop


@dataclass(frozen=True, slots=True)
class Taken:
    seconds: float
    cpu: float  # seconds
    over_base_mb: float  # the most that was held during the relay
    stall: float  # seconds: the longest that the loop did not come round
    stall_cpu: float  # seconds: the most that it worked in between; the rest is others' work


class Stalls:
    """How late the loop comes round at the worst."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.worst_cpu = 0.0

    async def watch(self) -> None:
        while True:
            due, used = time.perf_counter() + BEAT, time.thread_time()
            await asyncio.sleep(BEAT)
            self.worst = max(self.worst, time.perf_counter() - due)
            self.worst_cpu = max(self.worst_cpu, time.thread_time() - used)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(files: SlackFiles, url: str, many: int) -> Taken:
    with suppress(OSError):  # from here on VmHWM is the highest since now, where that is allowed
        Path("/proc/self/clear_refs").write_text("5")
    base, used, start, stalls = memory_mb("VmHWM"), cpu(), time.perf_counter(), Stalls()
    watching = asyncio.create_task(stalls.watch())
    await asyncio.gather(
        *(files.upload(url, filename="take.mp4", alt_text="A video") for _ in range(many))
    )
    watching.cancel()
    seconds = time.perf_counter() - start
    held = memory_mb("VmHWM") - base
    return Taken(seconds, cpu() - used, held, stalls.worst, stalls.worst_cpu)


async def main(url: str, file: str, many: int, folder: Path) -> None:
    async with aiohttp.ClientSession() as session:
        slack = AsyncWebClient(token="xoxb-bench", base_url=f"{url}/api/", session=session)
        results = ResultFiles(max_bytes=1 << 40, allow_loopback=True, folder=folder)
        files = SlackFiles(slack, results, folder=folder, allow_loopback=True)
        await files.upload(f"{url}/warm.mp4", filename="warm.mp4", alt_text="A video")
        print(json.dumps(asdict(await measure(files, f"{url}/{file}", many))))
        await files.close()
        await results.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
