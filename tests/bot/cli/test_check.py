"""`python -m bot check`: what an admin reads about each mistake in the setup."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.cli import check
from bot.cli.main import main
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import settings_for
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.rows import timestamp
from tests.support.files.serve import served
from tests.support.request_log import deliver

NEWER = "DATA_DIR holds a request log of a newer version of this bot (0999_later): update the bot"


@pytest.fixture
def set_up(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The DATA_DIR of a bot that is set up correctly."""
    monkeypatch.chdir(tmp_path)
    for name, value in settings_for(slack, segmind, tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


async def test_a_misspelt_setting_is_shown_next_to_the_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SEGMIND_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    Path(".env").write_text("SLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN=xapp-1\nSEGMIND_APIKEY=hush\n")
    assert await check.run() == 1
    said = capsys.readouterr().out
    assert "SEGMIND_APIKEY isn't a setting. Did you mean SEGMIND_API_KEY?" in said
    assert "FIX  SEGMIND_API_KEY  missing\n" in said
    assert "hush" not in said


async def test_a_log_of_a_newer_version_is_reported(
    set_up: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await (await RequestLog.open(set_up / "avatar.db")).close()
    assert await check.run() == 0
    with closing(sqlite3.connect(set_up / "avatar.db")) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('avatar', '0999_later', '')"
        )
        db.commit()
    assert await check.run() == 1
    assert NEWER in capsys.readouterr().out


def test_the_log_command_reports_a_newer_version_too(
    set_up: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(set_up / "avatar.db")) as db:
        db.execute("CREATE TABLE _sqlite_migrations (id, migration_set, name, applied_at)")
        db.execute("INSERT INTO _sqlite_migrations VALUES (1, 'avatar', '0999_later', '')")
        db.commit()
    assert main(["log"]) == 2
    assert NEWER in capsys.readouterr().err


async def test_an_outage_of_slack_is_not_reported_as_a_bad_token(
    set_up: Path, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    for method in ("auth.test", "apps.connections.open"):
        slack.faults.add(method, status=503)
        assert await check.run() == 1
        said = capsys.readouterr().out
        assert "answer properly (http_503)" in said
        assert "slack-status.com" in said
        assert "Create an app-level token" not in said
    slack.faults.add("apps.connections.open", error="invalid_auth")
    assert await check.run() == 1
    assert "Create an app-level token" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, {"error": "not found"}, "http_404"),
        (200, {"ok": True, "team_id": None, "url": None}, "unreadable"),
    ],
)
async def test_a_wrong_slack_url_is_not_reported_as_a_bad_token(
    set_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    status: int, body: dict[str, object], why: str,
) -> None:  # fmt: skip
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    async with served(answer) as url:
        monkeypatch.setenv("SLACK_API_URL", f"{url}/api/")
        assert await check.run() == 1
    said = capsys.readouterr().out
    assert f"SLACK_API_URL doesn't answer properly ({why})" in said
    assert "doesn't work" not in said


async def test_both_tokens_are_checked_even_if_one_is_wrong(
    set_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-another-workspace")
    assert await check.run() == 1
    said = capsys.readouterr().out
    assert "SLACK_BOT_TOKEN doesn't work. Slack says: invalid_auth" in said
    assert "Socket Mode" in said
    assert "1 problem to fix." in said


async def test_scopes_that_no_answer_lists_are_not_missing(
    set_up: Path,
    slack: SlackStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")  # a container may have no folder for these
    assert await check.run() == 0
    assert "in app_manifest.yml" in capsys.readouterr().out
    slack.installation.lists_scopes = False
    assert await check.run() == 0
    assert "Slack's answer doesn't list them" in capsys.readouterr().out


async def test_an_admin_who_is_not_a_member_is_reported(
    set_up: Path,
    slack: SlackStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("ADMIN_USER_IDS", raising=False)
    assert await check.run() == 0
    assert "nobody will be told about problems" in capsys.readouterr().out
    grace = slack.person("Grace").id
    monkeypatch.setenv("ADMIN_USER_IDS", grace)
    assert await check.run() == 0
    assert "1 will be told about problems" in capsys.readouterr().out
    monkeypatch.setenv("ADMIN_USER_IDS", f"{grace},U0MISSPELT")
    assert await check.run() == 1
    assert "U0MISSPELT: not an active member" in capsys.readouterr().out


async def test_an_address_of_this_machine_where_nothing_listens_is_reported(
    set_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEGMIND_HISTORY_URL", "http://127.0.0.1:9/history")
    assert await check.run() == 1
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    assert await check.run() == 1
    said = capsys.readouterr().out
    assert "Check SEGMIND_HISTORY_URL. It is on this machine: start what listens" in said
    assert "answer properly (ClientConnectorError). It is on this machine: start what" in said
    assert "Is Slack down" not in said


async def test_a_log_that_cannot_be_written_to_is_reported(
    set_up: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await (await RequestLog.open(set_up / "avatar.db")).close()
    with closing(sqlite3.connect(set_up / "avatar.db")) as db:
        db.execute("DROP TABLE rests")
    assert await check.run() == 1
    assert "cannot be written to: no such table: rests" in capsys.readouterr().out


async def test_whether_metrics_can_be_read_is_shown(
    set_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("METRICS_TOKEN", raising=False)
    assert await check.run() == 0
    assert "/metrics         off, because METRICS_TOKEN is not set" in capsys.readouterr().out
    monkeypatch.setenv("METRICS_TOKEN", "a-long-secret")
    assert await check.run() == 0
    said = capsys.readouterr().out
    assert "/metrics         on" in said
    assert "a-long-secret" not in said


async def test_budgets_are_shown_with_whose_are_used_up(
    set_up: Path, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    log = await RequestLog.open(set_up / "avatar.db")
    limits = LimitLog(log.store, UTC)
    assert await check.run() == 0
    assert "Budgets          none are set" in capsys.readouterr().out
    at, bob = timestamp(datetime.now(UTC)), slack.person("Bob").id
    take = Take("T1", "R1", 1, Parameters(prompt="Hi"), requester_id=bob, requested_at=at)
    await log.add_request(Request("R1", bob, "C1", at), take)
    await deliver(log, take, cost_usd=76.74)
    await limits.set_usd("workspace", 100, by="test")
    assert await check.run() == 0
    assert "ok   Budgets          less than 80% used" in capsys.readouterr().out
    await limits.set_usd("workspace", 80, by="test")
    assert await check.run() == 0
    used = "ok   Budgets          The workspace's budget is 95% used: $76.74 of $80 for"
    assert used in capsys.readouterr().out
    await limits.set_usd("person", 2, by="test")
    assert await check.run() == 1
    said = capsys.readouterr().out
    assert "FIX  Budgets          The budget of Bob is used up: $76.74 of $2 for" in said
    assert used in said
    await log.close()


async def test_no_answer_of_slack_commands_the_terminal(
    set_up: Path, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.installation.team_name = "Ours\x1b]0;theirs\x07\nok   Slack token"
    await check.run()
    said = capsys.readouterr().out
    assert "@avatar in Ours ]0;theirs ok Slack token\n" in said
