"""Socket Mode on bad days: refused connections, too many of them, and a Slack that stays away."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from time import thread_time
from typing import Any

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.slack.transport.socket_mode import MAX_CONNECTIONS, Envelope
from bot.demo.stage import BotProcess, settings_for
from bot.process.clock import Clock
from tests.support.monitoring import get, readiness
from tests.support.processes.ports import free_port
from tests.support.workspace import QUIET, StartBot, Workspace

OPEN = "apps.connections.open"


async def test_a_refused_connection_is_followed_by_one_with_a_new_address(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await readiness(workspace.bot, 200)
    slack.faults.add("websocket", status=503, times=3)
    await slack.sockets.drop()
    await slack.connected()
    await readiness(workspace.bot, 200)
    card = await workspace.ask()
    assert "Hello team." in card.text()


async def test_too_many_connections_are_retried_with_pauses_and_reported_once(
    start_bot: StartBot, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = await start_bot(clock=Clock(1.0))
    await readiness(workspace.bot, 200)
    slack.sockets.open_elsewhere = MAX_CONNECTIONS
    before = len(slack.journal.calls(OPEN))
    caplog.clear()
    await slack.sockets.drop()
    said = await readiness(workspace.bot, 503)
    assert said["slack"] == "the socket is not open"
    await asyncio.sleep(4)
    assert 1 <= len(slack.journal.calls(OPEN)) - before <= 4
    [warning] = [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name == "bot.slack.connection.socket_mode"
    ]
    assert "too_many_websockets" in warning.getMessage()
    assert "ten connections" in warning.getMessage()
    slack.sockets.open_elsewhere = MAX_CONNECTIONS - 1
    await slack.connected(15)
    await readiness(workspace.bot, 200)


@pytest.mark.parametrize("frame", ["<html>", "{broken", "[1]", "{" * 5000, '"hello"'])
async def test_a_connection_that_begins_with_something_else_is_tried_again_with_one_line(
    workspace: Workspace, slack: SlackStandIn, caplog: pytest.LogCaptureFixture, frame: str
) -> None:
    await readiness(workspace.bot, 200)
    caplog.clear()
    slack.faults.add("websocket", error=frame, times=2)
    await slack.sockets.drop()
    await slack.connected()
    await readiness(workspace.bot, 200)
    [line] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "not connected to Slack (unreadable)" in line.getMessage()
    assert "Hello team." in (await workspace.ask()).text()


@pytest.mark.parametrize("frame", ["<html>", "{broken", "[1]", '{"type": []}'])
async def test_a_later_message_that_cannot_be_read_disturbs_nothing(
    workspace: Workspace, slack: SlackStandIn, caplog: pytest.LogCaptureFixture, frame: str
) -> None:
    await readiness(workspace.bot, 200)
    caplog.clear()
    await slack.sockets.open[0].send_str(frame)
    assert "Hello team." in (await workspace.ask()).text()
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) <= 1
    assert all(line.exc_info is None for line in lines)


@pytest.mark.parametrize("time", ["nan", "inf", "-inf", "1e999"])
async def test_a_pong_that_names_no_time_disturbs_nothing(
    workspace: Workspace, slack: SlackStandIn, time: str
) -> None:
    await readiness(workspace.bot, 200)
    await slack.sockets.open[0].pong(f"sdk-ping-pong:{time}".encode())
    assert "Hello team." in (await workspace.ask()).text()
    assert (await get(workspace.bot, "/readyz")).status == 200


async def test_a_thousand_events_at_once_do_not_stop_the_bot(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await readiness(workspace.bot, 200)
    envelopes = [Envelope("events_api", {"event": {"type": "message"}}) for _ in range(1000)]
    slack.sockets.waiting |= {one.id: one for one in envelopes}
    longest = 0.0  # seconds of this thread's CPU time, so that a busy machine changes nothing
    for one in envelopes:
        said = {"envelope_id": one.id, "type": "events_api", "payload": one.payload}
        await slack.sockets.open[0].send_json(said)
    while not all(one.acknowledged.done() for one in envelopes):
        began = thread_time()
        await asyncio.sleep(0)
        longest = max(longest, thread_time() - began)
    assert longest < 0.5  # all of them take some seconds


@pytest.mark.parametrize(
    "broken", [{}, {"payload": None}, {"payload": [1]}, {"payload": {}, "type": None}]
)
async def test_an_envelope_without_a_payload_is_acknowledged(
    workspace: Workspace, slack: SlackStandIn, broken: dict[str, Any]
) -> None:
    await readiness(workspace.bot, 200)
    envelope = Envelope("interactive", {})
    slack.sockets.waiting[envelope.id] = envelope
    await slack.sockets.open[0].send_json({"envelope_id": envelope.id, **broken})
    assert await asyncio.wait_for(envelope.acknowledged, 5) == ""


async def test_a_slack_that_ends_each_connection_after_its_hello_is_not_asked_in_a_hurry(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(1.0))
    await readiness(workspace.bot, 200)
    before = len(slack.journal.calls(OPEN))
    deadline = asyncio.get_running_loop().time() + 5
    while asyncio.get_running_loop().time() < deadline:
        for socket in list(slack.sockets.open):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await asyncio.sleep(0.05)
    assert 1 <= len(slack.journal.calls(OPEN)) - before <= 4


async def test_a_connection_that_slack_renews_loses_nothing(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    for _ in range(3):
        await slack.sockets.disconnect()
    assert "Hello team." in (await workspace.ask()).text()


async def test_slack_closes_the_old_connection_while_the_new_address_is_on_its_way(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.01))
    await readiness(workspace.bot, 200)
    await asyncio.sleep(1)  # longer than SETTLED_SECONDS on this clock: reconnects without a pause
    before = len(slack.journal.calls(OPEN))
    slack.faults.add(OPEN, slow=0.4)
    for socket in list(slack.sockets.open):
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await asyncio.sleep(0.1)
        await socket.close()
    await asyncio.sleep(1)
    await readiness(workspace.bot, 200)
    assert len(slack.journal.calls(OPEN)) - before == 1
    assert "Hello team." in (await workspace.ask()).text()


@pytest.fixture
async def bot(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    settings = settings_for(slack, segmind, tmp_path / "data") | QUIET | {"PORT": str(free_port())}
    bot = BotProcess(settings, tmp_path / "bot.log", scale=0.01)
    yield bot
    await bot.kill()


async def test_a_process_that_slack_cannot_reach_for_long_ends_with_an_error(
    slack: SlackStandIn, bot: BotProcess
) -> None:
    await bot.start()
    await slack.connected(30)
    slack.faults.add("websocket", status=503, times=None)
    await slack.sockets.drop()
    await asyncio.wait_for(bot.ended(), 30)  # ten minutes, on a clock that is 100 times as fast
    assert await bot.stop() == 1
    assert "the process ends" in bot.last_words()


async def test_before_it_ends_both_probes_say_so(workspace: Workspace, slack: SlackStandIn) -> None:
    slack.faults.add("websocket", status=503, times=None)
    await slack.sockets.drop()
    await asyncio.wait_for(workspace.bot.cut_off.wait(), 30)
    said = await readiness(workspace.bot, 503)
    assert said["slack"] == "the socket is not open, and the process is about to end"
    assert (await get(workspace.bot, "/healthz")).status == 503


@pytest.mark.parametrize("others", [0, 1])
async def test_a_bot_that_is_not_alone_says_so_at_its_start(
    start_bot: StartBot, slack: SlackStandIn, caplog: pytest.LogCaptureFixture, others: int
) -> None:
    """Such as one on a laptop with the settings of another: each has budgets of its own."""
    slack.sockets.open_elsewhere = others
    workspace = await start_bot()
    await readiness(workspace.bot, 200)
    assert caplog.text.count("1 more connections to Slack") == others
    await slack.sockets.drop()  # later, a connection of its own may still count
    await slack.connected()
    await readiness(workspace.bot, 200)
    assert caplog.text.count("1 more connections to Slack") == others
