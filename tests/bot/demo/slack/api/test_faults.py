"""Faults of the Web API, and following or waiting for changes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import NothingCame, SlackStandIn
from tests.bot.demo.slack.api.calls import (
    announce,
    error_of,
    refusal,
)


async def test_faults_hit_the_calls_that_they_were_added_for(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room = slack.channel("room")
    slack.faults.add("chat.postMessage", status=429, retry_after=7)
    limited = await refusal(client.chat_postMessage(channel=room.id, text="x"))
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert limited["error"] == "ratelimited"
    slack.faults.add("chat.postMessage", error="fatal_error", times=2)
    for _ in range(2):
        assert await error_of(client.chat_postMessage(channel=room.id, text="x")) == "fatal_error"
    assert (await client.chat_postMessage(channel=room.id, text="x"))["ok"]
    fault = slack.faults.add("*", error="fatal_error", times=None)
    assert await error_of(client.auth_test()) == "fatal_error"
    slack.faults.remove(fault)
    assert (await client.auth_test())["ok"]
    assert len(room.messages()) == 1


@pytest.mark.parametrize("times", [1, None], ids=["used up", "lasting"])
@pytest.mark.parametrize("all_of_them", [False, True], ids=["this one", "all"])
async def test_what_is_removed_holds_up_no_call_any_longer(
    slack: SlackStandIn, client: AsyncWebClient, times: int | None, all_of_them: bool
) -> None:
    slow = slack.faults.add("auth.test", slow=600, times=times)
    call = asyncio.create_task(client.auth_test())
    await slack.until(lambda: slack.journal.calls("auth.test"))
    assert not call.done()
    if all_of_them:
        slack.faults.clear()
    else:
        slack.faults.remove(slow)
    assert (await call)["ok"]


async def test_server_errors_slow_answers_and_cut_connections(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> None:
    room, url = slack.channel("room"), slack.api_url + "chat.postMessage"
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    body = {"channel": room.id, "text": "x"}

    async def post() -> int:
        async with http.post(url, json=body, headers=headers) as answer:
            return answer.status

    slack.faults.add("chat.postMessage", status=503)
    assert await post() == 503
    slack.faults.add("chat.postMessage", slow=5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await post()
    assert room.messages() == []
    slack.faults.add("chat.postMessage", drop="before")
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert room.messages() == []
    slack.faults.add("chat.postMessage", drop="after")
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert len(room.messages()) == 1


async def test_the_upload_url_has_its_own_faults(
    slack: SlackStandIn, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url, _ = await announce(client)
    slack.faults.add("upload", status=500)
    async with http.post(url, data=b"bytes") as answer:
        assert answer.status == 500
    slack.faults.add("upload", drop="before")
    with pytest.raises(aiohttp.ClientError):
        await http.post(url, data=b"bytes")
    async with http.post(url, data=b"bytes") as answer:
        assert answer.status == 200


async def test_changes_can_be_followed(slack: SlackStandIn, client: AsyncWebClient) -> None:
    room = slack.channel("room")
    following = slack.workspace.follow()
    first = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    sent = await client.chat_postMessage(channel=room.id, text="x")
    await client.chat_update(channel=room.id, ts=sent["ts"], text="y")
    kinds = [(await first).kind, (await anext(following)).kind]
    await following.aclose()
    assert kinds == ["message", "message_changed"]


async def test_a_failed_wait_says_what_was_there_instead(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room = slack.channel("room")
    await client.chat_postMessage(channel=room.id, text="Something else")
    with pytest.raises(NothingCame, match="Something else"):
        await room.wait_for(lambda m: "done" in m.text(), seconds=0.01)
