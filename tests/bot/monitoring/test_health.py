"""/healthz (alive) and /readyz (able to work)."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import httpx
import psycopg
import pytest
from aiohttp import web

from bot.app import Bot
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import settings_for
from bot.jobs.engine import Jobs
from bot.monitoring.health import Health
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.settings.table import Settings
from tests.support.monitoring import TOKEN, get, readiness
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import METRICS_TOKEN, StartBot, Workspace

READY = {"ready": True, "jobs": "ok", "slack": "ok", "database": "ok"}


async def test_in_socket_mode_the_bot_is_alive_and_becomes_ready(workspace: Workspace) -> None:
    assert (await get(workspace.bot, "/healthz")).text == "ok\n"
    assert await readiness(workspace.bot, 200) == READY


async def test_over_http_the_bot_is_alive_and_becomes_ready(start_bot: StartBot) -> None:
    workspace = await start_bot(http=True)
    assert (await get(workspace.bot, "/healthz")).text == "ok\n"
    assert await readiness(workspace.bot, 200) == READY


async def test_over_http_nothing_else_is_answered_without_a_signature(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt opens paths of its own where it finds an app's credentials."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.setenv(name, "1.2")
    workspace = await start_bot(http=True)
    for path in ("/", "/slack/install", "/slack/oauth_redirect?code=x&state=x"):
        assert (await get(workspace.bot, path)).status == 404, path


async def test_with_plain_http_allowed_the_port_is_open_to_this_machine_only(
    workspace: Workspace,
) -> None:
    async with httpx.AsyncClient() as somebody:
        with pytest.raises(httpx.ConnectError):
            await somebody.get(f"http://127.0.0.2:{workspace.bot.port}/healthz")


async def test_without_a_socket_the_bot_is_alive_but_not_ready(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("apps.connections.open", error="internal_error", times=None)
    await slack.sockets.drop()
    said = await readiness(workspace.bot, 503)
    assert (said["ready"], said["slack"]) == (False, "the socket is not open")
    assert said["database"] == "ok"
    assert (await get(workspace.bot, "/healthz")).status == 200


async def test_a_log_that_cannot_be_written_is_named(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("DROP TABLE rests")
    said = await readiness(workspace.bot, 503)
    assert said["database"] == "cannot be written to: no such table: rests"
    assert said["slack"] == "ok"


@pytest.mark.parametrize(("setting", "headers"), [
    (METRICS_TOKEN, {}),
    (METRICS_TOKEN, {"Authorization": "Bearer another"}),
    (METRICS_TOKEN, {"Authorization": METRICS_TOKEN}),
    ("", {}),
    ("", {"Authorization": "Bearer "}),
], ids=["no token", "another token", "not as a token", "not set", "not set, empty"])  # fmt: skip
@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_without_the_token_only_the_status_is_shown_and_the_details_are_logged_once(
    start_bot: StartBot,
    caplog: pytest.LogCaptureFixture,
    http: bool,
    setting: str,
    headers: dict[str, str],
) -> None:
    workspace = await start_bot(http=http, METRICS_TOKEN=setting)
    found = await get(workspace.bot, "/readyz", headers)
    assert (found.status, json.loads(found.text)) == (200, {"ready": True})
    caplog.clear()
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("DROP TABLE rests")
    await readiness(workspace.bot, 503)  # one look answers for a moment
    for _ in range(3):
        found = await get(workspace.bot, "/readyz", headers)
        assert (found.status, json.loads(found.text)) == (503, {"ready": False})
    [line] = [line for line in caplog.messages if "not ready" in line]
    assert line == "not ready: database: cannot be written to: no such table: rests"


async def test_through_a_proxy_the_token_works_as_well(start_bot: StartBot) -> None:
    workspace = await start_bot(http=True)
    found = await get(workspace.bot, "/readyz", TOKEN | {"X-Forwarded-For": "203.0.113.9"})
    assert json.loads(found.text) == READY


async def test_a_job_engine_that_runs_no_jobs_is_named(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs.db", max_renders=1)
    assert await jobs.trouble() == "no job is taken from the queue"
    without_renders = Jobs(tmp_path / "jobs.db", max_renders=1, renders=False)
    assert await without_renders.trouble() == ""


async def test_a_worker_needs_a_database_that_answers_but_no_socket(
    slack: SlackStandIn, segmind: SegmindStandIn, postgres: PostgresServer, tmp_path: Path
) -> None:
    environment = settings_for(slack, segmind, tmp_path / "data")
    url = postgres.database()
    settings = replace(
        Settings.from_env({**environment, "DATABASE_URL": url, "METRICS_TOKEN": METRICS_TOKEN}),
        port=0,
    )
    async with Bot(settings, slack=False) as bot:
        said = await readiness(bot, 200)
        assert said == {"ready": True, "jobs": "ok", "database": "ok"}
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute("LOCK TABLE avatar.rests")
            assert (await readiness(bot, 503))["database"] == "no answer in 0.8 s"
        assert (await readiness(bot, 200))["database"] == "ok"


async def test_one_look_answers_all_who_ask_within_a_moment(tmp_path: Path) -> None:
    """Each look writes to the database, and anybody can ask."""
    looks = 0

    async def look() -> str:
        nonlocal looks
        looks += 1
        return ""

    log = await RequestLog.open(tmp_path / "avatar.db")
    health = Health(
        log, {"jobs": look}, token="", budget_zone=UTC, clock=Clock(100), is_ending=lambda: False
    )
    app = web.Application()
    app.add_routes(health.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        found = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
        found += [await client.get("/readyz") for _ in range(20)]
    assert {answer.status_code for answer in found} == {200}
    assert looks == 1
    await runner.cleanup()
    await log.close()
