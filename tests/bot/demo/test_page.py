"""The page's server: who is let in, what is told and what is done, without a browser."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.demo.live import Cast, stage_for
from bot.demo.page import Page
from bot.demo.page.captions import webvtt
from bot.demo.slack import Message, StoredFile
from bot.demo.stage import Stage

Json = dict[str, Any]


@dataclass
class Opened:
    """The page, and somebody who has its cookie."""

    stage: Stage
    cast: Cast
    page: Page
    link: str
    http: aiohttp.ClientSession

    @property
    def origin(self) -> str:
        return self.link.partition("/?")[0]

    async def post(self, path: str, **given: Any) -> Json:
        headers = {"Origin": self.origin}
        async with self.http.post(f"{self.origin}{path}", json=given, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            found: Json = await answer.json()
            return found

    async def events(self, person: str) -> AsyncGenerator[Json, None]:
        async with self.http.get(f"{self.origin}/events", params={"as": person}) as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """No bot: what is tested here is the page and the stand-in."""
    stage, cast = stage_for(tmp_path, 1.0)
    async with stage.slack, stage.segmind, Page(stage, cast.grace) as page:
        link = await page.listen()
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            await http.get(link)
            yield Opened(stage, cast, page, link, http)


async def status_of(url: str, method: str = "GET", **how: Any) -> int:
    async with aiohttp.ClientSession() as http, http.request(method, url, **how) as answer:
        return answer.status


# -- the door ---------------------------------------------------------------------------------


async def test_the_door_opens_by_the_link_alone(opened: Opened) -> None:
    for path in ("/", "/events", "/static/js/main.js", "/wire/0", "/?token=guess"):
        assert await status_of(f"{opened.origin}{path}") == 403, path
    assert await status_of(f"{opened.origin}/moves/say", "POST", json={}) == 403
    async with opened.http.get(f"{opened.origin}/") as answer:
        assert answer.status == 200
        assert "token" not in str(answer.url)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_another_name_for_this_machine_opens_nothing(opened: Opened) -> None:
    """DNS rebinding: a page of somebody else, whose name now means 127.0.0.1."""
    async with opened.http.get(f"{opened.origin}/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403


async def test_another_page_cannot_act(opened: Opened) -> None:
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        url = f"{opened.origin}/bot/kill"
        async with opened.http.post(url, json={}, headers=headers) as answer:
            assert answer.status == 403


async def test_only_the_pages_own_files_are_served(opened: Opened) -> None:
    for path in ("/static/../server.py", "/static/js/%2e%2e/%2e%2e/server.py", "/static/js/no.js"):
        async with opened.http.get(f"{opened.origin}{path}") as answer:
            assert answer.status in (403, 404), path


# -- what is told -----------------------------------------------------------------------------


async def test_a_person_is_told_what_they_may_see(opened: Opened) -> None:
    stage, cast = opened.stage, opened.cast
    secret = stage.slack.channel("secret", private=True, people=[cast.bob])
    cast.bob.say(secret, "Not for Ada")
    events = opened.events(cast.ada.id)
    first = await anext(events)
    assert first["kind"] == "everything"
    assert {c["name"] for c in first["channels"] if c["kind"] != "im"} == {
        *("marketing", "training", "leads"),
    }
    assert [p["name"] for p in first["people"] if p["admin"]] == ["Grace"]
    cast.bob.say(secret, "Neither this")
    cast.bob.say(cast.marketing, "But this")
    told = [await anext(events) for _ in range(4)]
    texts = [e["message"]["text"] for e in told if e["kind"] == "message"]
    assert texts == ["But this"]
    await events.aclose()


async def test_somebody_unknown_is_the_first_person(opened: Opened) -> None:
    events = opened.events("U-from-yesterday")
    assert (await anext(events))["me"] == opened.cast.ada.id
    await events.aclose()


# -- what is done -----------------------------------------------------------------------------


async def test_what_slack_would_say_is_handed_back(opened: Opened) -> None:
    ada, channel = opened.cast.ada.id, opened.cast.marketing.id
    wrong = {"command": "/nothing", "text": "", "channel": channel}
    answer = await opened.post("/moves/command", **{"as": ada}, **wrong)
    assert answer == {"ok": False, "shown": "/nothing is not a valid command."}
    gone = {"channel": channel, "ts": "1.000000"}
    answer = await opened.post("/moves/delete", **{"as": ada}, place=gone)
    assert answer == {"ok": False, "gone": "This message was deleted."}
    press = {"place": {"view": "V0"}, "block_id": "b", "action_id": "a"}
    answer = await opened.post("/moves/press", **{"as": ada}, **press)
    assert answer == {"ok": False, "gone": "This form was closed."}


async def test_what_comes_later_is_a_notice(opened: Opened) -> None:
    """The bot is away: a button is pressed at once, and what became of it is told."""
    core, channel = opened.stage.slack.core, opened.cast.marketing
    core.ack_seconds = 0.05
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    ts = core.workspace.new_ts()
    channel.add(Message(channel, ts, core.bot.id, "Press", blocks))
    events = opened.events(opened.cast.ada.id)
    await anext(events)
    place = {"channel": channel.id, "ts": ts}
    where = {"place": place, "block_id": "b", "action_id": "a"}
    assert (await opened.post("/moves/press", **{"as": opened.cast.ada.id}, **where))["ok"]
    async with asyncio.timeout(5):
        notice = await anext(e async for e in events if e["kind"] == "notice")
    assert "dispatch_failed" in notice["text"]
    await events.aclose()


async def test_only_ones_own_messages_are_edited(opened: Opened) -> None:
    ada, bob = opened.cast.ada, opened.cast.bob
    message = ada.say(opened.cast.marketing, "Helo")
    place = {"channel": opened.cast.marketing.id, "ts": message.ts}
    assert (await opened.post("/moves/edit", **{"as": ada.id}, place=place, text="Hello"))["ok"]
    refused = await opened.post("/moves/edit", **{"as": bob.id}, place=place, text="Bye")
    assert not refused["ok"]
    assert message.text() == "Hello"


async def test_a_deleted_message_leaves_the_page(opened: Opened) -> None:
    events = opened.events(opened.cast.bob.id)
    await anext(events)
    message = opened.cast.ada.say(opened.cast.marketing, "Never mind")
    place = {"channel": opened.cast.marketing.id, "ts": message.ts}
    await opened.post("/moves/delete", **{"as": opened.cast.ada.id}, place=place)
    gone = await anext(e async for e in events if e["kind"] == "gone")
    assert gone["ts"] == message.ts
    await events.aclose()


# -- files ------------------------------------------------------------------------------------

SRT = """\ufeff1
00:00:00,000 --> 00:00:01,500
Tom & Jerry <3

2
00:00:01,500 --> 00:00:02,000
1,000 things
""".replace("\n", "\r\n")


def test_captions_are_what_a_browser_plays() -> None:
    assert webvtt(SRT).splitlines() == [
        *("WEBVTT", "", "1", "00:00:00.000 --> 00:00:01.500", "Tom &amp; Jerry &lt;3", ""),
        *("2", "00:00:01.500 --> 00:00:02.000", "1,000 things"),
    ]


async def test_files_are_played_read_or_downloaded_but_never_run(opened: Opened) -> None:
    space = opened.stage.slack.workspace
    for name, kind in (
        ("a.mp4", "video/mp4"),
        ("a.srt", "application/x-subrip"),
        ("a.html", "text/html"),
    ):
        path = space.folder / name
        path.write_text(SRT)
        space.files[name] = StoredFile(
            name, name, name, "", 4, path, opened.cast.ada.id, 0.0, True, True, kind
        )
    async with opened.http.get(f"{opened.origin}/files/a.srt/captions.vtt") as answer:
        assert answer.content_type == "text/vtt"
    ranged = {"Range": "bytes=0-3"}
    async with opened.http.get(f"{opened.origin}/files/a.mp4/a.mp4", headers=ranged) as answer:
        assert (answer.status, answer.content_type) == (206, "video/mp4")
    async with opened.http.get(f"{opened.origin}/files/a.html/a.html") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
    async with opened.http.get(f"{opened.origin}/files/none/a.mp4") as answer:
        assert answer.status == 404


# -- the inspector ----------------------------------------------------------------------------


async def armed(events: AsyncGenerator[Json, None]) -> list[str]:
    """The switches that are on, as the next status says."""
    status = await anext(e async for e in events if e["kind"] == "status")
    return [one["id"] for one in status["faults"] if one["on"]]


async def test_a_switch_strikes_once_and_shows_it(opened: Opened) -> None:
    segmind = opened.stage.segmind
    await opened.post("/faults/segmind-429", on=True)
    events = opened.events(opened.cast.ada.id)
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


async def test_the_wire_keeps_bodies_but_no_keys(opened: Opened) -> None:
    slack, segmind = opened.stage.slack, opened.stage.segmind
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    await status_of(f"{slack.api_url}auth.test", "POST", data={"token": slack.bot_token})
    await status_of(f"{slack.api_url}chat.postMessage", "POST", json={"text": "x"}, headers=headers)
    key = {"x-api-key": segmind.api_key}
    url = f"{segmind.url}/v2/heygen-avatar-v"
    await status_of(url, "POST", json={"prompt": "Hello."}, headers=key)
    calls = []
    for number in range(3):
        async with opened.http.get(f"{opened.origin}/wire/{number}") as answer:
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
    async with opened.http.get(f"{opened.origin}/wire/99") as answer:
        assert answer.status == 404


async def test_each_clock_has_its_own_idea_of_how_long_a_render_takes(tmp_path: Path) -> None:
    stage, cast = stage_for(tmp_path, 0.2)

    async def ask(script: str, words: str) -> None:
        await cast.ada.command("/avatar", script, cast.marketing)
        assert await (await cast.ada.modal()).submit() == {}
        await cast.marketing.wait_for(lambda m: script in m.text() and words in m.text(), 15)

    async with stage, Page(stage, cast.grace) as page:
        for script in ("One.", "Two.", "Three."):  # enough for the bot to trust their pace
            await ask(script, "Ready")
        await page.switches.set_clock(real=True)
        await ask("In real time.", "of about 2:20")
