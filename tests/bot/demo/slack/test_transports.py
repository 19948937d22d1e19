"""How the stand-in reaches a bot: envelopes, reconnections, signatures, retries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web

from bot.demo.slack import Message, SlackShowed, SlackStandIn

Json = dict[str, Any]
MANIFEST: Json = {
    "display_information": {"name": "Echo"},
    "features": {"slash_commands": [{"command": "/echo", "should_escape": True}]},
    "settings": {
        "event_subscriptions": {"bot_events": ["message.channels", "member_joined_channel"]}
    },
}


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(MANIFEST, ack_seconds=0.3) as slack:
        yield slack


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def connect(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> aiohttp.ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    async with http.post(slack.api_url + "apps.connections.open", headers=headers) as answer:
        url = (await answer.json())["url"]
    socket = await http.ws_connect(url)
    hello = await socket.receive_json()
    assert hello["type"] == "hello"
    assert hello["connection_info"]["app_id"] == slack.installation.app_id
    return socket


async def test_an_envelope_is_acknowledged_by_its_id(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> None:
    ada, room, socket = slack.person("Ada"), slack.channel("room"), await connect(slack, http)
    await slack.connected()
    typing = asyncio.create_task(ada.command("/echo", "to @Ada in #room", room))
    envelope = await socket.receive_json()
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    payload = envelope["payload"]
    assert payload["text"] == f"to <@{ada.id}|Ada> in <#{room.id}|room>"
    await socket.send_json({"envelope_id": "another"})
    answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": "Yes"}}
    await socket.send_json(answer)
    assert (await typing).text == "Yes"
    await slack.sockets.redeliver()
    assert (await socket.receive_json())["envelope_id"] == envelope["envelope_id"]
    await socket.close()


async def test_a_socket_address_works_for_one_connection(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> None:
    url = slack.url.replace("http", "ws") + "/link/?ticket=made-up"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url)


async def test_unacknowledged_envelopes_are_sent_to_the_next_connection(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> None:
    slack.installation.ack_seconds = 3
    ada, room, socket = slack.person("Ada"), slack.channel("room"), await connect(slack, http)
    typing = asyncio.create_task(ada.command("/echo", "x", room))
    first = await socket.receive_json()
    dropping = asyncio.create_task(slack.sockets.drop())
    assert (await socket.receive()).type == aiohttp.WSMsgType.CLOSE
    await dropping
    socket = await connect(slack, http)
    again = await socket.receive_json()
    assert again == first
    await socket.send_json({"envelope_id": again["envelope_id"]})
    assert (await typing).text == ""
    await socket.close()


async def test_slack_asks_for_a_new_connection_and_closes_the_old_one(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> None:
    old = await connect(slack, http)
    asking = asyncio.create_task(slack.sockets.disconnect("refresh_requested"))
    message = await old.receive_json()
    assert (message["type"], message["reason"]) == ("disconnect", "refresh_requested")
    new = await connect(slack, http)
    assert (await old.receive()).type == aiohttp.WSMsgType.CLOSE
    await asking
    assert len(slack.sockets.open) == 1
    await new.close()


async def test_without_a_connection_the_dispatch_fails(slack: SlackStandIn) -> None:
    with pytest.raises(SlackShowed, match="dispatch_failed"):
        await slack.person("Ada").command("/echo", "x", slack.channel("room"))


async def test_unacknowledged_events_are_sent_again(
    slack: SlackStandIn, http: aiohttp.ClientSession
) -> None:
    slack.installation.ack_seconds, slack.delivery.event_retries = 0.05, (0.0,)
    socket = await connect(slack, http)
    slack.person("Ada").say(slack.channel("room"), "Hello")
    first, second = await socket.receive_json(), await socket.receive_json()
    assert first["payload"]["event"]["text"] == "Hello"
    assert [first["retry_attempt"], second["retry_attempt"]] == [0, 1]
    assert second["retry_reason"] == "timeout"
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    await socket.close()


def tombstone_of(root: Message, reply: Message) -> Json:
    """What is left of a deleted message with one reply."""
    return {
        "type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True,
        "text": "This message was deleted.", "ts": root.ts, "thread_ts": root.ts,
        "reply_count": 1, "reply_users": [reply.user], "latest_reply": reply.ts,
    }  # fmt: skip


def assert_only_the_text_changed(event: Json, old: str, new: str, editor: str) -> None:
    assert {key: event[key] for key in ("type", "subtype", "hidden")} == {
        "type": "message", "subtype": "message_changed", "hidden": True,
    }  # fmt: skip
    before, after = event["previous_message"], dict(event["message"])
    assert (before["text"], after["text"]) == (old, new)
    edited = after.pop("edited")
    assert edited["user"] == editor
    assert edited["ts"].endswith(".000000")
    assert before | {"text": new} == after
    assert "channel" not in after


@pytest.mark.parametrize(("kind", "subscription", "channel_type"), [
    ("room", "message.channels", "channel"),
    ("secret", "message.groups", "group"),
    ("direct", "message.im", "im"),
])  # fmt: skip
async def test_edits_and_deletions_are_events_as_slack_sends_them(
    http: aiohttp.ClientSession, kind: str, subscription: str, channel_type: str
) -> None:
    settings = {"event_subscriptions": {"bot_events": [subscription]}}
    async with SlackStandIn({**MANIFEST, "settings": settings}, ack_seconds=0.3) as slack:
        ada, socket = slack.person("Ada"), await connect(slack, http)
        place = (
            slack.direct(ada) if kind == "direct" else slack.channel(kind, private=kind != "room")
        )

        async def event() -> Json:
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            event: Json = envelope["payload"]["event"]
            assert (event["channel"], event["channel_type"]) == (place.id, channel_type)
            return event

        root = ada.say(place, "Hello")
        reply = ada.say(place, "Helo", root.ts)
        assert [(await event())["text"], (await event())["text"]] == ["Hello", "Helo"]

        ada.edit(reply, "Hello")
        changed = await event()
        assert changed["ts"] == changed["event_ts"] != reply.ts
        assert_only_the_text_changed(changed, "Helo", "Hello", editor=ada.id)
        after = changed["message"]
        assert (after["thread_ts"], after["parent_user_id"]) == (root.ts, ada.id)

        ada.delete(root)
        tombstone = await event()
        assert tombstone["subtype"] == "message_changed"
        assert tombstone["message"] == tombstone_of(root, reply)
        assert tombstone["previous_message"]["text"] == "Hello"
        assert tombstone["previous_message"]["reply_count"] == 1

        ada.delete(reply)
        deleted = await event()
        assert "message" not in deleted
        assert (deleted["subtype"], deleted["hidden"]) == ("message_deleted", True)
        assert deleted["deleted_ts"] == deleted["previous_message"]["ts"] == reply.ts
        assert deleted["previous_message"] == after
        assert deleted["ts"] == deleted["event_ts"]
        await socket.close()


def test_a_person_cannot_edit_messages_of_others(slack: SlackStandIn) -> None:
    said = slack.person("Ada").say(slack.channel("away", bot_member=False), "Mine")
    with pytest.raises(SlackShowed, match="your own"):
        slack.person("Bob").edit(said, "Yours")


class Listener:
    """An HTTP endpoint that records requests and answers with `status`."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[Any, str]] = asyncio.Queue()
        self.status = 200

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.came.put_nowait((request.headers, body))
        if "challenge" in body:
            return web.json_response({"challenge": json.loads(body)["challenge"]})
        return web.Response(status=self.status)


@pytest.fixture
async def listener(slack: SlackStandIn) -> AsyncIterator[Listener]:
    listener, application = Listener(), web.Application()
    application.router.add_post("/slack/events", listener.receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield listener
    await runner.cleanup()


async def test_requests_are_signed_forms(slack: SlackStandIn, listener: Listener) -> None:
    await slack.person("Ada").command("/echo", "a & b", slack.channel("room"))
    headers, body = await listener.came.get()
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:{body}".encode()
    digest = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={digest}"
    form = {name: values[0] for name, values in parse_qs(body).items()}
    assert (form["command"], form["text"], form["user_name"]) == ("/echo", "a & b", "ada")


async def test_a_request_url_is_verified_by_its_challenge(
    slack: SlackStandIn, listener: Listener
) -> None:
    assert await slack.delivery.verify_url()


async def test_the_dispatch_fails_unless_the_answer_is_200(
    slack: SlackStandIn, listener: Listener
) -> None:
    listener.status = 500
    with pytest.raises(SlackShowed, match="dispatch_failed"):
        await slack.person("Ada").command("/echo", "x", slack.channel("room"))


async def test_retried_events_carry_their_retry_number(
    slack: SlackStandIn, listener: Listener
) -> None:
    slack.delivery.event_retries, listener.status = (0.0, 0.0), 500
    slack.person("Ada").say(slack.channel("room"), "Hello")
    numbers = [(await listener.came.get())[0].get("X-Slack-Retry-Num") for _ in range(3)]
    assert numbers == [None, "1", "2"]


async def test_only_events_in_the_manifest_and_from_joined_channels_are_sent(
    slack: SlackStandIn, listener: Listener
) -> None:
    ada = slack.person("Ada")
    ada.say(slack.channel("away", bot_member=False), "unheard")
    ada.say(slack.channel("secret", private=True), "not subscribed")
    ada.join(slack.channel("room"))
    headers, body = await listener.came.get()
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["event"]["type"] == "member_joined_channel"
    assert listener.came.empty()
