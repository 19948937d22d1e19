"""Tokens that do not work stop the start, with a sentence that says how to fix it."""

import asyncio

import pytest
from aiohttp import ClientSession, web

from bot.demo.slack import SlackStandIn
from bot.errors import ConfigurationError
from bot.settings.table import Settings
from bot.slack.connection import tokens
from bot.slack.connection.tokens import slack_client
from tests.support.files.serve import served
from tests.support.workspace import StartBot

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SEGMIND_API_KEY": "k"}


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_the_error_names_the_setting_of_a_refused_token(
    start_bot: StartBot, name: str
) -> None:
    prefix = "xoxb-" if "BOT" in name else "xapp-"
    with pytest.raises(ConfigurationError, match=f"{name} doesn't work.*invalid_auth") as caught:
        await start_bot(**{name: f"{prefix}of-another-workspace"})
    assert caught.value.setting == name


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_an_outage_is_not_reported_as_a_bad_token(
    start_bot: StartBot, slack: SlackStandIn, method: str
) -> None:
    slack.faults.add(method, status=503)
    with pytest.raises(ConfigurationError) as caught:
        await start_bot()
    assert "Is Slack down?" in caught.value.sentence


@pytest.mark.parametrize(
    "header",
    ["Wed, 21 Oct 2020 07:28:00 GMT", "soon", "", None, "3600", "Wed, 21 Oct 2099 07:28:00 GMT"],
)
async def test_a_rate_limit_with_any_retry_after_is_retried(
    header: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LONGEST_WAIT", 0.1)
    calls = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if calls == 1:
            headers = {} if header is None else {"Retry-After": header}
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers=headers
            )
        return web.json_response({"ok": True})

    async with asyncio.timeout(20), served(answer) as url, ClientSession() as session:
        settings = Settings.from_env(
            {**TOKENS, "SLACK_API_URL": f"{url}/api/", "ALLOW_LOOPBACK": "1"}
        )
        await slack_client(settings, session).chat_postMessage(channel="C1", text="Hello.")
    assert calls == 2
