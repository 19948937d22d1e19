"""Hosts on one Postgres: which are alive, which are evicted, and what a silent one may still do."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest
from psycopg import sql

from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.errors import ConfigurationError
from bot.jobs.lease import SLOT_LOCKS, HostLease, LeaseTimes
from bot.request_log.log import RequestLog
from bot.storage.postgres_connections import connect
from tests.support.processes.postgres import PostgresServer
from tests.support.waiting import wait_until

QUICK = LeaseTimes(heartbeat_seconds=0.02, lease_seconds=0.2, eviction_seconds=0.5)
SILENT = LeaseTimes(heartbeat_seconds=60.0, lease_seconds=0.1, eviction_seconds=600.0)
NEVER_EVICTS = LeaseTimes(heartbeat_seconds=0.02, lease_seconds=60, eviction_seconds=600)
WAIT_SECONDS = 10.0

Join = Callable[..., Awaitable[HostLease]]
Alive = asyncio.Queue[frozenset[str]]
Counts = defaultdict[str, list[int]]
Tasks = dict[HostLease, asyncio.Task[None]]


@pytest.fixture
async def database(postgres: PostgresServer) -> str:
    url = postgres.database()
    await (await RequestLog.open(url)).close()  # creates the schema
    return url


@pytest.fixture
async def alive() -> Alive:
    """The hosts that were alive, each time that the leader looked."""
    return asyncio.Queue()


@pytest.fixture
def counts() -> Counts:
    """For each host, how many hosts render, at each of its heartbeats."""
    return defaultdict(list)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    """The heartbeats of each host that has not stopped."""
    tasks: Tasks = {}
    yield tasks
    for host in list(tasks):
        await stop(host, tasks)


async def stop(host: HostLease, tasks: Tasks) -> None:
    task = tasks.pop(host)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await host.leave()


@pytest.fixture
async def join(database: str, alive: Alive, counts: Counts, tasks: Tasks) -> Join:
    async def recover(names: frozenset[str]) -> None:
        alive.put_nowait(names)

    async def join(slot: str, times: LeaseTimes = QUICK, *, renders: bool = True) -> HostLease:
        host = HostLease(
            database, times, renders=renders, slot=slot, on_host_count=counts[slot].append
        )
        await host.join()
        tasks[host] = asyncio.create_task(host.keep_alive(recover))
        return host

    return join


async def test_two_processes_in_one_slot_are_two_hosts(join: Join, alive: Alive) -> None:
    one, other = await join("worker.1"), await join("worker.1")
    assert one.name != other.name
    async with asyncio.timeout(WAIT_SECONDS):
        while await alive.get() != {one.name, other.name}:
            pass


async def slot_is_free(database: str) -> None:
    """The server ends a session a moment after its client has gone."""
    held = (
        "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE datname = current_database() AND classid = %s"
    )
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        while await (await connection.execute(held, [SLOT_LOCKS])).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_new_process_in_the_slot_of_a_dead_one_need_not_wait_for_its_eviction(
    join: Join, alive: Alive, database: str
) -> None:
    dead = HostLease(database, SILENT, slot="worker.1", on_host_count=lambda _: None)
    await dead.join()
    await dead._disconnect()  # as when it is killed
    await slot_is_free(database)
    restarted = await join("worker.1", SILENT)
    async with asyncio.timeout(WAIT_SECONDS):
        assert await alive.get() == {restarted.name}
    await dead._send_heartbeat()
    assert dead.evicted.is_set()
    await dead.leave()


async def test_hosts_that_render_share_the_rate_limit_of_the_key(
    join: Join, counts: Counts, tasks: Tasks
) -> None:
    await join("one")
    await join("web", renders=False)
    two = await join("two")
    assert counts["two"][0] == 2
    await wait_until(lambda: counts["one"][-1] == counts["web"][-1] == 2)
    await stop(two, tasks)
    await wait_until(lambda: counts["one"][-1] == 1)
    assert counts["one"][0] == 1


async def test_a_host_that_leaves_is_gone_at_once(join: Join, alive: Alive, tasks: Tasks) -> None:
    stays = await join("stays", NEVER_EVICTS)
    leaves = await join("leaves", SILENT)
    await stop(leaves, tasks)
    async with asyncio.timeout(WAIT_SECONDS):
        while await alive.get() != {stays.name}:
            pass


async def test_a_silent_host_is_evicted_and_does_nothing_more(
    join: Join, alive: Alive, database: str
) -> None:
    silent = await join("silent", SILENT)
    async with asyncio.timeout(WAIT_SECONDS):
        await silent.ensure_lease()  # it has one for a tenth of a second
        await join("other")
        while silent.name in await alive.get():
            pass
    log = await RequestLog.open(database, ensure_lease=silent.ensure_lease)
    take = Take("T1", "R1", 1, Parameters())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(log.add_request(Request("R1", "U1", "C1", ""), take), 0.2)
    assert await log.takes("R1") == []
    await log.close()
    await silent._send_heartbeat()
    assert silent.evicted.is_set()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(silent.ensure_lease(), 0.1)


async def test_nobody_is_evicted_because_the_database_was_away(join: Join, database: str) -> None:
    hosts = [await join("one"), await join("two")]
    names = [host.name for host in hosts]
    for _ in range(3):
        connections = [host._connection for host in hosts]
        await disconnect_all(database)
        for host, connection in zip(hosts, connections, strict=True):
            async with asyncio.timeout(WAIT_SECONDS):
                await wait_until(lambda: host._connection not in (None, connection))  # noqa: B023
                await host.ensure_lease()
    assert [host.evicted.is_set() for host in hosts] == [False, False]
    assert [host.name for host in hosts] == names


async def test_the_log_works_again_when_the_database_is_back(database: str) -> None:
    log = await RequestLog.open(database)
    for number in range(3):
        await disconnect_all(database)
        take = Take(f"T{number}", f"R{number}", 1, Parameters())
        assert await log.add_request(Request(f"R{number}", "U1", "C1", ""), take)
    assert len(await log.takes_in([State.QUEUED])) == 3
    await log.close()


async def disconnect_all(database: str) -> None:
    """As a restart of the server does."""
    async with await connect(database) as connection:
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        except psycopg.OperationalError:
            pytest.fail("the connection that ends the others was ended, too")


async def test_two_bots_can_not_share_a_database_at_the_same_time(database: str) -> None:
    """Each would take the other's jobs, with another key and in another Slack."""

    def host(slot: str) -> HostLease:
        return HostLease(database, NEVER_EVICTS, slot=slot, on_host_count=lambda _: None)

    of_an_older_release, one, another, other = map(host, ("web.1", "web.2", "worker.1", "worker.2"))
    await of_an_older_release.join()
    for lease in (one, another):
        await lease.claim("T1 U1")
        await lease.join()
    with pytest.raises(ConfigurationError, match="another Slack app or workspace"):
        await other.claim("T2 U2")
    with pytest.raises(ConfigurationError, match="another Slack app or workspace"):
        await other.join()  # both began at the same moment
    for lease in (one, another):
        await lease.leave()
    await other.claim("T2 U2")
    await other.join()
    for lease in (other, of_an_older_release):
        await lease.leave()


async def test_a_host_that_starts_during_a_backup_holds_up_no_heartbeat(
    join: Join, database: str, tasks: Tasks
) -> None:
    first = await join("a")
    async with await psycopg.AsyncConnection.connect(database) as backup:
        tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        rows = await (await backup.execute(f"{tables} WHERE schemaname = 'avatar'")).fetchall()
        every = sql.SQL(", ").join(sql.SQL(name) for (name,) in rows)
        await backup.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(every))
        async with asyncio.timeout(WAIT_SECONDS):
            await (await RequestLog.open(database)).close()
            second = await join("b")
            await second.ensure_lease()
            await first.ensure_lease()
