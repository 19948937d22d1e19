"""Answers of Slack with a field of another type than usual."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.process.clock import Clock
from bot.slack.members import PrivateChannel, private_channel
from bot.slack.messages import SlackMessages
from bot.slack.profiles import channel_name
from tests.support.files.serve import served

ODD: list[Any] = ["x", ["x"], 1, True, {"next_cursor": {}}, {"next_cursor": ["x"]}, None]
ANSWER: dict[str, Any] = {
    "ok": True,
    "channel": {"name": "plans", "is_private": True},
    "members": ["U1"],
    "messages": [{"ts": "1.0", "text": "Hello"}],
}


@pytest.fixture(params=ODD, ids=str)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[AsyncWebClient]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(ANSWER | {"response_metadata": request.param})

    async with served(answer) as url, ClientSession() as session:
        yield AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)


async def test_a_list_without_a_usable_cursor_has_ended(client: AsyncWebClient) -> None:
    assert await private_channel(client, "G1") == PrivateChannel("plans", frozenset({"U1"}))
    messages = SlackMessages(client, bot_name="avatar", bot_id="U9", clock=Clock(0.001))
    found, is_complete = await messages.replies("G1", "1.0", since=datetime.now(UTC))
    assert (found, is_complete) == (ANSWER["messages"], True)


@pytest.mark.parametrize("channel", ["x", ["x"], 1, True, {"name": ["x"]}, {"name": {}}, None])
async def test_a_channel_without_a_usable_name_has_none(channel: Any) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "channel": channel})

    async with served(answer) as url, ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        assert await channel_name(client, "C1") == ""
