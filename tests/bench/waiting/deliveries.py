"""Many videos that are finished at the same moment: CPU, time and memory until Slack has them."""

import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from tests.bench.processes import Process, process
from tests.bench.results import Goal, Row
from tests.bench.servers import first_acknowledgement
from tests.bench.waiting.bot import (
    WAIT_SECONDS,
    baseline_process,
    cpu_since,
    try_all_again,
    waiting_bot,
    write_failed_takes,
)
from tests.bench.waiting.fake_servers import FakeServers
from tests.bench.workload import Workload
from tests.support.files.downloads import mp4
from tests.support.waiting import wait_until

MB = 1024 * 1024
POLL_SECONDS = 0.2
MESSAGES = "the log and the messages of each"
T = TypeVar("T")
Measure = Callable[[FakeServers, Process, int], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Delivery:
    cpu_seconds: float
    seconds: float
    extra_mb: float  # the most memory used, above what it used before

    def __str__(self) -> str:
        return f"{self.cpu_seconds:.2f} s CPU, {self.seconds:.1f} s, +{self.extra_mb:.0f} MB"


async def delivery_rows(workload: Workload) -> list[Row]:
    one = await _compare(workload.medium_mb, workload.single_deliveries, _one_by_one)
    count = workload.relays
    compared, measured = await _compare(workload.small_mb, count, _measure)
    row = Row(
        f"{workload.medium_mb} MB: poll finds it finished → posted, p50",
        f"{one[1]:.3f} s", f"{one[0]:.3f} s", one[1], Goal("≤", 0.5, "{:.2f} s"),
        why="Slack's three calls",
    )  # fmt: skip
    return [row, *_at_once_rows(workload, compared, measured)]


async def _compare(megabytes: int, count: int, measure: Measure[T]) -> tuple[T, T]:
    """The baseline's, and the bot's, with so many renders in progress."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "video.mp4").write_bytes(mp4(os.urandom(megabytes * MB)))
        with process("tests.bench.relay.servers", name) as file_servers:
            files_url = file_servers.read_line()
            async with (
                FakeServers(files_url) as servers,
                baseline_process(servers, count, POLL_SECONDS) as (baseline, _),
            ):
                compared = await measure(servers, baseline, count)
            async with FakeServers(files_url) as servers:
                await write_failed_takes(folder, count)
                with waiting_bot(servers, folder, count, POLL_SECONDS) as server:
                    await first_acknowledgement(server)
                    await try_all_again(server, range(count))
                    return compared, await measure(servers, server.process, count)


def _at_once_rows(workload: Workload, compared: Delivery, measured: Delivery) -> list[Row]:
    what = f"{workload.relays} deliveries of {workload.small_mb} MB at once"
    both = str(measured), str(compared)
    cpu_ratio = measured.cpu_seconds / compared.cpu_seconds
    time_ratio = measured.seconds / compared.seconds
    return [
        Row(
            f"{what}: CPU", *both, cpu_ratio, Goal("≤", 1.5, "{:.1f} x"),
            why=MESSAGES,
        ),
        Row(f"{what}: time", *both, time_ratio, Goal("≤", 2, "{:.1f} x"), why=MESSAGES),
        Row(
            f"{what}: memory", *both, measured.extra_mb, Goal("≤", 80, "+{:.0f} MB"), why="buffers"
        ),
    ]  # fmt: skip


async def _measure(servers: FakeServers, process: Process, count: int) -> Delivery:
    await wait_until(lambda: len(servers.polls) == count, WAIT_SECONDS)
    cpu, memory, start = process.cpu_seconds(), process.memory_mb(), time.perf_counter()
    servers.finished.update(servers.submitted_at)
    await wait_until(lambda: len(servers.shared_at) == count, WAIT_SECONDS)
    seconds = time.perf_counter() - start
    return Delivery(cpu_since(process, cpu), seconds, process.peak_memory_mb() - memory)


async def _one_by_one(servers: FakeServers, _: Process, count: int) -> float:
    """Seconds from the poll that finds a render finished until its video is posted, the median."""
    await wait_until(lambda: len(servers.polls) == count, WAIT_SECONDS)
    seconds = []
    for script in list(servers.submitted_at):
        servers.finished.add(script)
        await wait_until(lambda: len(servers.shared_at) == len(servers.finished), WAIT_SECONDS)
        seconds.append(servers.shared_at[-1] - servers.noticed_at[script])
    return median(seconds)
