"""From the start of the process to its first acknowledgement, and what it holds in memory then."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.fake_slack import SlackStub
from tests.bench.processes import process
from tests.bench.results import Goal, Row
from tests.bench.servers import Server, bot, first_answer
from tests.bench.workload import Size


@dataclass(frozen=True, slots=True)
class Start:
    seconds: float
    cpu: float  # seconds
    memory: float  # MB


def rows(size: Size) -> list[Row]:
    return asyncio.run(_rows(size))


async def _rows(size: Size) -> list[Row]:
    first, again, bare = list[Start](), list[Start](), list[Start]()
    async with SlackStub() as slack:
        for _ in range(size.starts):
            bare.append(await _bare())
            with tempfile.TemporaryDirectory() as folder:
                first.append(await _start(slack, Path(folder)))  # it makes its two databases
                again.append(await _start(slack, Path(folder)))
    memory = median(one.memory for one in first + again)
    limit = f"{median(one.memory for one in bare):.0f} MB"
    held = Goal("≤", 90, "{:.0f} MB")
    return [
        _seconds("start to first ack, empty folder", first, bare),
        _seconds("start to first ack, again", again, bare),
        Row("memory at the first ack", f"{memory:.0f} MB", limit, memory, held),
    ]


def _seconds(what: str, starts: list[Start], limit: list[Start]) -> Row:
    goal = Goal("≤", 1.2, "{:.2f} s")
    return Row(what, _read(starts), _read(limit), median(one.seconds for one in starts), goal)


def _read(starts: list[Start]) -> str:
    """On a busy machine the CPU says more than the clock."""
    seconds = median(one.seconds for one in starts)
    cpu = median(one.cpu for one in starts)
    return f"{seconds:.2f} s, {cpu:.2f} s CPU"


async def _start(slack: SlackStub, folder: Path) -> Start:
    start = time.perf_counter()
    with bot(slack.url, folder) as server:
        at = await first_answer(server)
        return Start(at - start, server.process.cpu(), server.process.memory())


async def _bare() -> Start:
    """aiohttp by itself: what no bot on it can be below."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder, "call.json")
        call.write_text("{}")
        with process("tests.bench.slack.baseline", str(call), "http://127.0.0.1:9/") as started:
            server = Server(started, int(started.line()), "/ack")
            return Start(await first_answer(server) - start, started.cpu(), started.memory())
