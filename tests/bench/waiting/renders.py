"""Renders that wait: what each costs, how soon it is submitted, how soon all go on after a kill -9.

Each begins as a press of *Try again* on the real bot's wire. What the bot costs stands beside a
bare asyncio loop that makes the same calls (waiting_bare.py), in the same run.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from bot.domain.parameters import Parameters
from bot.domain.takes import NextStep, Request, State, Take
from bot.request_log.log import RequestLog
from tests.bench.processes import TICKS, Process, process
from tests.bench.results import Goal, Row
from tests.bench.servers import Server, first_answer
from tests.bench.slack_requests import SECRET, Connection, connections
from tests.bench.waiting.fake_servers import FarEnds
from tests.bench.workload import Size
from tests.support.ports import free_port
from tests.support.waiting import wait_until

MB = 1024 * 1024
LANES = 20
WAIT_SECONDS = 240.0
CALM = 50  # renders that come one at a time
CALM_SECONDS = 0.1
QUICK_BEAT = 0.2  # seconds between two polls where delivery is measured


def rows(size: Size) -> list[Row]:
    found = [row for many in size.waiting for row in asyncio.run(_waiting(many, size))]
    return found + asyncio.run(_deliveries(size))


# --- waiting ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waited:
    """KB of memory a render, milliseconds of CPU a poll, seconds until all were submitted."""

    kb: float
    cpu: float
    rate: float  # polls a second: less than was wanted, where there was no CPU for more
    seconds: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} ms, {self.rate:,.0f} polls/s"


async def _waiting(many: int, size: Size) -> list[Row]:
    async with FarEnds() as far, _bare(far, many, size.beat) as (bare_process, base):
        began = time.perf_counter()
        bare = await _watched(far, bare_process, many, (base, 0, began), size)
    async with FarEnds() as far:
        with tempfile.TemporaryDirectory() as name:
            await _fill(Path(name), many)
            with _bot(far, Path(name), many, size.beat) as server:
                await first_answer(server)
                soon = await _one_at_a_time(far, server, min(many // 2, CALM))
                start = server.process.memory(), len(far.submitted), time.perf_counter()
                await _all_at_once(server, range(len(far.submitted), many))
                bot = await _watched(far, server.process, many, start, size)
            far.polls.clear()  # the bot was killed
            started = time.perf_counter()
            with _bot(far, Path(name), many, size.beat):
                await wait_until(lambda: len(far.polls) == many, WAIT_SECONDS)
                recovered = time.perf_counter() - started
    return _rows(many, size, bot, bare, soon, recovered)


async def _watched(
    far: FarEnds, process: Process, many: int, start: tuple[float, int, float], size: Size
) -> Waited:
    """`start`: the MB held, and the renders submitted, at that time."""
    base, before, began = start
    await wait_until(lambda: len(far.submitted) == many, WAIT_SECONDS)
    seconds = time.perf_counter() - began
    await wait_until(lambda: len(far.polls) == many, WAIT_SECONDS)
    await asyncio.sleep(size.beat)
    cpu, polls, watching = process.cpu(), far.polls.total(), time.perf_counter()
    await asyncio.sleep(size.watched)
    polls = max(1, far.polls.total() - polls)
    return Waited(
        kb=(process.memory() - base) * 1024 / (many - before),
        cpu=_cpu_since(process, cpu) / polls * 1000,
        rate=polls / (time.perf_counter() - watching),
        seconds=seconds,
    )


def _cpu_since(process: Process, cpu: float) -> float:
    """At least a tick of the clock: with next to nothing to do, none may have passed."""
    return max(process.cpu() - cpu, 1 / TICKS)


async def _one_at_a_time(far: FarEnds, server: Server, many: int) -> list[float]:
    """Seconds from each press to its submission."""
    soon: list[float] = []
    async with connections(server.port, 1) as [lane]:
        for number in range(many):
            pressed = time.perf_counter()
            await _press(lane, number)
            await wait_until(lambda: len(far.submitted) > len(soon), WAIT_SECONDS)
            soon.append(far.submitted[_script(number)] - pressed)
            await asyncio.sleep(CALM_SECONDS)
    return soon[1:]  # with the first one the queue itself began


async def _all_at_once(server: Server, numbers: range) -> None:
    async def press(lane: Connection, first: int) -> None:
        for number in numbers[first::LANES]:
            await _press(lane, number)

    async with connections(server.port, LANES) as lanes:
        await asyncio.gather(*(press(lane, first) for first, lane in enumerate(lanes)))


def _rows(
    many: int, size: Size, bot: Waited, bare: Waited, soon: list[float], recovered: float
) -> list[Row]:
    what = f"{many:,} waiting"
    p99 = quantiles(soon, n=100)[98]
    rate = many / size.beat  # polls a second
    core = Goal("≤", 0.10 * max(1.0, many / 1000), "{:.0%} of a core")
    each = f"{bot.kb:.1f} KB", f"{bare.kb:.1f} KB"
    return [
        Row(f"{what}: memory each", *each, bot.kb, Goal("≤", 35, "{:.0f} KB")),
        Row(
            f"{what}, a poll each {size.beat:g} s", str(bot), str(bare),
            bot.cpu * rate / 1000, core,
        ),
        Row(
            f"{what}: CPU a poll, over the limit", str(bot), str(bare),
            bot.cpu / bare.cpu, Goal("≤", 3.0, "{:.1f} x"),
        ),
        Row(
            f"{what}: all asked for at once → submitted",
            f"{bot.seconds:.1f} s", f"{bare.seconds:.1f} s",
            many / bot.seconds, Goal("≥", 50, "{:.0f}/s"),
        ),
        Row(
            f"{what}: asked → submitted, alone, p99",
            f"p50 {median(soon) * 1000:.0f} ms", "", p99 * 1000, Goal("≤", 300, "{:.0f} ms"),
        ),
        Row(
            f"{what}: kill -9, start → all followed", f"{recovered:.1f} s", "",
            recovered, Goal("≤", 2 + many / 200, "{:.1f} s"),
        ),
    ]  # fmt: skip


# --- deliveries -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivered:
    cpu: float
    seconds: float
    more_mb: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} s CPU, {self.seconds:.1f} s, +{self.more_mb:.0f} MB"


async def _deliveries(size: Size) -> list[Row]:
    many = size.relays
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "video.mp4").write_bytes(os.urandom(size.small_mb * MB))
        with process("tests.bench.relay.servers", name) as ends:
            files = ends.line()
            async with FarEnds(files) as far, _bare(far, many, QUICK_BEAT) as (bare_process, _):
                bare = await _delivered(far, bare_process, many)
            async with FarEnds(files) as far:
                await _fill(folder, many)
                with _bot(far, folder, many, QUICK_BEAT) as server:
                    await first_answer(server)
                    await _all_at_once(server, range(many))
                    bot = await _delivered(far, server.process, many)
    what = f"{many} deliveries of {size.small_mb} MB at once"
    return [
        Row(f"{what}: CPU", str(bot), str(bare), bot.cpu / bare.cpu, Goal("≤", 2, "{:.1f} x")),
        Row(f"{what}: time", str(bot), str(bare), bot.seconds / bare.seconds,
            Goal("≤", 2, "{:.1f} x")),
        Row(f"{what}: memory", str(bot), str(bare), bot.more_mb, Goal("≤", 80, "+{:.0f} MB")),
    ]  # fmt: skip


async def _delivered(far: FarEnds, process: Process, many: int) -> Delivered:
    await wait_until(lambda: len(far.polls) == many, WAIT_SECONDS)
    cpu, memory, began = process.cpu(), process.memory(), time.perf_counter()
    far.finished.update(far.submitted)
    await wait_until(lambda: far.shared == many, WAIT_SECONDS)
    seconds = time.perf_counter() - began
    return Delivered(_cpu_since(process, cpu), seconds, process.peak() - memory)


# --- who is measured --------------------------------------------------------------------------


@asynccontextmanager
async def _bare(far: FarEnds, many: int, beat: float) -> AsyncIterator[tuple[Process, float]]:
    """The process, and the MB that it held before the first render."""
    with process("tests.bench.waiting.baseline", far.url, str(many), str(beat)) as started:
        yield started, float(await asyncio.to_thread(started.line))  # it asks us something


@contextmanager
def _bot(far: FarEnds, folder: Path, many: int, beat: float) -> Iterator[Server]:
    """Over signed HTTP, with room for all; it ends by kill -9."""
    port = free_port()
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{far.url}/api/",
        "SEGMIND_API_KEY": "bench-key-that-pays-for-nothing",
        "SEGMIND_API_URL": far.url,
        "SEGMIND_HISTORY_URL": far.url,
        "SEGMIND_REQUESTS_PER_MINUTE": "10000000",
        "MAX_RENDERS": str(many),
        "POLL_SECONDS": str(beat),
        "ALLOW_LOOPBACK": "true",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    with process("bot", "run", environment=environment) as started:
        yield Server(started, port)


async def _fill(folder: Path, many: int) -> None:
    """A log of takes that failed, each of a person of its own."""
    log = await RequestLog.open(folder / "avatar.db")
    for number in range(many):
        at = "2026-01-01T12:00:00.000+00:00"
        request = Request(f"V{number}", f"U{number}", "C1", at, card_ts="1.1")
        take = Take(
            id=f"V{number}-1",
            request_id=request.id,
            number=1,
            parameters=Parameters(prompt=_script(number), caption=False),
            requested_at=at,
            state=State.FAILED,
            error="It failed.",
            next_step=NextStep.TRY_AGAIN,
        )
        await log.add_request(request, take)
    await log.close()


def _script(number: int) -> str:
    return f"script{number}"


async def _press(lane: Connection, number: int) -> None:
    """Try again: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    payload = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": f"U{number}"},
        "channel": {"id": "C1"},
        "actions": [
            {
                "type": "button",
                "block_id": "b",
                "action_id": NextStep.TRY_AGAIN,
                "value": f"V{number}-1",
            }
        ],
    }
    body = urlencode({"payload": json.dumps(payload)})
    at = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body)
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: {signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    await lane.ask((head + body).encode())
