"""Tokens, scopes and unknown methods."""

from __future__ import annotations

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.demo.stage import MANIFEST
from tests.bot.demo.slack.api import calls
from tests.bot.demo.slack.api.calls import (
    error_of,
    refusal,
)


async def test_tokens_are_checked_strictly(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert (await client.auth_test())["user_id"] == slack.installation.bot.id
    assert await error_of(client.auth_test(token="xoxb-other")) == "invalid_auth"
    assert await error_of(client.auth_test(token=slack.app_token)) == "not_allowed_token_type"
    wrong = client.apps_connections_open(app_token=slack.bot_token)
    assert await error_of(wrong) == "not_allowed_token_type"
    opened = await client.apps_connections_open(app_token=slack.app_token)
    assert opened["url"].startswith("ws://127.0.0.1:")


async def test_a_call_without_token_or_of_an_unknown_method_is_refused(
    slack: SlackStandIn, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    async with http.post(slack.api_url + "auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"
    async with http.get(slack.api_url + f"auth.test?token={slack.bot_token}") as answer:
        assert (await answer.json())["ok"] is True
    assert await error_of(client.api_call("chat.scheduleMessage")) == "unknown_method"


async def test_scopes_are_those_of_the_manifest(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    headers = (await client.auth_test()).headers
    assert headers["x-oauth-scopes"] == "chat:write,chat:write.public,files:read,files:write"
    answer = await refusal(client.users_info(user=slack.person("Ada").id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert answer["provided"] == "chat:write,chat:write.public,files:read,files:write"
    info = await refusal(client.conversations_info(channel=slack.channel("room").id))
    assert info["needed"] == "channels:read"
    secret = slack.channel("secret", private=True)
    history = await refusal(client.conversations_history(channel=secret.id))
    assert history["needed"] == "groups:history"


async def test_the_projects_manifest_can_be_read() -> None:
    slack = SlackStandIn(MANIFEST)
    assert "/avatar" in slack.installation.manifest.commands
    assert slack.installation.manifest.bot_name == "avatar"
    assert slack.installation.manifest.interactivity
    await slack.stop()


async def test_members_come_in_pages_to_those_who_may_see_them() -> None:
    manifest = {**calls.MANIFEST, "oauth_config": {"scopes": {"bot": ["groups:read"]}}}
    async with SlackStandIn(manifest) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=http)
        people = [slack.person(name) for name in ("Ada", "Bob")]
        leads = slack.channel("leads", private=True, people=people)
        first = await client.conversations_members(channel=leads.id, limit=2)
        rest = await client.conversations_members(
            channel=leads.id, limit=2, cursor=first["response_metadata"]["next_cursor"]
        )
        assert {*first["members"], *rest["members"]} == leads.members
        assert (len(first["members"]), rest["response_metadata"]["next_cursor"]) == (2, "")
        too_many = client.conversations_members(channel=leads.id, limit=1001)
        assert await error_of(too_many) == "invalid_limit"
        room = client.conversations_members(channel=slack.channel("room").id)
        assert (await refusal(room))["needed"] == "channels:read"
        hidden = slack.channel("secret", private=True, bot_member=False).id
        call = client.conversations_members(channel=hidden)
        assert await error_of(call) == "channel_not_found"
