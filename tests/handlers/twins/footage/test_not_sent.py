"""Footage that can't be sent to Segmind: that is told, free, and tried again with one press."""

from datetime import timedelta
from math import inf

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bot.demo.segmind import Answer, SegmindStandIn
from bot.demo.slack import SlackStandIn
from tests.handlers.twins.footage.test_footage import drip, form_with_link
from tests.support.conversations import says, told
from tests.support.files.serve import served
from tests.support.limits import limit
from tests.support.twins.asking import ask_for_twin, footage
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace

BOTH = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])


async def allow(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    await bob.press("Allow", await ask_for_twin(workspace, bob))


@BOTH
async def test_it_waits_for_a_person_and_nobody_is_asked_again(
    start_bot: StartBot, segmind: SegmindStandIn, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, bob = workspace.ada, slack.person("Bob")
    segmind.faults.add("upload", Answer(500), times=inf)
    question = await ask_for_twin(workspace, bob)
    await bob.press("Allow", question)
    message = await told(ada, "isn't made yet. I tried for ten minutes to send it")
    for words in ("Nothing was charged.", "@Bob has allowed it, and isn't asked again"):
        assert words in message.text()
    assert sum(call.path == "/upload-asset" for call in segmind.journal) == 8
    [twin] = twins(workspace)
    assert (twin["state"], twin["counted_usd"], twin["marked_at"]) == ("not_sent", 0, "")
    assert "Withdraw consent" in question.buttons()
    asked = len(bob.direct().messages())
    segmind.faults.clear()
    await ada.press("Try again", message)
    await told(ada, "is ready: choose it")
    await wait_until(lambda: not message.buttons())
    assert len(bob.direct().messages()) == asked
    assert len(segmind.bill) == 1


async def test_it_is_told_each_time(workspace: Workspace, segmind: SegmindStandIn) -> None:
    segmind.faults.add("upload", Answer(500), times=inf)
    await allow(workspace)
    ada = workspace.ada
    first = await told(ada, "isn't made yet")
    await ada.press("Try again", first)
    second = await ada.direct().wait_for(lambda m: "isn't made yet" in m.text() and m != first)
    assert second.buttons() == ["Try again"]
    assert "couldn't be sent to Segmind at first" in first.text()


async def test_trying_again_counts_toward_the_budget(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("upload", Answer(500), times=inf)
    await allow(workspace)
    message = await told(workspace.ada, "isn't made yet")
    await limit(workspace, "workspace", 1)
    await workspace.ada.press("Try again", message)
    ada = workspace.ada
    await ada.wait_for_ephemeral(ada.direct(), says("costs $1.25, but only $1"))
    assert twins(workspace)[0]["state"] == "not_sent"


async def test_without_the_model_an_admin_hears_of_it(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.add("twin", Answer(404), times=2)  # v2 and v1
    await allow(workspace)
    message = await told(workspace.ada, "Segmind has no avatar model at the address")
    await told(slack.person("Grace"), "Segmind has no avatar model at the address")
    await workspace.ada.press("Try again", message)
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_it_can_be_withdrawn(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    segmind.faults.add("upload", Answer(500), times=inf)
    question = await ask_for_twin(workspace, bob)
    await bob.press("Allow", question)
    message = await told(workspace.ada, "isn't made yet")
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent to")
    await wait_until(lambda: not message.buttons())
    assert segmind.bill == []


async def test_only_whoever_asked_for_it_tries_again(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.add("upload", Answer(500), times=inf)
    await allow(workspace)
    message = await told(workspace.ada, "isn't made yet")
    carol = slack.person("Carol")
    await carol.press("Try again", message)
    await told(carol, "Only the person who asked for this Digital Twin can do that.")
    assert twins(workspace)[0]["state"] == "not_sent"


async def test_a_segmind_out_of_reach_is_not_tried_without_end(
    start_bot: StartBot, segmind: SegmindStandIn
) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    workspace = await start_bot(SEGMIND_API_URL=nowhere, SEGMIND_UPLOAD_URL=segmind.url)
    await allow(workspace)
    await told(workspace.ada, "isn't made yet. I tried for ten minutes")
    [twin] = twins(workspace)
    assert (twin["state"], twin["counted_usd"], twin["marked_at"]) == ("not_sent", 0, "")


async def test_footage_behind_a_link_does_not_fill_the_disk(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was tried without end, and nobody heard of it."""
    monkeypatch.setattr("bot.downloads.saving.LEAST_FREE", 1 << 62)
    monkeypatch.setattr("handlers.twins.making.LONGEST_UNREACHABLE", timedelta(0))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=footage().read_bytes())

    async with served(answer) as url:
        form = await form_with_link(workspace, url)
        assert await form.submit() == {}
        message = await told(workspace.ada, "couldn't be made")
    assert "The disk of the bot's machine is full." in message.text()
    assert "Nothing was charged." in message.text()
    assert not [r for r in caplog.records if r.exc_info]


async def test_footage_that_takes_too_long_is_not_tried_without_end(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that was cut off says nothing of why."""
    monkeypatch.setattr("handlers.twins.MAKING_SECONDS", 10.0)
    monkeypatch.setattr("handlers.twins.making.LONGEST_SHOWING", timedelta(0))
    workspace = await start_bot()
    async with served(drip) as url:
        form = await form_with_link(workspace, url)
        assert await form.submit() == {}
        message = await told(workspace.ada, "I couldn't show the footage to the person in it.")
    assert "Nothing was charged." in message.text()
