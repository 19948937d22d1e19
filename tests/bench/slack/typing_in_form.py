"""People who type a script at the same time: how soon the price follows, and how often it does."""

import asyncio
import json
import time
from collections import defaultdict
from statistics import quantiles

from tests.bench.fake_slack import Call, FakeSlack
from tests.bench.results import Goal, Row
from tests.bench.servers import Server, bot_and_baseline, open_modals
from tests.bench.slack.form_events import key_typed, view_of
from tests.bench.slack_requests import Connection, connections
from tests.bench.workload import Workload

PEOPLE = 20
KEYS, KEY_SECONDS = 8, 0.1  # of a word
MOST_WORDS = 2  # more updates than of two for each at once are held back: see CallLimits
SETTLED_SECONDS = 1.5  # after the last key, before the next word

Keys = dict[str, float]  # view id → perf_counter() of its last key


def rows(workload: Workload) -> list[Row]:
    return asyncio.run(_rows(workload))


async def _rows(workload: Workload) -> list[Row]:
    async with bot_and_baseline() as servers:
        opening = await open_modals(servers.slack, servers.bot, PEOPLE)
        delays: list[float] = []
        most = 0
        for number in range(min(workload.rounds, MOST_WORDS)):
            last, calls = await _word(servers.slack, servers.bot, number)
            updates = _updates(calls)
            delays += [updates[view][-1] - at for view, at in last.items()]
            most = max(most, *map(_most_in_a_second, updates.values()))
    p95 = quantiles(delays, n=20)[-1]
    what = f"{PEOPLE} people type"
    return [
        Row(
            f"{what}: last key → price updated, p95", f"{p95 * 1000:.0f} ms",
            f"opened in {max(opening.opened) * 1000:.0f} ms", p95 * 1000,
            Goal("≤", 250, "{:.0f} ms"), short="Typing → price",
            why="the next key is waited for",
        ),
        Row(f"{what}: views.update a second and view", str(most), "", most, Goal("≤", 1, "{:.0f}"),
            why="it follows each pause in typing"),
    ]  # fmt: skip


async def _word(slack: FakeSlack, bot: Server, number: int) -> tuple[Keys, list[Call]]:
    last: Keys = {}

    async def type_in(connection: Connection, person: int) -> None:
        view_id = f"V{number}P{person}"
        begins = time.perf_counter() + KEY_SECONDS * person / PEOPLE
        for key in range(1, KEYS + 1):
            await asyncio.sleep(begins + key * KEY_SECONDS - time.perf_counter())
            view = view_of(slack.last_views_open, view_id, "Hello team " * key)
            last[view_id] = time.perf_counter()
            await connection.request(key_typed(view, f"U{person}"))

    async with connections(bot.port, PEOPLE) as opened:
        with slack.recorded() as calls:
            await asyncio.gather(*(type_in(one, person) for person, one in enumerate(opened)))
            await asyncio.sleep(SETTLED_SECONDS)
    return last, calls


def _updates(calls: list[Call]) -> dict[str, list[float]]:
    """When each view was updated."""
    found: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        if call.method == "views.update":
            found[json.loads(call.body)["view_id"]].append(call.at)
    return found


def _most_in_a_second(updates: list[float]) -> int:
    return max(sum(start <= at < start + 1.0 for at in updates) for start in updates)
