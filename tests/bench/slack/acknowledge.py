"""/avatar acknowledged: how many a second with 50 at once, and how long it takes alone."""

import asyncio
import time
from statistics import median

from tests.bench.fake_slack import SlackStub
from tests.bench.results import Goal, Row
from tests.bench.servers import Pair, Server, pair
from tests.bench.slack_requests import all_at_once, connections
from tests.bench.workload import Size

LANES = 50


def rows(size: Size) -> list[Row]:
    return asyncio.run(_rows(size))


async def _rows(size: Size) -> list[Row]:
    async with pair() as both:
        return [
            await _many(both, both.acks, "help", "/avatar help", size),
            await _many(both, both.opens, "", "/avatar, both open the modal too", size),
            await _alone(both, both.acks, "help", "/avatar help", size),
            await _alone(both, both.opens, "", "/avatar", size),
        ]


async def _many(both: Pair, limit: Server, text: str, what: str, size: Size) -> Row:
    bots, bares = [], []
    for number in range(size.rounds + 1):
        bare = await _busy(both.slack, limit, text, size.commands)
        bot = await _busy(both.slack, both.bot, text, size.commands)
        if number:  # the first round warms up
            bares.append(bare)
            bots.append(bot)
    ratio = median(bot[0] / bare[0] for bot, bare in zip(bots, bares, strict=True))
    goal = Goal("≥", 0.30, "{:.0%}")
    return Row(f"{what}: {LANES} at once", _per_second(bots), _per_second(bares), ratio, goal)


async def _busy(slack: SlackStub, server: Server, text: str, many: int) -> tuple[float, float]:
    """Acknowledgements a second, and the CPU of each in milliseconds."""
    commands = server.commands(many, text)
    async with connections(server.port, LANES) as lanes:
        cpu = server.process.cpu()
        seconds = await all_at_once(lanes, commands)
        if not text:  # what the commands set off belongs to their cost
            await slack.all_open({command.trigger_id for command in commands})
    return many / seconds, (server.process.cpu() - cpu) / many * 1000


def _per_second(rounds: list[tuple[float, float]]) -> str:
    rate, cpu = (median(values) for values in zip(*rounds, strict=True))
    return f"{rate:,.0f}/s, {cpu:.2f} ms CPU"


async def _alone(both: Pair, limit: Server, text: str, what: str, size: Size) -> Row:
    bots, bares = [], []
    for _ in range(size.rounds):
        bares.append(await _calm(both.slack, limit, text, size.alone))
        bots.append(await _calm(both.slack, both.bot, text, size.alone))
    above = median(bot - bare for bot, bare in zip(bots, bares, strict=True)) * 1000
    return Row(
        f"{what}: alone, p50 above the limit",
        f"{median(bots) * 1000:.2f} ms",
        f"{median(bares) * 1000:.2f} ms",
        above,
        Goal("<", 1.0, "{:.2f} ms"),
    )


async def _calm(slack: SlackStub, server: Server, text: str, many: int) -> float:
    """The median of the seconds to an acknowledgement, each after the one before is all done."""
    taken = []
    async with connections(server.port, 1) as [connection]:
        for command in server.commands(many, text):
            start = time.perf_counter()
            await connection.ask(command.wire)
            taken.append(time.perf_counter() - start)
            if not text:
                await slack.all_open({command.trigger_id})
    return median(taken)
