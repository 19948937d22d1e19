"""views.* and response URLs."""

from __future__ import annotations

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from tests.bot.demo.slack.api.calls import (
    Clock,
    error_of,
    modal,
    refusal,
    text_input,
)


async def test_a_trigger_works_once_within_three_seconds(
    slack: SlackStandIn, client: AsyncWebClient, clock: Clock
) -> None:
    ada = slack.person("Ada")
    trigger = slack.installation.new_trigger(ada.id, None)
    bad = await refusal(client.views_open(trigger_id=trigger, view=modal(title=None)))
    assert bad["error"] == "invalid_arguments"
    await client.views_open(trigger_id=trigger, view=modal())
    again = client.views_open(trigger_id=trigger, view=modal())
    assert await error_of(again) == "exchanged_trigger_id"
    late = slack.installation.new_trigger(ada.id, None)
    clock.now += 3.1
    assert await error_of(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    unknown = client.views_open(trigger_id="made.up", view=modal())
    assert await error_of(unknown) == "invalid_trigger_id"


async def test_an_update_keeps_typed_values_if_both_ids_are_the_same(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada = slack.person("Ada")
    submit = {"type": "plain_text", "text": "Go"}
    blocks = [text_input("one", "b"), text_input("two", "c")]
    opened = await client.views_open(
        trigger_id=slack.installation.new_trigger(ada.id, None),
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
    await client.views_open(trigger_id=slack.installation.new_trigger(ada.id, None), view=modal())
    for deep in (2, 3, 4):
        trigger = slack.installation.new_trigger(
            ada.id, None, slack.installation.views.stacks[ada.id][-1].id
        )
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


async def test_a_home_can_be_published_if_the_manifest_has_one(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada = slack.person("Ada")
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    assert (await client.views_publish(user_id=ada.id, view=view))["view"]["type"] == "home"
    assert await error_of(client.views_publish(user_id="U404", view=view)) == "user_not_found"
    assert await error_of(client.views_publish(user_id=ada.id, view=modal())) == "invalid_arguments"


async def test_a_response_url_works_five_times_within_half_an_hour(
    slack: SlackStandIn, http: aiohttp.ClientSession, clock: Clock
) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")

    async def respond(url: str) -> int:
        async with http.post(url, json={"text": "Hi"}) as answer:
            return answer.status

    url = slack.installation.new_response_url(room, ada.id)
    assert [await respond(url) for _ in range(6)] == [200] * 5 + [404]
    assert len(ada.ephemerals(room)) == 5
    url = slack.installation.new_response_url(room, ada.id)
    clock.now += 1801
    assert await respond(url) == 404


async def test_a_picture_has_to_be_a_file_that_the_app_has(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object"""
    ada = slack.person("Ada")
    home = {"type": "home"}

    async def publish(file_id: str) -> str:
        picture = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "A face"}
        try:
            await client.views_publish(user_id=ada.id, view={**home, "blocks": [picture]})
        except SlackApiError as error:
            return str(error.response["response_metadata"]["messages"])
        return ""

    refused = "invalid slack file [json-pointer:/view/blocks/0/slack_file]"
    assert refused in await publish("F0UNKNOWN")
    words = await uploaded(client, b"1\n", "words.srt")
    face = await uploaded(client, b"\x89PNG", "face.png")
    assert refused in await publish(face), "it is not completed yet"
    await client.files_completeUploadExternal(files=[{"id": words}, {"id": face}])
    assert refused in await publish(words)
    assert await publish(face) == ""
    await client.files_delete(file=face)
    assert refused in await publish(face)


async def uploaded(client: AsyncWebClient, content: bytes, name: str) -> str:
    answer = await client.files_getUploadURLExternal(filename=name, length=len(content))
    async with aiohttp.ClientSession() as session:
        await session.post(answer["upload_url"], data=content)
    return str(answer["file_id"])
