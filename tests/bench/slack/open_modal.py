"""/avatar → views.open sent: many people in the same moment. A trigger_id lives for 3 s."""

import asyncio
from statistics import median

from tests.bench.results import Goal, Row
from tests.bench.servers import Opening, open_all, pair
from tests.bench.workload import Size


def rows(size: Size) -> list[Row]:
    return asyncio.run(_rows(size))


async def _rows(size: Size) -> list[Row]:
    async with pair() as both:
        bots, bares = [], []
        for number in range(size.rounds + 1):
            bare = await open_all(both.slack, both.opens, size.people)
            bot = await open_all(both.slack, both.bot, size.people)
            if number:  # the first round warms up: it makes the connections
                bares.append(bare)
                bots.append(bot)
    what = f"/avatar → views.open, {size.people} at once"
    ratio = median(
        median(bot.opened) / median(bare.opened) for bot, bare in zip(bots, bares, strict=True)
    )
    acks = [one.acked for one in bots], [one.acked for one in bares]
    opens = [one.opened for one in bots], [one.opened for one in bares]
    return [
        Row(f"{what}: p50", _p50(bots), _p50(bares), ratio, Goal("≤", 1.5, "{:.2f} x")),
        Row(f"{what}: the last ack", *_last(*acks)),
        Row(f"{what}: the last views.open", *_last(*opens)),
        _connections(what, bots, bares),
    ]


def _p50(openings: list[Opening]) -> str:
    return f"{median(median(one.opened) for one in openings) * 1000:.0f} ms"


def _last(bots: list[list[float]], bares: list[list[float]]) -> tuple[str, str, float, Goal]:
    bot, bare = (max(map(max, rounds)) for rounds in (bots, bares))
    return f"{bot:.2f} s", f"{bare:.2f} s", bot, Goal("≤", 3.0, "{:.2f} s")


def _connections(what: str, bots: list[Opening], bares: list[Opening]) -> Row:
    bot, bare = (max(one.connections for one in rounds) for rounds in (bots, bares))
    return Row(f"{what}: new connections", str(bot), str(bare), bot, Goal("≤", 0, "{:.0f}"))
