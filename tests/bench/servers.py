"""The two that are compared: the bot as `python -m bot run`, and the bare handlers."""

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
from tests.bench.fake_slack import SlackStub
from tests.bench.processes import Died, Process, process
from tests.bench.slack_requests import SECRET, Command, Connection, command, connections
from tests.support.ports import free_port

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    process: Process
    port: int
    path: str = "/slack/events"

    def command(self, text: str = "") -> Command:
        return command(text, self.path)

    def commands(self, many: int, text: str = "") -> list[Command]:
        return [self.command(text) for _ in range(many)]


@contextmanager
def bot(slack_url: str, folder: Path) -> Iterator[Server]:
    """The real bot over signed HTTP; it may not listen yet."""
    port, nowhere = free_port(), "http://127.0.0.1:9"
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack_url,
        "SEGMIND_API_KEY": "bench-key-that-pays-for-nothing",
        "SEGMIND_API_URL": nowhere,
        "SEGMIND_HISTORY_URL": nowhere,
        "ALLOW_LOOPBACK": "true",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    with process("bot", "run", environment=environment) as started:
        yield Server(started, port)


async def first_answer(server: Server) -> float:
    """When the first command was acknowledged; it is tried until somebody listens. Raises Died."""
    async with asyncio.timeout(START_SECONDS):
        while server.process.alive():
            try:
                async with connections(server.port, 1) as [connection]:
                    await connection.ask(server.command("help").wire)
                    return time.perf_counter()
            except ConnectionRefusedError:
                await asyncio.sleep(0.002)
    raise Died("python -m bot run")


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds from the command on, one each; and the connections that were made for it."""

    acked: list[float]
    opened: list[float]
    connections: int


async def open_all(slack: SlackStub, server: Server, people: int) -> Opening:
    """So many people type /avatar in the same moment, and each gets the modal."""
    commands = server.commands(people)
    connected = slack.connections
    acked: list[float] = []

    async def person(connection: Connection, command: Command) -> None:
        await connection.ask(command.wire)
        acked.append(time.perf_counter())

    async with connections(server.port, people) as lanes:
        start = time.perf_counter()
        await asyncio.gather(*map(person, lanes, commands))
        await slack.all_open({command.trigger_id for command in commands})
    return Opening(
        acked=[at - start for at in acked],
        opened=[slack.opened[command.trigger_id] - start for command in commands],
        connections=slack.connections - connected,
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Bot and bare handlers, both warm, with the Slack that both call."""

    slack: SlackStub
    bot: Server
    acks: Server
    opens: Server


async def fill(path: Path) -> None:
    """A log that has been used: a hundred people, each with a video that was delivered."""
    log = await RequestLog.open(path)
    for number in range(100):
        request = Request(f"V{number}", f"U{number}", "C1", "2026-01-01T12:00:00.000+00:00")
        take = Take(
            id=f"V{number}-1",
            request_id=request.id,
            number=1,
            parameters=Parameters(prompt="Welcome to the team. " * 20),
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
async def pair() -> AsyncIterator[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        await fill(Path(folder, "avatar.db"))
        async with SlackStub() as slack:
            with bot(slack.url, Path(folder)) as real:
                await first_answer(real)
                await open_all(slack, real, 1)
                call = Path(folder, "views.open.json")
                call.write_bytes(slack.last_open)
                with process(
                    "tests.bench.slack.baseline", str(call), f"{slack.url}views.open"
                ) as bare:
                    port = int(bare.line())
                    yield Pair(slack, real, Server(bare, port, "/ack"), Server(bare, port, "/open"))
