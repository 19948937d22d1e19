"""More than one machine: one web and two worker processes on a Postgres, and what kills them.

Whatever happens to a host: each video is charged once, has one card, and is delivered once.
"""

import asyncio
import json
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator
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
from bot.demo.stage import ROOT, BotProcess, settings_for, until_alive
from bot.storage.postgres_connections import connect
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

RENDERS = 20
FAST = {"SEGMIND_REQUESTS_PER_MINUTE": "60000", "MAX_RENDERS": "30"}
WAIT_SECONDS = 40.0
WORKERS = ("worker.1", "worker.2")


class Hosts:
    """A web process and workers, each with a disk of its own, on one database."""

    def __init__(
        self, folder: Path, slack: SlackStandIn, segmind: SegmindStandIn, database: str
    ) -> None:
        self.slack, self.segmind, self.database = slack, segmind, database
        self.marketing: Channel = slack.channel("marketing")
        self._ada = slack.person("Ada")
        self._folder = folder
        self._processes: dict[str, BotProcess] = {}
        self._closing = AsyncExitStack()

    async def start(self, name: str, *, checkout: Path = ROOT) -> BotProcess:
        """`name`, web.1 or worker.2, as a platform would call it."""
        role = name.partition(".")[0]
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        settings = settings_for(self.slack, self.segmind, folder) | FAST
        port = str(free_port())
        settings |= {"DATABASE_URL": self.database, "DYNO": name, "PORT": port}
        process = BotProcess(
            settings, folder / "bot.log", command=("tests.support.host", role), checkout=checkout
        )
        self._processes[name] = process
        self._closing.push_async_callback(process.kill)
        await process.start()
        await until_alive(f"http://127.0.0.1:{port}/healthz")
        return process

    async def close(self) -> None:
        await self._closing.aclose()

    async def ask(self, times: int) -> None:
        """So many videos, one after the other, until all are being rendered."""
        charged = len(self.segmind.bill)
        for number in range(times):
            known = {m.ts for m in self.marketing.messages()}
            await self._ada.command("/avatar", f"Hello team, number {number}.", self.marketing)
            modal = await self._ada.modal()
            assert await modal.submit() == {}
            await self.marketing.wait_for(lambda m, known=known: m.ts not in known)  # type: ignore[misc]
        await wait_until(lambda: len(self.segmind.bill) == charged + times, WAIT_SECONDS)

    async def running(self) -> Counter[str]:
        """How many renders each host has."""
        async with await connect(self.database) as connection:
            rows = await connection.execute(
                "SELECT executor_id FROM dbos.workflow_status"
                " WHERE status = 'PENDING' AND queue_name = 'renders'"
            )
            return Counter(row["executor_id"].rpartition("-")[0] for row in await rows.fetchall())

    async def last_one(self) -> str:
        """The host that had the newest render."""
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

    def traces(self) -> list[str]:
        logs = self._folder.glob("*/bot.log")
        return [log.read_text() for log in logs if "Traceback" in log.read_text()]

    def shortfalls(self, videos: int) -> list[str]:
        """What is not as it should be, after so many videos in all."""
        cards = self.marketing.messages()
        replies = [m for m in self.marketing.every_message() if m.thread_ts and m.files]
        threads = Counter(reply.thread_ts for reply in replies)
        wanted = {
            "charges": len(self.segmind.bill),
            "cards": len(cards),
            "cards that say Ready": self.done(),
            "threads with a video": len(threads),
            "messages with a video": len(replies),
        }
        return [f"{count} {what}" for what, count in wanted.items() if count != videos]


@pytest.fixture
async def hosts(
    slack: SlackStandIn, segmind: SegmindStandIn, postgres: PostgresServer, tmp_path: Path
) -> AsyncIterator[Hosts]:
    hosts = Hosts(tmp_path, slack, segmind, postgres.database())
    yield hosts
    await hosts.close()


async def test_a_killed_worker_loses_nothing_and_nothing_is_paid_twice(hosts: Hosts) -> None:
    for name in ("web.1", *WORKERS):
        await hosts.start(name)
    await hosts.slack.connected(20)
    hosts.segmind.pace = AfterSeconds(inf)
    await hosts.ask(RENDERS)
    assert set(await hosts.running()) == set(WORKERS), "both have work"
    await hosts.process("worker.1").kill()
    hosts.segmind.pace = AtOnce()
    await wait_until(lambda: hosts.done() == RENDERS, WAIT_SECONDS)
    assert hosts.shortfalls(RENDERS) == []
    assert hosts.traces() == []
    rows = json.loads(await hosts.process("web.1").command("log", "--json"))
    assert Counter(row["state"] for row in rows) == {"delivered": RENDERS}
    assert "Everything is ready" in await hosts.process("web.1").command("check")


@dataclass
class Freeze:
    """The host that makes this call is stopped when the call has been carried out."""

    hosts: Hosts = field(repr=False)
    frozen: str = ""

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        response = await proceed()
        (self.frozen,) = await self.hosts.running()
        self.hosts.process(self.frozen).signal(signal.SIGSTOP)
        return response


async def test_a_frozen_worker_does_no_harm_when_it_wakes_up(hosts: Hosts) -> None:
    """In a submission, in a poll, in a delivery: another one has finished it in the meantime."""
    for name in ("web.1", *WORKERS):
        await hosts.start(name)
    await hosts.slack.connected(20)
    places: tuple[Place, ...] = ("v2", "status", "cdn")
    for videos, place in enumerate(places, start=1):
        freeze = Freeze(hosts)
        hosts.segmind.faults.add(place, freeze)
        await hosts.ask(1)
        await wait_until(lambda videos=videos: hosts.done() == videos, WAIT_SECONDS)  # type: ignore[misc]
        frozen = hosts.process(freeze.frozen)
        frozen.signal(signal.SIGCONT)
        async with asyncio.timeout(WAIT_SECONDS):
            await frozen.ended()  # it sees that it was given up
        assert await frozen.stop() == 1
        await hosts.start(freeze.frozen)  # as a platform does; a drawing of its own may be too late
        await wait_until(lambda n=videos: hosts.done() == n, WAIT_SECONDS)  # type: ignore[misc]
        assert hosts.shortfalls(videos) == [], place
    assert hosts.traces() == []


async def test_a_new_version_finishes_the_jobs_of_the_old_one(hosts: Hosts, tmp_path: Path) -> None:
    """Another order of the steps: what the engine knows of the old one is of no use."""
    new = tmp_path / "checkout"
    for folder in ("bot", "handlers", "tests"):
        shutil.copytree(ROOT / folder, new / folder, ignore=shutil.ignore_patterns("__pycache__"))
    jobs = new / "bot" / "jobs" / "engine.py"
    jobs.write_text(jobs.read_text().replace('VERSION = "1"', 'VERSION = "2"'))

    slack, worker = await hosts.start("web.1"), await hosts.start("worker.1")
    await hosts.slack.connected(20)
    hosts.segmind.pace = AfterSeconds(inf)
    await hosts.ask(3)
    assert await worker.stop() == 0
    assert await slack.stop() == 0
    hosts.segmind.pace = AtOnce()
    await hosts.start("worker.1", checkout=new)
    await wait_until(lambda: hosts.done() == 3, WAIT_SECONDS)
    assert hosts.shortfalls(3) == []
    assert hosts.traces() == []


async def test_a_failure_is_told_by_one_worker_and_after_its_kill_by_another(hosts: Hosts) -> None:
    for name in ("web.1", "worker.1"):
        await hosts.start(name)
    await hosts.slack.connected(20)
    journal = hosts.slack.journal
    hosts.segmind.pace = AfterSeconds(inf)

    async def fails(drop: Literal["before"] | None = None) -> tuple[Message, Call]:
        """One more that fails: its card, and the call that tells of it, slowly."""
        await hosts.ask(1)
        posts = len(journal.calls("chat.postMessage"))
        hosts.slack.faults.add("chat.postMessage", slow=5.0, drop=drop)
        failed = Answer(422, body={"status": "FAILED", "error": "No such look"})
        hosts.segmind.faults.add("status", failed)
        await wait_until(lambda: len(journal.calls("chat.postMessage")) > posts, WAIT_SECONDS)
        return hosts.marketing.messages()[-1], journal.calls("chat.postMessage")[-1]

    card, telling = await fails()
    await hosts.start("worker.2")  # it looks at once for what nobody has heard
    await wait_until(lambda: telling.seconds, WAIT_SECONDS)
    assert await hosts.process("worker.2").stop() == 0
    assert len(card.thread.replies()) == 1

    await hosts.start("worker.2")
    card, telling = await fails(drop="before")
    await hosts.process(await hosts.last_one()).kill()
    await wait_until(card.thread.replies, WAIT_SECONDS)
    assert len(card.thread.replies()) == 1
    assert hosts.traces() == []
