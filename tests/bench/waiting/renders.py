"""Many renders in progress: what each costs, how soon it is submitted, how soon a restart resumes.

Each starts with a press of Try again, sent to the real bot. The baseline is an asyncio loop that
makes the same calls.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.bench.processes import Process
from tests.bench.results import Goal, Row
from tests.bench.servers import Server, first_acknowledgement
from tests.bench.slack_requests import connections
from tests.bench.waiting.bot import (
    WAIT_SECONDS,
    baseline_process,
    cpu_since,
    script_of,
    try_again,
    try_all_again,
    waiting_bot,
    write_failed_takes,
)
from tests.bench.waiting.deliveries import delivery_rows
from tests.bench.waiting.fake_servers import FakeServers
from tests.bench.workload import Workload
from tests.support.waiting import wait_until

SINGLE_RENDERS = 50  # at most, submitted one at a time
SHOWN = 1000  # of so many the costs are in the README
POLL = "httpx over aiohttp"
PAUSE_SECONDS = 0.1  # between two of them


def rows(workload: Workload) -> list[Row]:
    results: list[Row] = []
    for count in workload.waiting_renders:
        results += asyncio.run(_waiting_rows(count, workload))
    return results + asyncio.run(delivery_rows(workload))


@dataclass(frozen=True, slots=True)
class Before:
    """The state when the last renders were requested."""

    memory_mb: float
    submitted: int
    at: float  # perf_counter()


@dataclass(frozen=True, slots=True)
class Waiting:
    kb_per_render: float
    cpu_ms_per_poll: float
    polls_per_second: float  # fewer than wanted if there was no CPU time for more
    submit_seconds: float  # until all were submitted

    def __str__(self) -> str:
        return f"{self.cpu_ms_per_poll:.2f} ms, {self.polls_per_second:,.0f} polls/s"


async def _waiting_rows(count: int, workload: Workload) -> list[Row]:
    poll_seconds = workload.poll_seconds
    async with (
        FakeServers() as servers,
        baseline_process(servers, count, poll_seconds) as (baseline, memory_mb),
    ):
        before = Before(memory_mb, 0, time.perf_counter())
        compared = await _measure(servers, baseline, count, before, workload)
    async with FakeServers() as servers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            await write_failed_takes(folder, count)
            with waiting_bot(servers, folder, count, poll_seconds) as bot:
                await first_acknowledgement(bot)
                delays = await _submit_one_by_one(servers, bot, min(count // 2, SINGLE_RENDERS))
                submitted = len(servers.submitted_at)
                before = Before(bot.process.memory_mb(), submitted, time.perf_counter())
                await try_all_again(bot, range(submitted, count))
                measured = await _measure(servers, bot.process, count, before, workload)
            servers.polls.clear()  # the bot was killed
            restarted = time.perf_counter()
            with waiting_bot(servers, folder, count, poll_seconds):
                await wait_until(lambda: len(servers.polls) == count, WAIT_SECONDS)
                resume_seconds = time.perf_counter() - restarted
    what = f"{count:,} waiting"
    return [
        *_cost_rows(what, count, poll_seconds, measured, compared),
        *_submission_rows(what, count, measured, compared, delays),
        Row(
            f"{what}: kill -9, start → all followed", f"{resume_seconds:.1f} s", "",
            resume_seconds, Goal("≤", count / 200, "{:.0f} s"),
            short=f"{count:,} after kill -9" * (count != SHOWN),
            why="DBOS starts 300 jobs/s",
        ),
    ]  # fmt: skip


async def _measure(
    servers: FakeServers, process: Process, count: int, before: Before, workload: Workload
) -> Waiting:
    await wait_until(lambda: len(servers.submitted_at) == count, WAIT_SECONDS)
    submit_seconds = time.perf_counter() - before.at
    await wait_until(lambda: len(servers.polls) == count, WAIT_SECONDS)
    await asyncio.sleep(workload.poll_seconds)
    cpu, polls, start = process.cpu_seconds(), servers.polls.total(), time.perf_counter()
    await asyncio.sleep(workload.measured_seconds)
    polls = max(1, servers.polls.total() - polls)
    extra_mb = process.memory_mb() - before.memory_mb
    return Waiting(
        kb_per_render=extra_mb * 1024 / (count - before.submitted),
        cpu_ms_per_poll=cpu_since(process, cpu) / polls * 1000,
        polls_per_second=polls / (time.perf_counter() - start),
        submit_seconds=submit_seconds,
    )


async def _submit_one_by_one(servers: FakeServers, bot: Server, count: int) -> list[float]:
    """Seconds from each press to its submission."""
    delays: list[float] = []
    async with connections(bot.port, 1) as [connection]:
        for number in range(count):
            pressed = time.perf_counter()
            await try_again(connection, number)
            await wait_until(lambda: len(servers.submitted_at) > len(delays), WAIT_SECONDS)
            delays.append(servers.submitted_at[script_of(number)] - pressed)
            await asyncio.sleep(PAUSE_SECONDS)
    return delays[1:]  # the first one also waited for the queue to start


def _cost_rows(
    what: str, count: int, poll_seconds: float, measured: Waiting, compared: Waiting
) -> list[Row]:
    polls_per_second = count / poll_seconds
    core_goal = Goal("≤", 0.20 * max(1.0, count / 1000), "{:.0%} of a core")
    is_shown = count == SHOWN
    both = str(measured), str(compared)
    return [
        Row(
            f"{what}: memory each",
            f"{measured.kb_per_render:.1f} KB", f"{compared.kb_per_render:.1f} KB",
            measured.kb_per_render, Goal("≤", 15, "{:.0f} KB"),
            short="Each waiting render" * is_shown, limit=f"{compared.kb_per_render:.0f} KB",
            # Live objects, without what the allocators hold: 14 KB, of these 9 DBOS's.
            why="a waiting job of DBOS alone takes 13 to 14 KB; without one, the log would need "
            "owners, slots and leases of its own",
        ),
        Row(
            f"{what}, a poll each {poll_seconds:g} s", *both,
            measured.cpu_ms_per_poll * polls_per_second / 1000, core_goal, why=POLL,
        ),
        Row(
            f"{what}: CPU a poll", *both, measured.cpu_ms_per_poll, Goal("≤", 0.5, "{:.2f} ms"),
            why=POLL,
        ),
    ]  # fmt: skip


def _submission_rows(
    what: str, count: int, measured: Waiting, compared: Waiting, delays: list[float]
) -> list[Row]:
    p99 = quantiles(delays, n=100)[98]
    return [
        Row(
            f"{what}: all requested at once → submitted",
            f"{measured.submit_seconds:.1f} s", f"{compared.submit_seconds:.1f} s",
            count / measured.submit_seconds, Goal("≥", 60, "{:.0f}/s"),
            why="DBOS's transactions",
        ),
        Row(
            f"{what}: requested → submitted, alone, p99",
            f"p50 {median(delays) * 1000:.0f} ms", "", p99 * 1000, Goal("≤", 300, "{:.0f} ms"),
            why="DBOS's transactions",
        ),
    ]  # fmt: skip
