"""The two that are compared, started and warm: the bot (`python -m bot run`) and the baseline."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.request_log.log import RequestLog
from tests.bench.fake_slack import FakeSlack
from tests.bench.processes import Process, ProcessDied, process
from tests.bench.slack_requests import (
    SIGNING_SECRET,
    Command,
    Connection,
    connections,
    slash_command,
)
from tests.support.processes.ports import free_port

START_SECONDS = 20.0
UNREACHABLE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Server:
    """`path`: where it takes slash commands."""

    process: Process
    port: int
    path: str = "/slack/events"

    def command(self, text: str = "") -> Command:
        return slash_command(text, self.path)

    def commands(self, count: int, text: str = "") -> list[Command]:
        return [self.command(text) for _ in range(count)]


@contextmanager
def bot_server(folder: Path, *, slack_url: str, **settings: str) -> Iterator[Server]:
    """The real bot over signed HTTP, killed at the end. It may not listen yet."""
    port = free_port()
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack_url,
        "SEGMIND_API_KEY": "bench-key-that-pays-for-nothing",
        "SEGMIND_API_URL": UNREACHABLE,
        "SEGMIND_HISTORY_URL": UNREACHABLE,
        "ALLOW_LOOPBACK": "true",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    with process("bot", "run", environment=environment | settings) as started:
        yield Server(started, port)


async def first_acknowledgement(server: Server) -> float:
    """Retries until it listens. Returns perf_counter() then. Raises ProcessDied."""
    async with asyncio.timeout(START_SECONDS):
        while server.process.is_alive():
            try:
                async with connections(server.port, 1) as [connection]:
                    await connection.request(server.command("help").http_request)
                    return time.perf_counter()
            except ConnectionRefusedError:
                await asyncio.sleep(0.002)
    raise ProcessDied("python -m bot run")


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds from each command to its acknowledgement and its modal; new connections to Slack."""

    acknowledged: list[float]
    opened: list[float]
    connections: int


async def open_modals(slack: FakeSlack, server: Server, people: int) -> Opening:
    """Several people type /avatar at the same moment, and each gets the modal."""
    commands = server.commands(people)
    connections_before = slack.connections
    acknowledged: list[float] = []

    async def send(connection: Connection, command: Command) -> None:
        await connection.request(command.http_request)
        acknowledged.append(time.perf_counter())

    async with connections(server.port, people) as opened:
        start = time.perf_counter()
        await asyncio.gather(*map(send, opened, commands))
        await slack.all_opened({command.trigger_id for command in commands})
    return Opening(
        acknowledged=[at - start for at in acknowledged],
        opened=[slack.opened_at[command.trigger_id] - start for command in commands],
        connections=slack.connections - connections_before,
    )


@dataclass(frozen=True, slots=True)
class Servers:
    """Bot and baseline, both warm, with the Slack that both call.

    The baseline acknowledges a command, or opens a modal as well.
    """

    slack: FakeSlack
    bot: Server
    acknowledging: Server
    opening: Server


async def write_used_log(location: Path | str) -> None:
    """A request log with a hundred people, who each have a delivered video."""
    log = await RequestLog.open(location)
    for number in range(100):
        request = Request(f"V{number}", f"U{number}", "C1", "2026-01-01T12:00:00.000+00:00")
        take = Take(
            id=f"V{number}-1",
            request_id=request.id,
            number=1,
            parameters=Parameters(prompt="Welcome to the team. " * 20),
            requester_id=request.user_id,
            requested_at=request.created_at,
            state=State.DELIVERED,
            marked_at="2026-01-01T12:00:01.000+00:00",
            rendered_at="2026-01-01T12:02:21.000+00:00",
            delivered_at="2026-01-01T12:02:30.000+00:00",
            settled_at="2026-01-01T12:03:00.000+00:00",
            video_seconds=28.0,
            cost_usd=2.34,
        )
        await log.add_request(request, take)
    await log.close()


@asynccontextmanager
async def bot_and_baseline() -> AsyncIterator[Servers]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await write_used_log(folder / "avatar.db")
        async with FakeSlack() as slack:
            with bot_server(folder, slack_url=slack.api_url) as bot:
                await first_acknowledgement(bot)
                await open_modals(slack, bot, 1)
                call = folder / "views.open.json"
                call.write_bytes(slack.last_views_open)
                command = ("tests.bench.slack.baseline", str(call), f"{slack.api_url}views.open")
                with process(*command) as baseline:
                    port = int(baseline.read_line())
                    acknowledging = Server(baseline, port, "/ack")
                    yield Servers(slack, bot, acknowledging, Server(baseline, port, "/open"))
