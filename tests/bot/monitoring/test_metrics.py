"""/metrics: counters, gauges from the log, and who may see them."""

import sqlite3
from contextlib import closing
from math import inf

import pytest

from bot.demo.segmind import AfterSeconds, Answer
from bot.demo.slack import SlackStandIn
from bot.domain.takes import PauseReason, State
from bot.request_log.rows import now
from tests.support.monitoring import get, scraped
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def test_a_delivered_video_shows_in_the_metrics(workspace: Workspace) -> None:
    before = await scraped(workspace.bot)
    await wait_for_text(await workspace.ask("Hello team."), "Ready")
    after = await scraped(workspace.bot)
    assert [after["avatar_takes", state] for state in State if state is not State.DELIVERED] == (
        [0] * (len(State) - 1)
    )
    assert after["avatar_takes", "delivered"] == 1
    assert after["avatar_spent_usd", "charged"] == pytest.approx(workspace.segmind.charged)
    assert after["avatar_spent_usd", "estimated"] == 0
    assert after["avatar_queue_length",] == after["avatar_queue_oldest_seconds",] == 0
    relayed = after["avatar_relay_bytes_total",] - before["avatar_relay_bytes_total",]
    files = workspace.slack.workspace.files.values()
    assert relayed == sum(file.size for file in files)
    renders = after["avatar_render_seconds_count",] - before["avatar_render_seconds_count",]
    assert renders == 1
    assert after["process_resident_memory_bytes",] > 0


async def test_queued_takes_are_counted_with_their_age_and_running_ones_with_an_estimated_cost(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1")
    workspace.segmind.pace = AfterSeconds(inf)
    await wait_for_text(await workspace.ask(), "Rendering")
    await workspace.ask()
    await workspace.ask()
    after = await scraped(workspace.bot)
    assert after["avatar_takes", "rendering"] == 1
    assert after["avatar_takes", "queued"] == after["avatar_queue_length",] == 2
    assert 0 < after["avatar_queue_oldest_seconds",] < 30
    assert after["avatar_spent_usd", "charged"] == 0
    assert after["avatar_spent_usd", "estimated"] > 0


async def test_errors_are_counted_by_kind(workspace: Workspace, slack: SlackStandIn) -> None:
    before = await scraped(workspace.bot)
    workspace.segmind.faults.add("status", Answer(503), times=2)
    slack.faults.add("files.completeUploadExternal", status=500)
    await wait_for_text(await workspace.ask(), "Ready")
    after = await scraped(workspace.bot)

    def more(service: str, kind: str) -> float:
        key = ("avatar_errors_total", kind, service)
        return after[key] - before[key]

    assert more("segmind", "SegmindUnavailable") == 2
    assert more("slack", "SlackUnavailable") == 1
    assert more("segmind", "InDoubt") == more("slack", "ChannelRefused") == 0


async def test_every_kind_of_error_is_there_before_it_first_happens(
    workspace: Workspace,
) -> None:
    after = await scraped(workspace.bot)
    for kind, service in (("RateLimited", "segmind"), ("ChannelRefused", "slack")):
        assert ("avatar_errors_total", kind, service) in after


async def test_a_paused_queue_shows_the_reason(workspace: Workspace) -> None:
    assert (await scraped(workspace.bot))["avatar_queue_rests", "credits"] == 0
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("INSERT INTO rests VALUES (?, ?, '')", (PauseReason.CREDITS, now()))
    after = await scraped(workspace.bot)
    assert (after["avatar_queue_rests", "credits"], after["avatar_queue_rests", "rate"]) == (1, 0)


async def test_without_the_log_the_counters_of_the_process_are_still_there(
    workspace: Workspace,
) -> None:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("DROP TABLE rests")
    after = await scraped(workspace.bot)
    assert (after["avatar_ready", "database"], after["avatar_ready", "slack"]) == (0, 1)
    assert ("avatar_takes", "queued") not in after
    assert ("avatar_relay_bytes_total",) in after


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_metrics_are_shown_only_with_the_token(start_bot: StartBot, http: bool) -> None:
    """From this machine as well: a proxy on it connects from the same address."""
    bot = (await start_bot(http=http)).bot
    for wrong in ({}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer \xe9\udcff"}):
        answer = await get(bot, "/metrics", wrong)
        assert (answer.status, "avatar" in answer.text) == (401, False)
    assert (await get(bot, "/metrics")).status == 200


async def test_without_a_token_in_the_settings_there_are_no_metrics(start_bot: StartBot) -> None:
    bot = (await start_bot(METRICS_TOKEN="")).bot
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        assert (await get(bot, "/metrics", headers)).status == 404
