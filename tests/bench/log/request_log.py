"""A request written to the log, compared with sqlite3 inserting the same rows."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.request_log.log import RequestLog
from tests.bench.results import Goal, Row
from tests.bench.workload import Workload

TABLES = ("requests", "takes", "events")  # a request is one row in each, in one transaction
AT = "2026-01-01T12:00:00.000+00:00"
SCRIPT = "Welcome to the team. We are glad that you are here. " * 4


def rows(workload: Workload) -> list[Row]:
    bot, baseline = [], []
    for _ in range(workload.rounds):
        with tempfile.TemporaryDirectory() as folder:
            log, copy = Path(folder, "log.db"), Path(folder, "copy.db")
            bot.append(asyncio.run(_add_requests(log, workload.requests)))
            asyncio.run(_create(copy))
            baseline.append(_insert(copy, list(_rows_by_request(log))))
    ratio = median(one / base for one, base in zip(bot, baseline, strict=True))
    return [
        Row(
            "request log: requests/s, WAL and FULL",
            f"{median(bot):,.0f}/s",
            f"{median(baseline):,.0f}/s",
            ratio,
            Goal("≥", 0.40, "{:.0%}"),
            why="events",
        )
    ]


async def _add_requests(path: Path, count: int) -> float:
    log = await RequestLog.open(path)
    requests = [_request(number) for number in range(count)]
    start = time.perf_counter()
    for request, take in requests:
        await log.add_request(request, take)
    seconds = time.perf_counter() - start
    await log.close()
    return count / seconds


def _request(number: int) -> tuple[Request, Take]:
    request = Request(f"V{number}", f"U{number % 100}", "C1", AT, team_id="T1")
    parameters = Parameters(prompt=SCRIPT)
    take_id, asked_by = f"V{number}-1", request.user_id
    take = Take(take_id, request.id, 1, parameters, requester_id=asked_by, requested_at=AT)
    return request, take


async def _create(path: Path) -> None:
    """An empty log with the same tables, indexes and triggers."""
    await (await RequestLog.open(path)).close()


def _rows_by_request(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    """What the bot wrote: for each request, its row in each table."""
    with closing(sqlite3.connect(path)) as db:
        tables = [db.execute(f"SELECT * FROM {table} ORDER BY rowid") for table in TABLES]
        for of_request in zip(*tables, strict=True):
            yield list(of_request)


def _insert(path: Path, requests: list[list[tuple[Any, ...]]]) -> float:
    statements = [
        f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})"
        for table, row in zip(TABLES, requests[0], strict=True)
    ]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        start = time.perf_counter()
        for request in requests:
            db.execute("BEGIN IMMEDIATE")
            for statement, row in zip(statements, request, strict=True):
                db.execute(statement, row)
            db.execute("COMMIT")
        return len(requests) / (time.perf_counter() - start)
