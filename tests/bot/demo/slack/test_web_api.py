"""The stand-in's Web API on the wire: tokens, scopes, posting rules, files, views and faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import NothingCame, SlackStandIn

Json = dict[str, Any]
MANIFEST: Json = {
    "display_information": {"name": "Echo"},
    "features": {"slash_commands": [{"command": "/echo"}], "app_home": {"home_tab_enabled": True}},
    "oauth_config": {
        "scopes": {"bot": ["chat:write", "chat:write.public", "files:write", "files:read"]}
    },
    "settings": {"interactivity": {"is_enabled": True}},
}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(MANIFEST, clock=clock) as slack:
        yield slack


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: SlackStandIn, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=http, timeout=5)


async def refusal(call: Awaitable[object]) -> Any:
    with pytest.raises(SlackApiError) as failure:
        await call
    return failure.value.response


async def error_of(call: Awaitable[object]) -> str:
    return str((await refusal(call))["error"])


def modal(**more: Any) -> Json:
    title = {"type": "plain_text", "text": "Title"}
    return {"type": "modal", "title": title, "blocks": [{"type": "divider"}], **more}


def text_input(initial: str = "", block_id: str = "b") -> Json:
    element = {"type": "plain_text_input", "action_id": "a", "initial_value": initial}
    label = {"type": "plain_text", "text": block_id.upper()}
    return {"type": "input", "block_id": block_id, "label": label, "element": element}


# -- tokens, scopes, methods -----------------------------------------------------------------


async def test_tokens_are_checked_strictly(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert (await client.auth_test())["user_id"] == slack.core.bot.id
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


async def test_the_project_manifest_can_be_read() -> None:
    manifest = Path(__file__).parents[4] / "app_manifest.yml"
    slack = SlackStandIn(manifest)
    assert "/avatar" in slack.core.manifest.commands
    assert slack.core.manifest.bot_name == "avatar"
    assert slack.core.manifest.interactivity
    await slack.stop()


# -- posting ---------------------------------------------------------------------------------


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


async def test_what_a_message_must_have(slack: SlackStandIn, client: AsyncWebClient) -> None:
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


async def test_an_update_keeps_blocks_only_where_no_text_is_given(
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


async def test_a_quoted_mention_notifies_nobody(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")
    await client.chat_postMessage(channel=room.id, text=f"<!channel> and <@{ada.id}>")
    await client.chat_postMessage(channel=room.id, text="&lt;!channel&gt; *bold* a_b_c")
    loud, quiet = room.messages()
    assert loud.mentions() == ["@channel", "@Ada"]
    assert quiet.mentions() == []
    assert quiet.text() == "<!channel> bold a_b_c"


# -- files -----------------------------------------------------------------------------------


async def announce(client: AsyncWebClient, size: int = 5, name: str = "a.mp4") -> tuple[str, str]:
    answer = await client.files_getUploadURLExternal(filename=name, length=size, alt_txt="Alt")
    return answer["upload_url"], answer["file_id"]


async def test_an_upload_must_have_the_announced_size(
    slack: SlackStandIn, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url, file_id = await announce(client)
    async with http.post(url, data=b"four") as answer:
        assert answer.status == 400
    early = client.files_completeUploadExternal(files=[{"id": file_id, "title": "A"}])
    assert await error_of(early) == "file_not_found"

    async def chunks() -> AsyncIterator[bytes]:
        yield b"bytes"

    async with http.post(url, data=chunks()) as answer:
        assert answer.status == 411
    async with http.post(url, data=chunks(), headers={"Content-Length": "5"}) as answer:
        assert (answer.status, await answer.text()) == (200, "OK - 5")
    async with http.post(url, data=b"again") as answer:
        assert answer.status == 404
    assert slack.file_bytes(file_id) == b"bytes"


async def test_files_need_membership_even_in_public_channels(
    slack: SlackStandIn, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url, file_id = await announce(client)
    async with http.post(url, data=b"bytes"):
        pass
    elsewhere = slack.channel("elsewhere", bot_member=False).id
    files: list[dict[str, str | None]] = [{"id": file_id, "title": "A"}]
    call = client.files_completeUploadExternal(files=files, channel_id=elsewhere)
    assert await error_of(call) == "not_in_channel"
    call = client.files_completeUploadExternal(files=files, channel_id=slack.person("Ada").id)
    assert await error_of(call) == "channel_not_found"


async def test_a_file_appears_in_its_thread_some_time_after_the_upload(
    slack: SlackStandIn, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    slack.core.share_seconds = 0.5
    room = slack.channel("room")
    card = await client.chat_postMessage(channel=room.id, text="card")
    url, file_id = await announce(client)
    async with http.post(url, data=b"bytes"):
        pass
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*Done*"}}
    await client.files_completeUploadExternal(
        files=[{"id": file_id, "title": "Take 1"}],
        channel_id=room.id,
        thread_ts=card["ts"],
        blocks=json.dumps([block]),  # the SDK puts it into the query string
    )
    before = (await client.files_info(file=file_id))["file"]
    assert (before["shares"], before["mimetype"]) == ({}, "")
    later = await client.chat_postMessage(channel=room.id, text="later", thread_ts=card["ts"])
    reply = await room.thread(card["ts"]).wait_for(lambda m: m.files)
    assert reply.text() == "Done\n[file: a.mp4, 5 bytes: Alt]"
    assert reply.ts > later["ts"]
    after = (await client.files_info(file=file_id))["file"]
    assert after["shares"]["public"][room.id][0]["ts"] == reply.ts
    assert (after["title"], after["mimetype"]) == ("Take 1", "video/mp4")
    auth = {"Authorization": f"Bearer {slack.bot_token}"}
    async with http.get(after["url_private"], headers=auth) as answer:
        assert await answer.read() == b"bytes"
    await client.files_delete(file=file_id)
    assert reply.files == []
    assert await error_of(client.files_info(file=file_id)) == "file_deleted"


# -- views -----------------------------------------------------------------------------------


async def test_a_trigger_lives_three_seconds_and_is_used_once(
    slack: SlackStandIn, client: AsyncWebClient, clock: Clock
) -> None:
    ada = slack.person("Ada")
    trigger = slack.core.new_trigger(ada.id, None)
    bad = await refusal(client.views_open(trigger_id=trigger, view=modal(title=None)))
    assert bad["error"] == "invalid_arguments"
    await client.views_open(trigger_id=trigger, view=modal())
    again = client.views_open(trigger_id=trigger, view=modal())
    assert await error_of(again) == "exchanged_trigger_id"
    late = slack.core.new_trigger(ada.id, None)
    clock.now += 3.1
    assert await error_of(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    unknown = client.views_open(trigger_id="made.up", view=modal())
    assert await error_of(unknown) == "invalid_trigger_id"


async def test_an_update_keeps_what_was_typed_where_both_ids_stay(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada = slack.person("Ada")
    submit = {"type": "plain_text", "text": "Go"}
    blocks = [text_input("one", "b"), text_input("two", "c")]
    opened = await client.views_open(
        trigger_id=slack.core.new_trigger(ada.id, None),
        view=modal(blocks=blocks, submit=submit, external_id="mine"),
    )
    seen = await ada.modal()
    await seen.type("B", "typed")
    changed = modal(
        blocks=[text_input("new", "b"), text_input("three", "d")], submit=submit, external_id="mine"
    )
    stale = client.views_update(external_id="mine", view=changed, hash="1.stale")
    assert await error_of(stale) == "hash_conflict"
    hash_ = opened["view"]["hash"]
    await client.views_update(external_id="mine", view=changed, hash=hash_)
    assert seen.text().splitlines()[1:3] == ["B: typed", "D: three"]
    assert await error_of(client.views_update(view_id="V404", view=changed)) == "not_found"


async def test_views_stack_three_deep(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ada = slack.person("Ada")
    await client.views_open(trigger_id=slack.core.new_trigger(ada.id, None), view=modal())
    for deep in (2, 3, 4):
        trigger = slack.core.new_trigger(ada.id, None, slack.core.views.stacks[ada.id][-1].id)
        title = {"type": "plain_text", "text": f"Level {deep}"}
        call = client.views_push(trigger_id=trigger, view=modal(title=title))
        if deep == 4:
            assert await error_of(call) == "push_limit_reached"
        else:
            await call
    seen = await ada.modal()
    assert seen.title == "Level 3"
    await seen.close()
    assert seen.title == "Level 2"
    await seen.close(everything=True)
    assert not seen.is_open


async def test_a_home_can_be_published_where_the_manifest_has_one(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada = slack.person("Ada")
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    assert (await client.views_publish(user_id=ada.id, view=view))["view"]["type"] == "home"
    assert await error_of(client.views_publish(user_id="U404", view=view)) == "user_not_found"
    assert await error_of(client.views_publish(user_id=ada.id, view=modal())) == "invalid_arguments"


# -- response URLs ---------------------------------------------------------------------------


async def test_a_response_url_is_good_for_five_messages_in_half_an_hour(
    slack: SlackStandIn, http: aiohttp.ClientSession, clock: Clock
) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")

    async def respond(url: str) -> int:
        async with http.post(url, json={"text": "Hi"}) as answer:
            return answer.status

    url = slack.core.new_response_url(room, ada.id)
    assert [await respond(url) for _ in range(6)] == [200] * 5 + [404]
    assert len(ada.ephemerals(room)) == 5
    url = slack.core.new_response_url(room, ada.id)
    clock.now += 1801
    assert await respond(url) == 404


# -- faults ----------------------------------------------------------------------------------


async def test_faults_meet_the_calls_they_were_added_for(
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


# -- watching --------------------------------------------------------------------------------


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


async def test_waiting_in_vain_says_what_was_there(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    room = slack.channel("room")
    await client.chat_postMessage(channel=room.id, text="Something else")
    with pytest.raises(NothingCame, match="Something else"):
        await room.wait_for(lambda m: "done" in m.text(), seconds=0.01)
