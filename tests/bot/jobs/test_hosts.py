"""Hosts on one Postgres: who is alive, who is struck off, and what a silent one may still do."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest

from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.jobs.hosts import Hosts, Pulse
from bot.request_log.log import RequestLog
from bot.storage.postgres_connections import connect
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

QUICK = Pulse(beat_seconds=0.02, sure_seconds=0.2, dead_seconds=0.5)
SLOW = Pulse(beat_seconds=60.0, sure_seconds=0.1, dead_seconds=600.0)
Join = Callable[..., Awaitable[Hosts]]
Seen = asyncio.Queue[tuple[frozenset[str], frozenset[str]]]


@pytest.fixture
async def database(postgres: PostgresServer) -> str:
    url = postgres.database()
    await (await RequestLog.open(url)).close()  # it makes the schema
    return url


@pytest.fixture
async def seen() -> Seen:
    """What the one who leads was told, in order."""
    return asyncio.Queue()


@pytest.fixture
def shares() -> defaultdict[str, list[int]]:
    """By process: among how many the budget of requests was shared, in order."""
    return defaultdict(list)


@pytest.fixture
async def beating() -> AsyncIterator[dict[Hosts, asyncio.Task[None]]]:
    tasks: dict[Hosts, asyncio.Task[None]] = {}
    yield tasks
    for host in list(tasks):
        await ended(host, tasks)


async def ended(host: Hosts, beating: dict[Hosts, asyncio.Task[None]]) -> None:
    """As at a stop: no beat comes after the leave."""
    task = beating.pop(host)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await host.leave()


@pytest.fixture
async def join(
    database: str,
    seen: Seen,
    shares: defaultdict[str, list[int]],
    beating: dict[Hosts, asyncio.Task[None]],
) -> Join:

    async def hand_on(names: frozenset[str], versions: frozenset[str]) -> None:
        seen.put_nowait((names, versions))

    async def join(
        name: str, pulse: Pulse = QUICK, version: str = "1", *, renders: bool = True
    ) -> Hosts:
        host = Hosts(database, pulse, renders=renders, share=shares[name].append)
        host.place = name
        await host.join(version)
        beating[host] = asyncio.create_task(host.keep_beating(hand_on))
        return host

    return join


async def test_two_processes_in_one_place_are_two_hosts(join: Join, seen: Seen) -> None:
    one, other = await join("worker.1"), await join("worker.1")
    assert one.name != other.name
    async with asyncio.timeout(10):
        while (await seen.get())[0] != {one.name, other.name}:
            pass


async def test_a_new_process_in_the_place_of_a_dead_one_waits_for_no_silence(
    join: Join, seen: Seen, database: str, shares: defaultdict[str, list[int]]
) -> None:
    dead = Hosts(database, SLOW, share=shares["worker.1"].append)
    dead.place = "worker.1"
    await dead.join("1")
    await dead._disconnect()  # as by a kill
    again = await join("worker.1", SLOW)
    async with asyncio.timeout(10):
        assert (await seen.get())[0] == {again.name}
    await dead._beat()
    assert dead.evicted.is_set()
    await dead.leave()


async def test_those_who_render_share_the_budget_of_the_key(
    join: Join, shares: defaultdict[str, list[int]], beating: dict[Hosts, asyncio.Task[None]]
) -> None:
    await join("one")
    await join("web", renders=False)
    two = await join("two")
    assert shares["two"][0] == 2
    await wait_until(lambda: shares["one"][-1] == shares["web"][-1] == 2)
    await ended(two, beating)
    await wait_until(lambda: shares["one"][-1] == 1)
    assert shares["one"][0] == 1


async def test_one_that_leaves_is_seen_to_be_gone_at_once(
    join: Join, seen: Seen, beating: dict[Hosts, asyncio.Task[None]]
) -> None:
    stays = await join("stays", Pulse(beat_seconds=0.02, sure_seconds=60, dead_seconds=600))
    leaves = await join("leaves", SLOW, version="0")
    await ended(leaves, beating)
    async with asyncio.timeout(10):
        while (await seen.get()) != (frozenset({stays.name}), frozenset({"1"})):
            pass


async def test_a_silent_one_is_struck_off_and_does_nothing_more(
    join: Join, seen: Seen, database: str
) -> None:
    silent = await join("silent", SLOW)
    async with asyncio.timeout(10):
        await silent.ensure_lease()  # for a tenth of a second
        await join("lively")
        while silent.name in (await seen.get())[0]:
            pass
    log = await RequestLog.open(database, ensure_lease=silent.ensure_lease)
    take = Take("T1", "R1", 1, Parameters())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(log.add_request(Request("R1", "U1", "C1", ""), take), 0.2)
    assert await log.takes("R1") == []
    await log.close()
    await silent._beat()
    assert silent.evicted.is_set()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(silent.ensure_lease(), 0.1)


async def test_nobody_is_struck_off_for_the_databases_absence(join: Join, database: str) -> None:
    hosts = [await join("one"), await join("two")]
    names = [host.name for host in hosts]
    for _ in range(3):
        connections = [host._connection for host in hosts]
        await cut_all(database)
        for host, connection in zip(hosts, connections, strict=True):
            async with asyncio.timeout(10):
                while host._connection in (None, connection):
                    await host._beaten.wait()
                await host.ensure_lease()
    assert [host.evicted.is_set() for host in hosts] == [False, False]
    assert [host.name for host in hosts] == names


async def test_the_log_goes_on_when_the_database_is_back(database: str) -> None:
    log = await RequestLog.open(database)
    for number in range(3):
        await cut_all(database)
        take = Take(f"T{number}", f"R{number}", 1, Parameters())
        assert await log.add_request(Request(f"R{number}", "U1", "C1", ""), take)
    assert len(await log.takes_in([State.QUEUED])) == 3
    await log.close()


async def cut_all(database: str) -> None:
    """As a server that is started anew does it."""
    async with await connect(database) as connection:
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        except psycopg.OperationalError:
            pytest.fail("the killer was killed")
