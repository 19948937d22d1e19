"""chat.*: where the bot may post, and what a message needs."""

from __future__ import annotations

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from tests.bot.demo.slack.api.calls import (
    MANIFEST,
    error_of,
    refusal,
)


async def test_where_the_bot_may_post(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ada, bob = slack.person("Ada"), slack.person("Bob")
    places = {
        slack.channel("room").id: None,
        slack.channel("elsewhere", bot_member=False).id: None,
        slack.channel("secret", private=True, bot_member=False).id: "channel_not_found",
        slack.channel("old", archived=True).id: "is_archived",
        slack.channel("news", restricted=True).id: "restricted_action",
        slack.direct(ada, bob).id: "channel_not_found",
        slack.direct(ada).id: None,
        ada.id: None,
        "C404": "channel_not_found",
    }
    for channel, error in places.items():
        call = client.chat_postMessage(channel=channel, text="Hi")
        if error:
            assert await error_of(call) == error
        else:
            assert (await call)["ok"]
    assert [m.text() for m in slack.direct(ada).messages()] == ["Hi", "Hi"]


async def test_without_chat_write_public_a_public_channel_must_be_joined() -> None:
    manifest = {**MANIFEST, "oauth_config": {"scopes": {"bot": ["chat:write"]}}}
    async with SlackStandIn(manifest) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=http)
        room = slack.channel("room", bot_member=False)
        assert (
            await error_of(client.chat_postMessage(channel=room.id, text="x")) == "not_in_channel"
        )
        slack.person("Ada").invite_bot(room)
        assert (await client.chat_postMessage(channel=room.id, text="x"))["ok"]


async def test_a_message_needs_text_or_blocks(slack: SlackStandIn, client: AsyncWebClient) -> None:
    room = slack.channel("room").id
    empty = client.api_call("chat.postMessage", json={"channel": room, "text": ""})
    assert await error_of(empty) == "no_text"
    long = client.chat_postMessage(channel=room, text="x" * 40_001)
    assert await error_of(long) == "msg_too_long"
    bad = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    answer = await refusal(client.chat_postMessage(channel=room, text="x", blocks=bad))
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    orphan = client.chat_postMessage(channel=room, text="x", thread_ts="1.000001")
    assert await error_of(orphan) == "thread_not_found"


async def test_an_update_with_only_text_removes_the_blocks(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room = slack.channel("room")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "in *blocks*"}}]
    sent = await client.chat_postMessage(channel=room.id, text="fallback", blocks=blocks)
    [message] = room.messages()
    assert message.text() == "in blocks"
    await client.chat_update(channel=room.id, ts=sent["ts"], text="only text")
    assert message.text() == "only text"
    assert message.edits == ["in blocks"]
    theirs = slack.person("Ada").say(room, "mine")
    call = client.chat_update(channel=room.id, ts=theirs.ts, text="x")
    assert await error_of(call) == "cant_update_message"
    call = client.chat_update(channel=room.id, ts="1.0", text="x")
    assert await error_of(call) == "message_not_found"


async def test_links_ephemerals_and_deletions(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")
    sent = await client.chat_postMessage(channel=room.id, text="x")
    link = await client.chat_getPermalink(channel=room.id, message_ts=sent["ts"])
    digits = sent["ts"].replace(".", "")
    assert link["permalink"] == f"https://demo.slack.com/archives/{room.id}/p{digits}"
    await client.chat_postEphemeral(channel=room.id, user=ada.id, text="psst")
    assert [m.text() for m in ada.ephemerals(room)] == ["psst"]
    await client.chat_delete(channel=room.id, ts=sent["ts"])
    assert room.messages() == []


async def test_an_escaped_mention_notifies_nobody(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")
    await client.chat_postMessage(channel=room.id, text=f"<!channel> and <@{ada.id}>")
    await client.chat_postMessage(channel=room.id, text="&lt;!channel&gt; *bold* a_b_c")
    loud, quiet = room.messages()
    assert loud.mentions() == ["@channel", "@Ada"]
    assert quiet.mentions() == []
    assert quiet.text() == "<!channel> bold a_b_c"
