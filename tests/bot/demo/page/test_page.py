"""The page's server, without a browser: access, events, actions and files."""

import asyncio

from bot.demo.page.captions import webvtt
from bot.demo.slack import Message, StoredFile
from tests.bot.demo.page.opened import Opened, status_of

# -- access -----------------------------------------------------------------------------------


async def test_the_page_opens_only_with_the_token_of_the_link(opened: Opened) -> None:
    for path in ("/", "/events", "/static/js/main.js", "/calls/0", "/?token=guess"):
        assert await status_of(f"{opened.origin}{path}") == 403, path
    assert await status_of(f"{opened.origin}/actions/say", "POST", json={}) == 403
    async with opened.http.get(f"{opened.origin}/") as answer:
        assert answer.status == 200
        assert "token" not in str(answer.url)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_the_link_that_a_browser_is_started_with_works_once(opened: Opened) -> None:
    """Others on this machine see it in the list of processes."""
    older, link = opened.page.link_for_once(), opened.page.link_for_once()
    assert opened.page.link not in (older, link)
    found = [await status_of(one, allow_redirects=False) for one in (older, link, link)]
    assert found == [403, 303, 403]


async def test_a_foreign_host_name_is_refused(opened: Opened) -> None:
    """DNS rebinding: a page of somebody else, whose name now means 127.0.0.1."""
    async with opened.http.get(f"{opened.origin}/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403


async def test_requests_of_other_pages_are_refused(opened: Opened) -> None:
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        url = f"{opened.origin}/bot/kill"
        async with opened.http.post(url, json={}, headers=headers) as answer:
            assert answer.status == 403


async def test_only_the_pages_own_files_are_served(opened: Opened) -> None:
    for path in ("/static/../server.py", "/static/js/%2e%2e/%2e%2e/server.py", "/static/js/no.js"):
        async with opened.http.get(f"{opened.origin}{path}") as answer:
            assert answer.status in (403, 404), path


# -- what is told -----------------------------------------------------------------------------


async def test_a_person_gets_only_events_that_they_may_see(opened: Opened) -> None:
    stage, team = opened.stage, opened.team
    secret = stage.slack.channel("secret", private=True, people=[team.bob])
    team.bob.say(secret, "Not for Ada")
    events = opened.events(team.ada.id)
    first = await anext(events)
    assert first["kind"] == "everything"
    assert {c["name"] for c in first["channels"] if c["kind"] != "im"} == {
        *("marketing", "training", "leads"),
    }
    assert [p["name"] for p in first["people"] if p["admin"]] == ["Grace"]
    team.bob.say(secret, "Neither this")
    team.bob.say(team.marketing, "But this")
    told = [await anext(events) for _ in range(4)]
    texts = [e["message"]["text"] for e in told if e["kind"] == "message"]
    assert texts == ["But this"]
    await events.aclose()


async def test_an_unknown_person_becomes_the_first_one(opened: Opened) -> None:
    events = opened.events("U-from-yesterday")
    assert (await anext(events))["me"] == opened.team.ada.id
    await events.aclose()


# -- what is done -----------------------------------------------------------------------------


async def test_an_action_returns_the_error_that_slack_would_show(opened: Opened) -> None:
    ada, channel = opened.team.ada.id, opened.team.marketing.id
    wrong = {"command": "/nothing", "text": "", "channel": channel}
    answer = await opened.post("/actions/command", **{"as": ada}, **wrong)
    assert answer == {"ok": False, "shown": "/nothing is not a valid command."}
    gone = {"channel": channel, "ts": "1.000000"}
    answer = await opened.post("/actions/delete", **{"as": ada}, container=gone)
    assert answer == {"ok": False, "gone": "This message was deleted."}
    press = {"container": {"view": "V0"}, "block_id": "b", "action_id": "a"}
    answer = await opened.post("/actions/press", **{"as": ada}, **press)
    assert answer == {"ok": False, "gone": "This form was closed."}


async def test_a_late_failure_is_shown_as_a_notice(opened: Opened) -> None:
    """The bot is away: a button is pressed at once, and what became of it is told."""
    installation, channel = opened.stage.slack.installation, opened.team.marketing
    installation.ack_seconds = 0.05
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    ts = installation.workspace.new_ts()
    channel.add(Message(channel, ts, installation.bot.id, "Press", blocks))
    events = opened.events(opened.team.ada.id)
    await anext(events)
    container = {"channel": channel.id, "ts": ts}
    where = {"container": container, "block_id": "b", "action_id": "a"}
    assert (await opened.post("/actions/press", **{"as": opened.team.ada.id}, **where))["ok"]
    async with asyncio.timeout(5):
        notice = await anext(e async for e in events if e["kind"] == "notice")
    assert "dispatch_failed" in notice["text"]
    await events.aclose()


async def test_only_the_author_can_edit_a_message(opened: Opened) -> None:
    ada, bob = opened.team.ada, opened.team.bob
    message = ada.say(opened.team.marketing, "Helo")
    container = {"channel": opened.team.marketing.id, "ts": message.ts}
    assert (
        await opened.post("/actions/edit", **{"as": ada.id}, container=container, text="Hello")
    )["ok"]
    refused = await opened.post("/actions/edit", **{"as": bob.id}, container=container, text="Bye")
    assert not refused["ok"]
    assert message.text() == "Hello"


async def test_a_deleted_message_leaves_the_page(opened: Opened) -> None:
    events = opened.events(opened.team.bob.id)
    await anext(events)
    message = opened.team.ada.say(opened.team.marketing, "Never mind")
    container = {"channel": opened.team.marketing.id, "ts": message.ts}
    await opened.post("/actions/delete", **{"as": opened.team.ada.id}, container=container)
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


def test_captions_are_converted_to_webvtt() -> None:
    assert webvtt(SRT).splitlines() == [
        *("WEBVTT", "", "1", "00:00:00.000 --> 00:00:01.500", "Tom &amp; Jerry &lt;3", ""),
        *("2", "00:00:01.500 --> 00:00:02.000", "1,000 things"),
    ]


async def test_files_are_played_or_downloaded_but_never_executed(opened: Opened) -> None:
    space = opened.stage.slack.workspace
    for name, kind in (
        ("a.mp4", "video/mp4"),
        ("a.srt", "application/x-subrip"),
        ("a.html", "text/html"),
    ):
        path = space.folder / name
        path.write_text(SRT)
        space.files[name] = StoredFile(
            name, name, name, "", 4, path, opened.team.ada.id, 0.0, True, True, kind
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
