"""The bot with failed takes in its log; pressing Try again on each starts as many renders."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.domain.parameters import Parameters
from bot.domain.takes import NextStep, Request, State, Take
from bot.request_log.log import RequestLog
from tests.bench.processes import TICKS, Process, process
from tests.bench.servers import Server, bot_server
from tests.bench.slack_requests import Connection, connections, signed_request
from tests.bench.waiting.fake_servers import FakeServers

WAIT_SECONDS = 240.0
CONNECTIONS = 20


@asynccontextmanager
async def baseline_process(
    servers: FakeServers, renders: int, poll_seconds: float
) -> AsyncIterator[tuple[Process, float]]:
    """The process, and the MB of memory that it used before the first render."""
    command = ("tests.bench.waiting.baseline", servers.url, str(renders), str(poll_seconds))
    with process(*command) as baseline:
        # In a thread: before it prints, it calls the servers in this process.
        yield baseline, float(await asyncio.to_thread(baseline.read_line))


@contextmanager
def waiting_bot(
    servers: FakeServers, folder: Path, renders: int, poll_seconds: float
) -> Iterator[Server]:
    """It may render all of them at once. It is ended by kill -9."""
    settings = {
        "SEGMIND_API_URL": servers.url,
        "SEGMIND_HISTORY_URL": servers.url,
        "SEGMIND_REQUESTS_PER_MINUTE": "10000000",
        "MAX_RENDERS": str(renders),
        # Polls begin a little before a render could be finished.
        "TYPICAL_RENDER_SECONDS": str(5 * poll_seconds),
        "POLL_SECONDS": str(poll_seconds),
    }
    with bot_server(folder, slack_url=f"{servers.url}/api/", **settings) as server:
        yield server


async def write_failed_takes(folder: Path, count: int) -> None:
    """Each was requested by somebody else."""
    log = await RequestLog.open(folder / "avatar.db")
    for number in range(count):
        at = "2026-01-01T12:00:00.000+00:00"
        request = Request(f"V{number}", f"U{number}", "C1", at, card_ts="1.1")
        take = Take(
            id=f"V{number}-1",
            request_id=request.id,
            number=1,
            parameters=Parameters(prompt=script_of(number), caption=False),
            requester_id=request.user_id,
            requested_at=at,
            state=State.FAILED,
            error="It failed.",
            next_step=NextStep.TRY_AGAIN,
        )
        await log.add_request(request, take)
    await log.close()


def script_of(number: int) -> str:
    return f"script{number}"


async def try_again(connection: Connection, number: int) -> None:
    """Presses Try again on the failed take of that number."""
    # https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
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
    await connection.request(signed_request("/slack/events", {"payload": json.dumps(payload)}))


async def try_all_again(server: Server, numbers: range) -> None:
    async def press_every_nth(connection: Connection, first: int) -> None:
        for number in numbers[first::CONNECTIONS]:
            await try_again(connection, number)

    async with connections(server.port, CONNECTIONS) as opened:
        await asyncio.gather(
            *(press_every_nth(connection, first) for first, connection in enumerate(opened))
        )


def cpu_since(process: Process, cpu_seconds: float) -> float:
    """At least one tick of the clock: with next to nothing to do, none may have passed."""
    return max(process.cpu_seconds() - cpu_seconds, 1 / TICKS)
