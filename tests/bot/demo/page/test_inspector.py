"""The inspector's switches and calls."""

import asyncio
import json
from collections.abc import AsyncGenerator

from tests.bot.demo.page.opened import Json, Opened, status_of


async def armed(events: AsyncGenerator[Json, None]) -> list[str]:
    """The switches that are on, as the next status says."""
    status = await anext(e async for e in events if e["kind"] == "status")
    return [one["id"] for one in status["faults"] if one["on"]]


async def test_a_switch_causes_one_failure_and_turns_off(opened: Opened) -> None:
    segmind = opened.stage.segmind
    await opened.post("/faults/segmind-429", on=True)
    events = opened.events(opened.team.ada.id)
    assert await armed(events) == ["segmind-429"]
    headers = {"x-api-key": segmind.api_key}
    body = {"prompt": "Hello."}
    url = f"{segmind.url}/v2/heygen-avatar-v"
    assert await status_of(url, "POST", json=body, headers=headers) == 429
    async with asyncio.timeout(5):
        while await armed(events):
            pass
    assert await status_of(url, "POST", json=body, headers=headers) == 200
    bill = await anext(e async for e in events if e["kind"] == "bill")
    assert bill["jobs"][0]["says"] == "Hello."
    await events.aclose()


async def test_every_switch_can_be_turned_on_and_off(opened: Opened) -> None:
    for name, fault in opened.page.switches.faults.items():
        await opened.post(f"/faults/{name}", on=True)
        assert fault.switch.is_on(), name
        await opened.post(f"/faults/{name}", on=False)
        assert not fault.switch.is_on(), name
    assert opened.stage.slack.faults.waiting == []


async def test_calls_keep_bodies_but_no_keys(opened: Opened) -> None:
    slack, segmind = opened.stage.slack, opened.stage.segmind
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    await status_of(f"{slack.api_url}auth.test", "POST", data={"token": slack.bot_token})
    await status_of(f"{slack.api_url}chat.postMessage", "POST", json={"text": "x"}, headers=headers)
    key = {"x-api-key": segmind.api_key}
    url = f"{segmind.url}/v2/heygen-avatar-v"
    await status_of(url, "POST", json={"prompt": "Hello."}, headers=key)
    calls = []
    for number in range(3):
        async with opened.http.get(f"{opened.origin}/calls/{number}") as answer:
            calls.append(await answer.json())
    assert [(c["to"], c["name"], c["ok"]) for c in calls] == [
        ("slack", "auth.test", True),
        ("slack", "chat.postMessage", False),
        ("segmind", "POST /v2/heygen-avatar-v", True),
    ]
    assert calls[1]["note"] == "channel_not_found"
    assert calls[2]["sent"] == {"prompt": "Hello."}
    assert calls[2]["answer"]["status"] == "QUEUED"
    for secret in (slack.bot_token, segmind.api_key):
        assert secret not in json.dumps(calls)
    async with opened.http.get(f"{opened.origin}/calls/99") as answer:
        assert answer.status == 404
