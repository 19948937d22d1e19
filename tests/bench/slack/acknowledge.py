"""/avatar acknowledged: how many a second with 50 at once, and how long one alone takes."""

import asyncio
import time
from collections.abc import Sequence
from statistics import median

from tests.bench.fake_slack import FakeSlack
from tests.bench.results import Goal, Row
from tests.bench.servers import Server, Servers, bot_and_baseline
from tests.bench.slack_requests import Command, Connection, connections, send_all, slash_command
from tests.bench.workload import Workload

CONNECTIONS = 50
ACK = "Acknowledged, over bare aiohttp"
# Measured on 2026-11-29: the CPU time of a request, with 50 at once. /avatar help: bare 0.06 ms, a
# Bolt app with one listener 0.20, bot 0.20; form: 0.26, 0.41, 0.90. The bot doesn't ask Bolt first.
# Of the form's: 31% the SDK's call, 21% the request, 19% building it, 10% reading the log.
ACKNOWLEDGED = "each is parsed and logged, and the person's rights are checked"
OPENED = "Bolt and the SDK alone come to 63%; then the log is read, and the form built"
ALONE = "the signature's log takes 0.06 ms, the person's rights and reading the request the rest"


def rows(workload: Workload) -> list[Row]:
    return asyncio.run(_rows(workload))


async def _rows(workload: Workload) -> list[Row]:
    async with bot_and_baseline() as servers:
        acknowledging, opening = servers.acknowledging, servers.opening
        return [
            await _throughput(servers, acknowledging, "help", "/avatar help", workload),
            await _throughput(servers, opening, "", "/avatar, both open the modal too", workload),
            await _latency(servers, acknowledging, "help", "/avatar help", workload),
            await _latency(servers, opening, "", "/avatar", workload, ACK),
        ]


async def _throughput(
    servers: Servers, baseline: Server, text: str, what: str, workload: Workload
) -> Row:
    bot_rounds, baseline_rounds = [], []
    for number in range(workload.rounds + 1):
        baseline_round = await _load(servers.slack, baseline, text, workload.commands)
        bot_round = await _load(servers.slack, servers.bot, text, workload.commands)
        if number:  # the first round warms up
            baseline_rounds.append(baseline_round)
            bot_rounds.append(bot_round)
    ratio = median(
        bot_rate / baseline_rate
        for (bot_rate, _), (baseline_rate, _) in zip(bot_rounds, baseline_rounds, strict=True)
    )
    return Row(
        f"{what}: {CONNECTIONS} at once",
        _rate_and_cpu(bot_rounds),
        _rate_and_cpu(baseline_rounds),
        ratio,
        Goal("≥", 0.30, "{:.0%}"),
        why=ACKNOWLEDGED if text else OPENED,
    )


async def _load(slack: FakeSlack, server: Server, text: str, count: int) -> tuple[float, float]:
    """Acknowledgements a second, and the CPU time of each in milliseconds."""
    commands = server.commands(count, text)
    async with connections(server.port, CONNECTIONS) as opened:
        await _let_know(server, opened, commands)
        cpu = server.process.cpu_seconds()
        seconds = await send_all(opened, commands)
        if not text:  # opening the modals counts too
            await slack.all_opened({command.trigger_id for command in commands})
    return count / seconds, (server.process.cpu_seconds() - cpu) / count * 1000


async def _let_know(
    server: Server, opened: Sequence[Connection], commands: Sequence[Command]
) -> None:
    """These people write before: whoever is new is looked up, which isn't measured."""
    people = {command.user_id for command in commands}
    await send_all(opened, [slash_command("help", server.path, one) for one in people])


def _rate_and_cpu(rounds: list[tuple[float, float]]) -> str:
    rate, cpu = (median(values) for values in zip(*rounds, strict=True))
    return f"{rate:,.0f}/s, {cpu:.2f} ms CPU"


async def _latency(
    servers: Servers, baseline: Server, text: str, what: str, workload: Workload, short: str = ""
) -> Row:
    bot_rounds, baseline_rounds = [], []
    for _ in range(workload.rounds):
        count = workload.single_commands
        baseline_rounds.append(await _median_seconds(servers.slack, baseline, text, count))
        bot_rounds.append(await _median_seconds(servers.slack, servers.bot, text, count))
    extra = median(bot - base for bot, base in zip(bot_rounds, baseline_rounds, strict=True))
    return Row(
        f"{what}: alone, p50 above the baseline",
        f"{median(bot_rounds) * 1000:.2f} ms",
        f"{median(baseline_rounds) * 1000:.2f} ms",
        extra * 1000,
        Goal("≤", 0.3, "{:.2f} ms"),
        short=short,
        limit=f"{median(baseline_rounds) * 1000:.2f} ms",
        why=ALONE,
    )


async def _median_seconds(slack: FakeSlack, server: Server, text: str, count: int) -> float:
    """Seconds to an acknowledgement; each command waits until the one before is finished."""
    seconds = []
    commands = server.commands(count, text)
    async with connections(server.port, 1) as [connection]:
        await _let_know(server, [connection], commands)
        for command in commands:
            start = time.perf_counter()
            await connection.request(command.http_request)
            seconds.append(time.perf_counter() - start)
            if not text:
                await slack.all_opened({command.trigger_id})
    return median(seconds)
