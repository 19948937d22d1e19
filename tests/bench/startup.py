"""From process start to the first acknowledgement, and the memory used by then."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.fake_slack import FakeSlack
from tests.bench.processes import process
from tests.bench.results import Goal, Row
from tests.bench.servers import UNREACHABLE, Server, bot_server, first_acknowledgement
from tests.bench.workload import Workload

IMPORTS = "importing Bolt, aiohttp and httpx"


@dataclass(frozen=True, slots=True)
class Startup:
    seconds: float
    cpu_seconds: float
    memory_mb: float


def rows(workload: Workload) -> list[Row]:
    return asyncio.run(_rows(workload))


async def _rows(workload: Workload) -> list[Row]:
    first, again, baseline = list[Startup](), list[Startup](), list[Startup]()
    async with FakeSlack() as slack:
        for _ in range(workload.starts):
            baseline.append(await _start_baseline())
            with tempfile.TemporaryDirectory() as folder:
                first.append(await _start_bot(slack, Path(folder)))  # creates its databases
                again.append(await _start_bot(slack, Path(folder)))
        idle = await _idle_share(slack, workload.measured_seconds)
    memory = median(one.memory_mb for one in first + again)
    baseline_memory = median(one.memory_mb for one in baseline)
    return [
        _seconds_row("start to first ack, empty folder", first, baseline),
        _seconds_row("start to first ack, again", again, baseline),
        Row(
            "memory at the first ack",
            f"{memory:.0f} MB",
            f"{baseline_memory:.0f} MB",
            memory,
            Goal("≤", 85, "{:.0f} MB"),
            why=IMPORTS,
        ),
        Row(
            "idle", f"{idle:.1%} of a core", "", idle, Goal("≤", 0.01, "{:.1%} of a core"),
            why="DBOS looks for jobs",
        ),
    ]  # fmt: skip


def _seconds_row(what: str, bot: list[Startup], baseline: list[Startup]) -> Row:
    result = median(one.seconds for one in bot)
    goal = Goal("≤", 1.0, "{:.2f} s")
    return Row(
        what, _seconds_and_cpu(bot), _seconds_and_cpu(baseline), result, goal,
        short="Start" if "again" in what else "", why=IMPORTS,
        limit=f"{median(one.seconds for one in baseline):.2f} s",
    )  # fmt: skip


def _seconds_and_cpu(starts: list[Startup]) -> str:
    """On a busy machine, CPU time says more than the clock."""
    seconds = median(one.seconds for one in starts)
    cpu = median(one.cpu_seconds for one in starts)
    return f"{seconds:.2f} s, {cpu:.2f} s CPU"


async def _start_bot(slack: FakeSlack, folder: Path) -> Startup:
    start = time.perf_counter()
    with bot_server(folder, slack_url=slack.api_url) as server:
        return await _measure(server, start)


async def _start_baseline() -> Startup:
    """aiohttp alone: no bot that uses it can start faster."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder, "call.json")
        call.write_text("{}")
        with process("tests.bench.slack.baseline", str(call), UNREACHABLE) as baseline:
            return await _measure(Server(baseline, int(baseline.read_line()), "/ack"), start)


async def _measure(server: Server, start: float) -> Startup:
    seconds = await first_acknowledgement(server) - start
    return Startup(seconds, server.process.cpu_seconds(), server.process.memory_mb())


async def _idle_share(slack: FakeSlack, seconds: float) -> float:
    """The CPU that a bot uses for nothing, as a share of a core."""
    with (
        tempfile.TemporaryDirectory() as folder,
        bot_server(Path(folder), slack_url=slack.api_url) as server,
    ):
        await first_acknowledgement(server)
        await asyncio.sleep(seconds)  # its start has an end, too
        cpu, start = server.process.cpu_seconds(), time.perf_counter()
        await asyncio.sleep(seconds)
        return (server.process.cpu_seconds() - cpu) / (time.perf_counter() - start)
