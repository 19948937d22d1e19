"""The rate limits of the Web API, which a test can turn on."""

from __future__ import annotations

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.demo.slack.api.web_api import METHODS
from bot.demo.slack.rate_limits import MESSAGES_IN_A_BURST, TIER_OF, TIERS
from tests.bot.demo.slack.api.calls import refusal

SCALE = 0.02  # a minute is 1.2 s


async def test_a_method_of_tier_3_is_refused_after_fifty_calls_in_a_minute(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room = slack.channel("room")
    posted = await client.chat_postMessage(channel=room.id, text="x")
    update = {"channel": room.id, "ts": posted["ts"]}
    for _ in range(2 * TIERS[3]):
        await client.chat_update(**update, text="y")
    slack.rate_limits.turn_on()
    for _ in range(TIERS[3]):
        await client.chat_update(**update, text="z")
    limited = await refusal(client.chat_update(**update, text="too much"))
    assert (limited.status_code, limited["error"]) == (429, "ratelimited")
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert "too much" not in room.messages()[0].text()
    await client.chat_postEphemeral(channel=room.id, user=slack.person("Ada").id, text="x")


async def test_calls_of_a_minute_ago_do_not_count(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room = slack.channel("room")
    posted = await client.chat_postMessage(channel=room.id, text="x")
    update = {"channel": room.id, "ts": posted["ts"], "text": "y"}
    slack.rate_limits.turn_on(SCALE)
    for _ in range(TIERS[3]):
        await client.chat_update(**update)
    await asyncio.sleep(60 * SCALE)
    assert (await client.chat_update(**update))["ok"]


async def test_a_channel_takes_a_short_burst_of_messages(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room, other = slack.channel("room"), slack.channel("other")
    slack.rate_limits.turn_on()
    for _ in range(MESSAGES_IN_A_BURST):
        await client.chat_postMessage(channel=room.id, text="x")
    limited = await refusal(client.chat_postMessage(channel=room.id, text="x"))
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "1")
    assert (await client.chat_postMessage(channel=other.id, text="x"))["ok"]
    slack.rate_limits.turn_off()
    assert (await client.chat_postMessage(channel=room.id, text="x"))["ok"]


@pytest.mark.parametrize("method", TIER_OF)
def test_every_method_with_a_tier_exists(method: str) -> None:
    assert method in METHODS
