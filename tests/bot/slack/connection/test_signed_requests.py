"""Over HTTP, what Slack has not signed is refused, and what it has signed is carried out once."""

import asyncio
import json
import time
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.request_log.log import RequestLog
from bot.request_log.received_requests import ReceivedRequests
from bot.slack.connection.signed_requests import VALID_SECONDS, SignedRequests
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def command(workspace: Workspace, text: str = "") -> str:
    """The body of /avatar, typed by Ada."""
    form: dict[str, Any] = {
        "command": "/avatar", "text": text, "user_id": workspace.ada.id,
        "team_id": workspace.slack.installation.team_id,
        "channel_id": workspace.marketing.id, "trigger_id": "1",
        "response_url": "https://a.example/",
    }  # fmt: skip
    return urlencode(form)


def signed(workspace: Workspace, body: str, seconds_ago: int = 0) -> dict[str, str]:
    """The headers of a request that Slack signed so long ago."""
    return FORM | workspace.slack.delivery.sign(body, int(time.time()) - seconds_ago)


async def post(workspace: Workspace, body: str, headers: Any) -> int:
    """The status of the answer."""
    url = f"http://127.0.0.1:{workspace.bot.port}/slack/events"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=BytesIO(body.encode()), headers=headers) as answer,
    ):
        return answer.status


async def test_a_recorded_request_is_carried_out_once(start_bot: StartBot) -> None:
    workspace = await start_bot(http=True)
    opened = workspace.slack.journal
    body = command(workspace)
    headers = signed(workspace, body)
    answers = await asyncio.gather(*(post(workspace, body, headers) for _ in range(3)))
    assert sorted(answers) == [200, 409, 409]
    # What is not signed makes no difference.
    for more in ({"X-Slack-Retry-Num": "1"}, {"Content-Type": "application/json"}):
        assert await post(workspace, body, headers | more) == 409
    assert await post(workspace, body, signed(workspace, body, 2)) == 200, "Slack tries again"
    await wait_until(lambda: len(opened.calls("views.open")) >= 2)
    assert len(opened.calls("views.open")) == 2


@pytest.mark.parametrize("on_postgres", [False, True], ids=["SQLite", "Postgres"])
async def test_what_another_process_has_carried_out_is_refused(
    start_bot: StartBot, request: pytest.FixtureRequest, on_postgres: bool
) -> None:
    """Or the same one before its restart, since all that it knows of it is in the log."""
    more = {}
    if on_postgres:
        more = {"DATABASE_URL": request.getfixturevalue("postgres").database()}
    workspace = await start_bot(http=True, **more)
    body = command(workspace, "help")
    headers = signed(workspace, body)
    other = await received_requests(workspace)
    assert await other.add(headers["X-Slack-Signature"])
    assert await post(workspace, body, headers) == 409
    await other.forget(headers["X-Slack-Signature"])
    assert await post(workspace, body, headers) == 200


async def test_a_request_that_failed_may_come_again(workspace: Workspace) -> None:
    """Slack retries at once, so perhaps with the same time and signature."""
    answers = iter((503, 200))

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers))

    refused: list[str] = []
    check = SignedRequests(
        workspace.slack.signing_secret,
        "/slack/events",
        received=await received_requests(workspace),
        count_refusal=refused.append,
    )
    server = web.Application(middlewares=[check.middleware])
    server.router.add_post("/slack/events", answer)
    body = command(workspace)
    headers = signed(workspace, body)
    async with TestClient(TestServer(server)) as slack:
        said = [await slack.post("/slack/events", data=body, headers=headers) for _ in range(3)]
        assert [one.status for one in said] == [503, 200, 409]
    assert refused == ["received before"]


async def test_a_signed_request_that_cannot_be_read_is_refused(start_bot: StartBot) -> None:
    workspace = await start_bot(http=True)
    body = "payload=" + "[" * 100_000
    assert await post(workspace, body, signed(workspace, body)) == 400


@pytest.mark.parametrize("big", [{"text": "x" * 2_000_000}, {"blocks": None}], ids=["long", "deep"])
async def test_an_event_of_any_size_is_acknowledged(
    start_bot: StartBot, big: dict[str, Any]
) -> None:
    """Slack switches off the events of an app that acknowledges few of them."""
    workspace = await start_bot(http=True)
    event = {
        "type": "message",
        "channel": workspace.marketing.id,
        "user": workspace.ada.id,
        "ts": "1",
    }
    deep = "[" * 600 + "]" * 600
    body = json.dumps(
        {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event | big}
    ).replace("null", deep)
    assert await post(workspace, body, signed(workspace, body)) == 200


async def received_requests(workspace: Workspace) -> ReceivedRequests:
    """Those of the workspace's log, as another process sees them."""
    log = await RequestLog.open(workspace.settings.log_location)
    return ReceivedRequests(log.store, valid_seconds=VALID_SECONDS)


async def test_a_request_that_is_too_old_is_refused(start_bot: StartBot) -> None:
    workspace = await start_bot(http=True)
    body = command(workspace, "help")
    assert await post(workspace, body, signed(workspace, body, 301)) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=\xe9"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "\u0661"},
        {"X-Slack-Signature": "v0=0", "Content-Type": "text/plain; charset=unknown"},
    ],
    ids=["wrong", "empty", "not ASCII", "no number", "5,000 digits", "other digits", "charset"],
)
async def test_what_slack_has_not_signed_is_refused_without_an_error(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, change: dict[str, str]
) -> None:
    workspace = await start_bot(http=True)
    body = command(workspace, "help")
    assert await post(workspace, body, signed(workspace, body) | change) == 401
    assert (
        await post(workspace, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), change)
        == 401
    )
    assert "Traceback" not in caplog.text
    assert "Error handling request" not in caplog.text
