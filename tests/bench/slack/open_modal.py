"""/avatar → views.open sent, for many people in the same moment. A trigger_id expires after 3 s."""

import asyncio
from statistics import median

from tests.bench.results import Goal, Row
from tests.bench.servers import Opening, bot_and_baseline, open_modals
from tests.bench.workload import Workload

# Of the CPU of a form for somebody new, the look-up is 12%: 0.14 of 1.19 ms on 2026-11-29.
LOOKED_UP = "the log is read, and the form built, for each; and each person is looked up"


def rows(workload: Workload) -> list[Row]:
    return asyncio.run(_rows(workload))


async def _rows(workload: Workload) -> list[Row]:
    async with bot_and_baseline() as servers:
        bot, baseline = [], []
        for number in range(workload.rounds + 1):
            baseline_round = await open_modals(servers.slack, servers.opening, workload.people)
            bot_round = await open_modals(servers.slack, servers.bot, workload.people)
            if number:  # the first round warms up: it opens the connections
                baseline.append(baseline_round)
                bot.append(bot_round)
    what = f"/avatar → views.open, {workload.people} at once"
    return [
        _p50(what, bot, baseline),
        _last(
            f"{what}: the last ack",
            [one.acknowledged for one in bot],
            [one.acknowledged for one in baseline],
        ),
        _last(
            f"{what}: the last views.open",
            [one.opened for one in bot],
            [one.opened for one in baseline],
            seconds=0.25,
            short=f"Form, {workload.people} at once",
        ),
        _new_connections(what, bot, baseline),
    ]


def _p50(what: str, bot: list[Opening], baseline: list[Opening]) -> Row:
    bot_medians, baseline_medians = (
        [median(one.opened) for one in rounds] for rounds in (bot, baseline)
    )
    ratio = median(one / base for one, base in zip(bot_medians, baseline_medians, strict=True))
    measured, compared = (
        f"{median(medians) * 1000:.0f} ms" for medians in (bot_medians, baseline_medians)
    )
    goal = Goal("≤", 1.5, "{:.2f} x")
    return Row(f"{what}: p50", measured, compared, ratio, goal, why=LOOKED_UP)


def _last(
    what: str,
    bot: list[list[float]],
    baseline: list[list[float]],
    *,
    seconds: float = 3.0,
    short: str = "",
) -> Row:
    bot_last, baseline_last = (median(map(max, rounds)) for rounds in (bot, baseline))
    return Row(
        what, f"{bot_last:.2f} s", f"{baseline_last:.2f} s", bot_last,
        Goal("≤", seconds, "{:.2f} s"), short=short, limit=f"{baseline_last:.2f} s", why=LOOKED_UP,
    )  # fmt: skip


def _new_connections(what: str, bot: list[Opening], baseline: list[Opening]) -> Row:
    bot_max, baseline_max = (max(one.connections for one in each) for each in (bot, baseline))
    goal = Goal("≤", 0, "{:.0f}")
    return Row(
        f"{what}: new connections",
        str(bot_max),
        str(baseline_max),
        bot_max,
        goal,
        why="idle ones close",
    )
