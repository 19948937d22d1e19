"""A start and `python -m bot log` with many videos in the log, compared with an empty one."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.fake_slack import FakeSlack
from tests.bench.processes import run_to_the_end
from tests.bench.results import Goal, Row
from tests.bench.servers import bot_server, first_acknowledgement, write_used_log
from tests.bench.workload import Workload

EVENTS = 10  # of each take
AT = "strftime('%Y-%m-%dT%H:%M:%f+00:00', '2020-01-01', n || ' minutes')"
# A take of the log is copied, with its request and an event.
COPY = {
    "requests": {"id": "'G' || n", "created_at": AT},
    "takes": {
        "id": "'G' || n || '-1'", "request_id": "'G' || n", "segmind_request_id": "''",
        "requester_id": "'U' || (n % 500)", "requested_at": AT, "delivered_at": AT,
    },
}  # fmt: skip


def rows(workload: Workload) -> list[Row]:
    return asyncio.run(_rows(workload))


async def _rows(workload: Workload) -> list[Row]:
    takes = workload.takes_in_log
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name, "small"), Path(name, "large")
        for folder in (small, large):
            folder.mkdir()
            await write_used_log(folder / "avatar.db")
        grow(large / "avatar.db", takes)
        async with FakeSlack() as slack:
            starts, logs = [], []
            for _ in range(workload.starts):
                starts.append([await _start(slack, folder) for folder in (small, large)])
                logs.append([_log(folder) for folder in (small, large)])
    what = f"{takes:,} takes in the log"
    return [_row(f"{what}: start to first ack", starts), _row(f"{what}: `log`", logs)]


def grow(path: Path, takes: int) -> None:
    """Adds so many takes to a log, each with EVENTS events."""
    with closing(sqlite3.connect(path)) as db, db:
        for table, changed in COPY.items():
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, f'"{name}"') for name in names)
            db.execute(
                "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT ?) "
                f"INSERT INTO {table} SELECT {values} FROM s, (SELECT * FROM {table} LIMIT 1)",
                [takes],
            )
        db.execute(
            "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT ?) "
            "INSERT INTO events (at, request_id, take_id, kind, by, detail) "
            "SELECT requested_at, takes.request_id, takes.id, kind, by, detail FROM takes, s, "
            "(SELECT * FROM events LIMIT 1) WHERE takes.id LIKE 'G%'",
            [EVENTS],
        )


async def _start(slack: FakeSlack, folder: Path) -> float:
    """Seconds of CPU until the first acknowledgement."""
    with bot_server(folder, slack_url=slack.api_url) as server:
        await first_acknowledgement(server)
        return server.process.cpu_seconds()


def _log(folder: Path) -> float:
    return run_to_the_end("bot", "log", environment={"DATA_DIR": str(folder)})


def _row(what: str, seconds: list[list[float]]) -> Row:
    """CPU: a machine that does something else, too, changes the clock."""
    small, large = (median(each) for each in zip(*seconds, strict=True))
    goal = Goal("≤", 1.5, "{:.2f} x")
    return Row(what, f"{large:.2f} s CPU", f"{small:.2f} s CPU", large / small, goal)
