"""More than one machine: a web process and two workers on one Postgres, and what can kill them.

Whatever happens to a host, each video is charged once, has one card, and is delivered once.
"""

import asyncio
import json
import re
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, SegmindStandIn
from bot.demo.segmind.faults import Place, Proceed
from bot.demo.slack import Channel, Message, SlackStandIn
from bot.demo.slack.journal import Call
from bot.demo.stage import MANIFEST, ROOT, BotProcess, settings_for, until_alive
from bot.storage.postgres_connections import connect
from tests.support.processes import fork_server
from tests.support.processes.ports import free_port
from tests.support.processes.postgres import PostgresServer
from tests.support.waiting import wait_until
from tests.support.workspace import make_anyway

VIDEOS = 20
PEOPLE = ("Ada", "Bob", "Cleo", "Dan")  # who ask for videos at the same time
FAST = {
    "SEGMIND_REQUESTS_PER_MINUTE": "60000",
    "MAX_RENDERS": "30",
    "TYPICAL_RENDER_SECONDS": "20",
}
SCALE, SMALLER_SCALE = 0.04, 0.005  # of the bot's clock
START_SECONDS = 60.0  # three processes start at the same time, perhaps on a busy machine
CONNECT_SECONDS = 60.0
WAIT_SECONDS = 100.0
WORKERS = ("worker.1", "worker.2")


class Hosts:
    """A web process and workers on one database, each with its own disk."""

    def __init__(
        self, folder: Path, slack: SlackStandIn, segmind: SegmindStandIn, database: str
    ) -> None:
        self.slack, self.segmind, self.database = slack, segmind, database
        self.marketing: Channel = slack.channel("marketing")
        self.scale = SCALE  # of the hosts that are started from now on
        self._folder = folder
        self._processes: dict[str, BotProcess] = {}
        self._closing = AsyncExitStack()

    async def start(self, *names: str, checkout: Path = ROOT) -> None:
        """`names` are those that a platform gives, such as web.1 and worker.2."""
        await asyncio.gather(*(self._start(name, checkout) for name in names))
        if any(name.startswith("web") for name in names):
            await self.slack.connected(CONNECT_SECONDS)

    async def _start(self, name: str, checkout: Path) -> None:
        role = name.partition(".")[0]
        folder = self._folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        settings = settings_for(self.slack, self.segmind, folder) | FAST
        port = str(free_port())
        settings |= {"DATABASE_URL": self.database, "DYNO": name, "PORT": port}
        process = BotProcess(
            settings,
            folder / "bot.log",
            command=("tests.support.processes.host", role, f"{self.scale:g}"),
            checkout=checkout,
        )
        if checkout == ROOT:
            process.launch = fork_server.launch
        self._processes[name] = process
        self._closing.push_async_callback(process.kill)
        await process.start()
        is_ready = until_alive(f"http://127.0.0.1:{port}/readyz", START_SECONDS)
        tasks = [asyncio.create_task(is_ready), asyncio.create_task(process.ended())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        tasks[1].cancel()
        assert process.is_running, f"{name} ended: {process.last_words()}"
        await tasks[0]

    async def stop(self, *names: str) -> list[int]:
        """Their exit codes."""
        return await asyncio.gather(*(self.process(name).stop() for name in names))

    async def close(self) -> None:
        await self._closing.aclose()

    async def ask(self, videos: int) -> None:
        """Returns when all of them are being rendered."""
        charged = len(self.segmind.bill)
        shares = [range(first, videos, len(PEOPLE)) for first in range(len(PEOPLE))]
        await asyncio.gather(*map(self._ask_as, PEOPLE, shares))
        await self.until(lambda: len(self.segmind.bill) == charged + videos)

    async def _ask_as(self, name: str, numbers: range) -> None:
        person = self.slack.person(name)
        for number in numbers:
            known = {card.ts for card in self._cards_of(name)}
            await person.command("/avatar", f"Hello team, number {number}.", self.marketing)
            modal = await person.modal()
            await make_anyway(modal)
            await self.until(lambda known=known: {c.ts for c in self._cards_of(name)} - known)  # type: ignore[misc]  # mypy cannot infer its type

    def _cards_of(self, name: str) -> list[Message]:
        return [card for card in self.marketing.messages() if f"@{name}" in card.text()]

    async def until(self, true: Callable[[], object]) -> None:
        await self.slack.until(true, WAIT_SECONDS)

    async def running_jobs(self) -> Counter[str]:
        """How many videos each host renders."""
        async with await connect(self.database) as connection:
            rows = await connection.execute(
                "SELECT executor_id FROM dbos.workflow_status"
                " WHERE status = 'PENDING' AND queue_name = 'renders'"
            )
            return Counter(row["executor_id"].rpartition("-")[0] for row in await rows.fetchall())

    async def newest_host(self) -> str:
        """The host that runs the newest job."""
        async with await connect(self.database) as connection:
            rows = await connection.execute(
                "SELECT executor_id FROM dbos.workflow_status WHERE name = 'render'"
                " ORDER BY created_at DESC LIMIT 1"
            )
            (row,) = await rows.fetchall()
            return str(row["executor_id"].rpartition("-")[0])

    def process(self, name: str) -> BotProcess:
        return self._processes[name]

    def done(self) -> int:
        return sum("Ready" in card.text() for card in self.marketing.messages())

    def tracebacks(self) -> list[str]:
        logs = self._folder.glob("*/bot.log")
        return [log.read_text() for log in logs if "Traceback" in log.read_text()]

    def shortfalls(self, videos: int) -> list[str]:
        """Which counts are wrong, after so many videos in all."""
        cards = self.marketing.messages()
        replies = [m for m in self.marketing.every_message() if m.thread_ts and m.files]
        threads = Counter(reply.thread_ts for reply in replies)
        counts = {
            "charges": len(self.segmind.bill),
            "cards": len(cards),
            "cards that say Ready": self.done(),
            "threads with a video": len(threads),
            "messages with a video": len(replies),
        }
        return [f"{count} {what}" for what, count in counts.items() if count != videos]


@pytest.fixture
async def hosts(
    slack: SlackStandIn, segmind: SegmindStandIn, postgres: PostgresServer, tmp_path: Path
) -> AsyncIterator[Hosts]:
    hosts = Hosts(tmp_path, slack, segmind, postgres.database())
    yield hosts
    await hosts.close()


async def test_a_killed_worker_loses_nothing_and_nothing_is_paid_twice(hosts: Hosts) -> None:
    await hosts.start("web.1", *WORKERS)
    hosts.segmind.pace = AfterSeconds(inf)
    await hosts.ask(VIDEOS)
    ((busiest, _),) = (await hosts.running_jobs()).most_common(1)
    assert busiest in WORKERS
    await hosts.process(busiest).kill()
    hosts.segmind.pace = AtOnce()
    await hosts.until(lambda: hosts.done() == VIDEOS)
    assert hosts.shortfalls(VIDEOS) == []
    assert hosts.tracebacks() == []
    web = hosts.process("web.1")
    log, check = await asyncio.gather(web.command("log", "--json"), web.command("check"))
    assert Counter(row["state"] for row in json.loads(log)) == {"delivered": VIDEOS}
    assert "Everything is ready" in check


@dataclass
class Freeze:
    """Suspends the host that makes this call, once the call has been carried out."""

    hosts: Hosts = field(repr=False)
    frozen: str = ""

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        response = await proceed()
        (self.frozen,) = await self.hosts.running_jobs()
        self.hosts.process(self.frozen).signal(signal.SIGSTOP)
        return response


async def test_a_frozen_worker_does_no_harm_when_it_wakes_up(hosts: Hosts) -> None:
    """In a submission, a poll and a delivery: by then the other worker has finished it."""
    await hosts.start("web.1", *WORKERS)
    places: tuple[Place, ...] = ("v2", "status", "cdn")
    for videos, place in enumerate(places, start=1):
        freeze = Freeze(hosts)
        hosts.segmind.faults.add(place, freeze)
        await hosts.ask(1)
        await hosts.until(lambda videos=videos: hosts.done() == videos)  # type: ignore[misc]
        frozen = hosts.process(freeze.frozen)
        frozen.signal(signal.SIGCONT)
        async with asyncio.timeout(WAIT_SECONDS):
            await frozen.ended()  # it finds that it was evicted
        assert await frozen.stop() == 1
        # A platform restarts it, which also redraws a card that the frozen one drew too late.
        await hosts.start(freeze.frozen)
        await hosts.until(lambda videos=videos: hosts.done() == videos)  # type: ignore[misc]
        assert hosts.shortfalls(videos) == [], place
    assert hosts.tracebacks() == []


async def test_a_new_version_finishes_the_jobs_of_the_old_one(hosts: Hosts, tmp_path: Path) -> None:
    """Also when it has other steps: the request log alone decides what is still to be done."""
    new = tmp_path / "checkout"
    for folder in ("bot", "handlers", "tests"):
        changed = shutil.ignore_patterns("engine.*.pyc")
        shutil.copytree(ROOT / folder, new / folder, ignore=changed)
    engine = new / "bot" / "jobs" / "engine.py"
    old_code = engine.read_text()
    new_code = re.sub(r"( +await steps\.)follow(.*\n)", r"\1deliver\2\1follow\2", old_code)
    assert new_code.count("await steps.deliver(") == 2
    engine.write_text(new_code)

    await hosts.start("web.1", "worker.1")
    hosts.segmind.pace = AfterSeconds(inf)
    await hosts.ask(3)
    assert await hosts.stop("worker.1", "web.1") == [0, 0]
    hosts.segmind.pace = AtOnce()
    await hosts.start("worker.1", checkout=new)
    await hosts.until(lambda: hosts.done() == 3)
    assert hosts.shortfalls(3) == []
    assert hosts.tracebacks() == []


async def test_a_failure_is_told_by_one_worker_and_after_its_kill_by_another(hosts: Hosts) -> None:
    await hosts.start("web.1", "worker.1")
    journal = hosts.slack.journal
    hosts.segmind.pace = AfterSeconds(inf)

    async def fail(drop: Literal["before"] | None = None) -> tuple[Message, Call]:
        """The card of one more video, which fails, and the slow call that says so."""
        await hosts.ask(1)
        posts = len(journal.calls("chat.postMessage"))
        hosts.slack.faults.add("chat.postMessage", slow=5.0, drop=drop)
        failed = Answer(422, body={"status": "FAILED", "error": "No such look"})
        hosts.segmind.faults.add("status", failed)
        await hosts.until(lambda: len(journal.calls("chat.postMessage")) > posts)
        return hosts.marketing.messages()[-1], journal.calls("chat.postMessage")[-1]

    card, call = await fail()
    await hosts.start("worker.2")  # at its start it looks for failures that nobody was told about
    await hosts.until(lambda: call.seconds)
    assert await hosts.stop("worker.1", "worker.2") == [0, 0]
    assert len(card.thread.replies()) == 1

    hosts.scale = SMALLER_SCALE  # they look for them every 3 seconds
    await hosts.start(*WORKERS)
    card, call = await fail(drop="before")
    await hosts.process(await hosts.newest_host()).kill()
    await hosts.until(card.thread.replies)
    assert len(card.thread.replies()) == 1
    assert hosts.tracebacks() == []


async def test_the_bot_of_another_workspace_does_not_start_on_the_same_database(
    hosts: Hosts, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    """Nor changes it: the release that uses it wouldn't start anymore if the other is newer."""
    await hosts.start("web.1")
    await wait_until(lambda: "the bot has started" in (tmp_path / "web.1/bot.log").read_text())
    async with await connect(hosts.database) as connection:  # as an older release would have it
        await connection.execute("DELETE FROM migrations WHERE name = '0025_owed_of_a_request'")
        await connection.execute("DROP INDEX owed_messages_request")
    async with SlackStandIn(MANIFEST) as elsewhere:
        elsewhere.installation.team_id = "T0OTHER"
        other = Hosts(tmp_path, elsewhere, segmind, hosts.database)
        try:
            with pytest.raises(AssertionError, match="is in use by the bot of another Slack app"):
                await other.start("worker.1")
        finally:
            await other.close()
    async with await connect(hosts.database) as connection:
        found = await connection.execute("SELECT to_regclass('owed_messages_request') AS index")
        assert await found.fetchone() == {"index": None}
