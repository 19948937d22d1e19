"""Who is in a conversation is found out by telling them something, within Slack's limits."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.errors import ChannelRefused, NotPossible
from bot.process.clock import Clock
from bot.slack import can_post
from bot.slack.connection.tokens import RateLimitRetryHandler
from bot.slack.messages import EPHEMERALS_AT_ONCE, SlackMessages


async def test_nobody_counts_as_a_member_while_too_many_are_told_something(
    client: AsyncWebClient, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(can_post, "TIMEOUT_SECONDS", 0.05)
    messages = SlackMessages(client, bot_name="avatar", bot_id="U1", clock=Clock())
    ada, mallory = slack.person("Ada"), slack.person("Mallory")
    leads = slack.channel("leads", private=True, people=[ada])
    await can_post.can_post(messages, leads.id, ada.id, "Hello")
    for number in range(1, EPHEMERALS_AT_ONCE):
        await messages.wait_for_room(f"U{number}")
    with pytest.raises(NotPossible, match="very busy"):
        await can_post.can_post(messages, leads.id, mallory.id, "Hello")


async def test_who_waits_long_for_their_turn_is_not_a_member_because_of_that(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    """A busy bot and Slack together take longer than either may."""
    clock = Clock(0.7)  # the next turn comes after this part of TIMEOUT_SECONDS
    messages = SlackMessages(client, bot_name="avatar", bot_id="U1", clock=clock)
    mallory = slack.person("Mallory")
    leads = slack.channel("leads", private=True, people=[slack.person("Ada")])
    for number in range(EPHEMERALS_AT_ONCE):
        await messages.wait_for_room(f"U{number}")
    slack.faults.add("chat.postEphemeral", slow=0.5)
    with pytest.raises((ChannelRefused, NotPossible)):
        await can_post.can_post(messages, leads.id, mallory.id, "Hello")


async def test_a_rate_limit_is_no_slow_slack(slack: SlackStandIn) -> None:
    """With the client of the bot, which otherwise waits as long as Slack says."""
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session,
            retry_handlers=[RateLimitRetryHandler(max_retry_count=2)],
        )  # fmt: skip
        messages = SlackMessages(client, bot_name="avatar", bot_id="U1", clock=Clock())
        leads = slack.channel("leads", private=True, people=[slack.person("Ada")])
        slack.faults.add("chat.postEphemeral", status=429, retry_after=5)
        with pytest.raises(NotPossible, match="very busy"):
            await can_post.can_post(messages, leads.id, slack.person("Mallory").id, "Hello")


async def test_who_has_slack_refuse_everybody_is_not_a_member_because_of_that(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    """Of a workspace in which an app sends too many messages, Slack takes no more for a while."""
    messages = SlackMessages(client, bot_name="avatar", bot_id="U1", clock=Clock())
    leads = slack.channel("leads", private=True, people=[slack.person("Ada")])
    slack.faults.add("chat.postEphemeral", error="message_limit_exceeded")
    with pytest.raises(NotPossible, match="very busy"):
        await can_post.can_post(messages, leads.id, slack.person("Mallory").id, "Hello")
