"""Answers of Slack with a field of another type than usual."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.modal import parse
from bot.process.clock import Clock
from bot.slack.forms import open_form
from bot.slack.members import PrivateChannel, private_channel
from bot.slack.messages import MOST_ON_PAGE, SlackMessages
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
    pages = [page async for page in messages.replies("G1", "1.0", since=datetime.now(UTC))]
    assert pages == [(ANSWER["messages"], True)]


@pytest.mark.parametrize("channel", ["x", ["x"], 1, True, {"name": ["x"]}, {"name": {}}, None])
async def test_a_channel_without_a_usable_name_has_none(channel: Any) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "channel": channel})

    async with served(answer) as url, ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        assert await channel_name(client, "C1") == ""


@pytest.mark.parametrize("messages", ["x", 1, {"ts": "1.0"}, ["x", [], {"user": "U9"}]], ids=str)
async def test_messages_that_are_none_are_left_out(messages: Any) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "messages": messages})

    async with served(answer) as url, ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        slack = SlackMessages(client, bot_name="avatar", bot_id="U9", clock=Clock(0.001))
        assert await slack.find("C1", "key", since=datetime.now(UTC)) is None


async def test_a_page_of_a_thread_has_no_more_messages_than_slack_gives() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "messages": [{"ts": "1.0"}] * 100_000})

    async with served(answer) as url, ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        slack = SlackMessages(client, bot_name="avatar", bot_id="U9", clock=Clock(0.001))
        [(page, _)] = [one async for one in slack.replies("C1", "1.0", since=datetime.now(UTC))]
    assert len(page) == MOST_ON_PAGE


@pytest.mark.parametrize(
    "link", [None, 1, ["x"], "x" * 50, "https://a.io/|<!channel>", "https://a.io/" + "x" * 600]
)
async def test_a_permalink_that_is_none_stands_in_no_message(link: Any) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "permalink": link})

    async with served(answer) as url, ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        slack = SlackMessages(client, bot_name="avatar", bot_id="U9", clock=Clock(0.001))
        assert await slack.permalink("C1", "1.0") == ""


@pytest.mark.parametrize("view", ["x", ["x"], None, {"id": 1, "state": {"values": {"prompt": 1}}}])
async def test_a_form_that_is_none_has_no_values(view: Any) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "view": view})

    async with served(answer) as url, ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        opened = await open_form(client, "1.2", {"type": "modal"}, again="type /avatar again")
        assert parse(opened or {"state": {}})
