"""What people wait for with many videos in the log, compared with a nearly empty one.

A start and `python -m bot log` in CPU; form, card and Home in seconds over the wire, on each store.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bot.request_log.log import RequestLog
from bot.request_log.reviewing.before import name_reviewers
from tests.bench.fake_slack import FakeSlack
from tests.bench.log.acts import Acts, reviewer
from tests.bench.processes import run_to_the_end
from tests.bench.results import Goal, Row
from tests.bench.servers import bot_server, first_acknowledgement, write_used_log
from tests.bench.workload import Workload
from tests.support.processes.postgres import PostgresServer, find_server

EVENTS = 10  # of each take
AT = {
    "SQLite": "strftime('%Y-%m-%dT%H:%M:%f+00:00', '2020-01-01', n || ' minutes')",
    "Postgres": """to_char(timestamp '2020-01-01' + n * interval '1 minute',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')""",
}
NUMBERS = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?)"
# A take of the log is copied, with its request, a reviewer and an event.
COPY = {
    "requests": {"id": "'G' || n", "created_at": "{at}"},
    "takes": {
        "id": "'G' || n || '-1'", "request_id": "'G' || n", "segmind_request_id": "''",
        "requester_id": "'U' || (n % 500)", "requested_at": "{at}", "delivered_at": "{at}",
        "prompt": "substr(prompt, 1, 20 + n % 380) || n",
    },
    "reviewers": {
        "request_id": "'G' || n", "take_id": "'G' || n || '-1'", "user_id": "'UX' || (n % 500)",
    },
}  # fmt: skip
TO_REVIEW = 50  # videos, of each reviewer

Pairs = list[list[float]]  # of each round: with the small log, and with the large one
Location = Path | str


def rows(workload: Workload) -> list[Row]:
    return asyncio.run(_rows(workload))


async def _rows(workload: Workload) -> list[Row]:
    what = f"{workload.takes_in_log:,} takes in the log"
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name, size) for size in ("small", "large")]
        locations = [folder / "avatar.db" for folder in folders]
        for folder in folders:
            folder.mkdir(mode=0o700)
        await _fill("SQLite", locations, workload)
        async with FakeSlack() as slack:
            starts: Pairs = []
            logs: Pairs = []
            for _ in range(workload.starts):
                starts.append([await _start(slack, folder) for folder in folders])
                logs.append([_log(folder) for folder in folders])
            found = [
                _row(f"{what}: start to first ack", starts, "s CPU"),
                _row(f"{what}: `log`", logs, "s CPU"),
                *await _act_rows(f"{what}, SQLite", slack, folders, ["", ""], workload),
            ]
            with _postgres() as server:
                if server:
                    urls = [server.database(), server.database()]
                    await _fill("Postgres", urls, workload)
                    found += await _act_rows(f"{what}, Postgres", slack, folders, urls, workload)
    worst = max(found, key=lambda row: row.result)
    row = Row(
        f"{what}: the worst of these", worst.measured, worst.baseline, worst.result, worst.goal,
        short=f"All at {workload.takes_in_log:,} takes", limit="1 x", why=worst.why,
    )  # fmt: skip
    return [*found, row]


async def _fill(store: str, locations: Sequence[Location], workload: Workload) -> None:
    for location in locations:
        await write_used_log(location)
        await _name_reviewers(location, workload)
    await grow(store, locations[1], workload.takes_in_log)


async def _name_reviewers(location: Location, workload: Workload) -> None:
    log = await RequestLog.open(location)
    async with log.store.transaction() as db:
        for number in range(TO_REVIEW):
            rounds = {reviewer(one): 0 for one in range(workload.acts + 1)}
            await name_reviewers(db, f"V{number}", rounds)
        await db.execute("UPDATE reviewers SET take_id = request_id || '-1'")
    await log.close()


async def grow(store: str, location: Location, takes: int) -> None:
    """Adds so many takes to a log, each with EVENTS events."""
    log = await RequestLog.open(location)
    async with log.store.transaction() as db:
        for table, changed in COPY.items():
            [one] = await db.query(f"SELECT * FROM {table} ORDER BY 1 LIMIT 1")
            names = ", ".join(f'"{name}"' for name in one)
            values = ", ".join(changed.get(name, f'"{name}"') for name in one)
            await db.execute(
                f"INSERT INTO {table} ({names}) {NUMBERS} SELECT {values.format(at=AT[store])}"
                f" FROM s, (SELECT * FROM {table} ORDER BY 1 LIMIT 1) AS one",
                takes,
            )
        await db.execute(
            f"INSERT INTO events (at, request_id, take_id, kind, by, detail) {NUMBERS} "
            "SELECT requested_at, takes.request_id, takes.id, kind, by, detail FROM takes, s, "
            "(SELECT kind, by, detail FROM events LIMIT 1) AS one WHERE takes.id LIKE 'G%'",
            EVENTS,
        )
        if store == "Postgres":  # which would do it by itself after a minute
            await db.execute("ANALYZE")
    await log.close()


@contextmanager
def _postgres() -> Iterator[PostgresServer | None]:
    server = find_server()
    if server:
        server.start()
    try:
        yield server
    finally:
        if server:
            server.stop()


async def _start(slack: FakeSlack, folder: Path) -> float:
    """Seconds of CPU until the first acknowledgement."""
    with bot_server(folder, slack_url=slack.api_url) as server:
        await first_acknowledgement(server)
        return server.process.cpu_seconds()


def _log(folder: Path) -> float:
    return run_to_the_end("bot", "log", environment={"DATA_DIR": str(folder)})


async def _act_rows(
    what: str, slack: FakeSlack, folders: list[Path], urls: list[str], workload: Workload
) -> list[Row]:
    """Both bots run, and take turns."""
    with (
        bot_server(folders[0], slack_url=slack.api_url, DATABASE_URL=urls[0]) as small,
        bot_server(folders[1], slack_url=slack.api_url, DATABASE_URL=urls[1]) as large,
    ):
        both = [Acts(slack, small), Acts(slack, large)]
        for bot in (small, large):
            await first_acknowledgement(bot)
        seconds: dict[str, Pairs] = {}
        for number in range(workload.acts + 1):
            rounds = [await acts.seconds(number) for acts in both]
            if number:  # the first one warms up
                for act in rounds[0]:
                    seconds.setdefault(act, []).append([one[act] for one in rounds])
    return [_row(f"{what}: {act}", pairs, "s") for act, pairs in seconds.items()]


def _row(what: str, seconds: Pairs, unit: str) -> Row:
    small, large = (median(each) for each in zip(*seconds, strict=True))
    goal = Goal("≤", 1.5, "{:.2f} x")
    both = f"{large:.3f} {unit}", f"{small:.3f} {unit}"
    return Row(what, *both, large / small, goal, why="more is read")
