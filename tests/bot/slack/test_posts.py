"""Posts wait for the limit of their channel; whoever causes many lets others' through."""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.process.clock import Clock
from bot.process.limit_per_person import acts
from bot.slack.channel_limits import POSTS_AT_ONCE
from bot.slack.messages import SlackMessages


async def test_who_causes_many_posts_does_not_keep_others_from_the_channel(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    bot_id = slack.installation.bot.id
    messages = SlackMessages(client, bot_name="avatar", bot_id=bot_id, clock=Clock(0.1))
    channel_id = slack.channel("marketing").id
    acts("Mallory")
    many = [asyncio.create_task(messages.post(channel_id, str(n))) for n in range(30)]
    await asyncio.sleep(0)  # they wait before Bob's
    acts("Bob")
    await messages.post(channel_id, "Bob's")
    assert sum(one.done() for one in many) <= POSTS_AT_ONCE + 2
    await asyncio.gather(*many)
    assert len(slack.channel("marketing").messages()) == 31
