"""A request into the log, beside the same rows inserted by sqlite3 in the same mode."""

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
from tests.bench.workload import Size

TABLES = ("requests", "takes", "events")  # a request is one row in each, in one transaction
AT = "2026-01-01T12:00:00.000+00:00"
SCRIPT = "Welcome to the team. We are glad that you are here. " * 4


def rows(size: Size) -> list[Row]:
    ours, limits = [], []
    for _ in range(size.rounds):
        with tempfile.TemporaryDirectory() as folder:
            log, copy = Path(folder, "log.db"), Path(folder, "copy.db")
            ours.append(asyncio.run(_requests(log, size.requests)))
            asyncio.run(_empty(copy))
            limits.append(_inserts(copy, list(_written(log))))
    ratio = median(one / limit for one, limit in zip(ours, limits, strict=True))
    return [
        Row(
            "request log: requests/s, WAL and FULL",
            f"{median(ours):,.0f}/s",
            f"{median(limits):,.0f}/s",
            ratio,
            Goal("≥", 0.40, "{:.0%}"),
        )
    ]


async def _requests(path: Path, many: int) -> float:
    log = await RequestLog.open(path)
    wishes = [_wish(number) for number in range(many)]
    start = time.perf_counter()
    for request, take in wishes:
        await log.add_request(request, take)
    seconds = time.perf_counter() - start
    await log.close()
    return many / seconds


def _wish(number: int) -> tuple[Request, Take]:
    request = Request(f"V{number}", f"U{number % 100}", "C1", AT, team_id="T1")
    parameters = Parameters(prompt=SCRIPT)
    return request, Take(f"V{number}-1", request.id, 1, parameters, requested_at=AT)


async def _empty(path: Path) -> None:
    """The same tables, indexes and triggers."""
    await (await RequestLog.open(path)).close()


def _written(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    """What the bot wrote: for each request its row of each table."""
    with closing(sqlite3.connect(path)) as db:
        tables = [db.execute(f"SELECT * FROM {table} ORDER BY rowid") for table in TABLES]
        for three in zip(*tables, strict=True):
            yield list(three)


def _inserts(path: Path, requests: list[list[tuple[Any, ...]]]) -> float:
    statements = [
        f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})"
        for table, row in zip(TABLES, requests[0], strict=True)
    ]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        start = time.perf_counter()
        for each in requests:
            db.execute("BEGIN IMMEDIATE")
            for statement, row in zip(statements, each, strict=True):
                db.execute(statement, row)
            db.execute("COMMIT")
        return len(requests) / (time.perf_counter() - start)
