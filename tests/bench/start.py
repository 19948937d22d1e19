"""From the start of the process to its first acknowledgement, and what it holds in memory then."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.bots import Server, bot, first_answer
from tests.bench.processes import process
from tests.bench.size import Size
from tests.bench.slack_stub import SlackStub
from tests.bench.table import Goal, Row

SECONDS = Goal("≤", 1.2, "{:.2f} s")


def rows(size: Size) -> list[Row]:
    return asyncio.run(_rows(size))


async def _rows(size: Size) -> list[Row]:
    first, again, bare = [], [], []
    async with SlackStub() as slack:
        for _ in range(size.starts):
            bare.append(await _bare())
            with tempfile.TemporaryDirectory() as folder:
                first.append(await _start(slack, Path(folder)))  # it makes its two databases
                again.append(await _start(slack, Path(folder)))
    limit = f"{median(seconds for seconds, _ in bare):.2f} s"
    megabytes = median(memory for _, memory in first + again)
    return [
        _seconds("start to first ack, empty folder", first, limit),
        _seconds("start to first ack, again", again, limit),
        Row(
            "memory at the first ack",
            f"{megabytes:.0f} MB",
            f"{median(memory for _, memory in bare):.0f} MB",
            megabytes,
            Goal("≤", 90, "{:.0f} MB"),
        ),
    ]


def _seconds(what: str, starts: list[tuple[float, float]], limit: str) -> Row:
    seconds = median(seconds for seconds, _ in starts)
    return Row(what, f"{seconds:.2f} s", limit, seconds, SECONDS)


async def _start(slack: SlackStub, folder: Path) -> tuple[float, float]:
    start = time.perf_counter()
    with bot(slack.url, folder) as server:
        return await first_answer(server) - start, server.process.memory()


async def _bare() -> tuple[float, float]:
    """aiohttp by itself: what no bot on it can be below."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder, "call.json")
        call.write_text("{}")
        with process("tests.bench.bare", str(call), "http://127.0.0.1:9/") as started:
            server = Server(started, int(started.line()), "/ack")
            return await first_answer(server) - start, started.memory()
