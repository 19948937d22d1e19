"""files.*: the three steps of an upload."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackShowed, SlackStandIn
from bot.demo.slack.people import uploads
from tests.bot.demo.slack.api.calls import (
    announce,
    error_of,
)


async def test_an_upload_needs_the_announced_size(
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


async def test_a_file_appears_in_its_thread_after_the_upload(
    slack: SlackStandIn, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    slack.installation.share_seconds = 0.5
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


async def test_the_app_sees_files_of_forms_and_of_its_conversations(
    slack: SlackStandIn, client: AsyncWebClient, tmp_path: Path
) -> None:
    (path := tmp_path / "voice.mp3").write_bytes(b"sound")
    ada = slack.person("Ada")
    elsewhere = slack.channel("elsewhere", bot_member=False)
    [hidden] = ada.send_file(elsewhere, path).files
    assert await error_of(client.files_info(file=hidden.id)) == "file_not_found"
    [seen] = ada.send_file(slack.channel("room"), path).files
    answer = await client.files_info(file=seen.id)
    assert answer["file"]["mimetype"] == "audio/mpeg"
    given = uploads.store(slack.installation, ada.id, path)  # in a form
    assert (await client.files_info(file=given.id))["file"]["user"] == ada.id
    ada.delete_file(seen)
    assert await error_of(client.files_info(file=seen.id)) == "file_deleted"
    with pytest.raises(SlackShowed):
        slack.person("Bob").delete_file(given)
