"""Credits that suffice for some of those who wait."""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import web

from bot.demo.segmind import Answer, AtOnce
from bot.demo.segmind.faults import Proceed
from bot.demo.slack import Message
from handlers.rendering import pause_watch
from tests.support.conversations import ask, ask_as, delivered, fresh_modal, submissions, told
from tests.support.processes.bot_process import HELD
from tests.support.twins.asking import ask_for_twin
from tests.support.workspace import ADMIN, PATIENCE, StartBot, Workspace, wait_for_text

RESUME = "I've topped up: resume"
LONG, LINK = "This is quite a long story. " * 20, "https://example.com/of-any-length.mp3"


class TooLong:
    """Segmind refuses the long one for want of credits."""

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        is_long = len((await request.json())["prompt"]) > 100
        return await (Answer(406).strike(request, proceed) if is_long else proceed())


async def ask_with_link(workspace: Workspace) -> Message:
    form = await fresh_modal(workspace)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.labels())
    await form.type("Audio URL instead of a script", LINK)
    await form.wait_for(lambda m: "a minute of audio" in m.text())
    assert await form.submit() == {}
    return await workspace.marketing.wait_for(lambda m: "of-any-length" in m.text())


@pytest.mark.parametrize("price", ["This costs about $3.11", "Nobody knows beforehand"])
async def test_what_is_too_dear_stops_nobody_elses_video(start_bot: StartBot, price: str) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="1")
    segmind = workspace.segmind
    segmind.pace = HELD
    first = await wait_for_text(await ask(workspace, "The first."), "Rendering")
    is_known = "about" in price
    dear = await (ask(workspace, LONG) if is_known else ask_with_link(workspace))
    cheap = await ask(workspace, "The last.")
    await wait_for_text(cheap, "in line")
    segmind.pace = AtOnce()
    segmind.balance = 0.5
    segmind.faults.add("submit", Answer(406, "Not enough credits"))
    await workspace.ada.press("Stop waiting", first)
    await wait_for_text(
        dear, price, "but the Segmind account has only $0.50 left. Nothing was charged."
    )
    assert "Try again" in dear.buttons()
    await told(workspace.slack.person(ADMIN), "needs to top up")
    await delivered(cheap)


async def test_a_twin_that_is_too_dear_stops_nobodys_video(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="1")
    segmind, bob = workspace.segmind, workspace.slack.person("Bob")
    segmind.pace = HELD
    first = await wait_for_text(await ask(workspace, "The first."), "Rendering")
    cheap = await ask(workspace, "The last.")
    question = await ask_for_twin(workspace, bob)
    segmind.balance = 0.5
    segmind.faults.add("twin", Answer(406, "Not enough credits"))
    await bob.press("Allow", question)
    await told(workspace.ada, "This costs about $1.25, but the Segmind account has only $0.50 left")
    await told(workspace.slack.person(ADMIN), "needs to top up")
    segmind.pace = AtOnce()
    await workspace.ada.press("Stop waiting", first)
    await delivered(cheap)


async def test_where_a_usual_video_could_be_made_nobody_has_to_top_up(workspace: Workspace) -> None:
    await delivered(await ask(workspace, "A usual one."))
    workspace.segmind.balance = 0.5
    workspace.segmind.faults.add("submit", TooLong())
    dear = await wait_for_text(await ask(workspace, LONG), "has only $0.50 left")
    assert "Try again" in dear.buttons()
    await delivered(await ask(workspace, "The next one."))


async def test_whoever_resumes_in_vain_keeps_nobody_else_from_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pause_watch, "TRY_SOON", timedelta(0))
    segmind, ada, bob = workspace.segmind, workspace.ada, workspace.slack.person("Bob")
    segmind.balance = 0.5
    segmind.faults.add("submit", TooLong(), times=math.inf)
    dear = await wait_for_text(await ask(workspace, LONG), "out of credits")
    async with asyncio.timeout(PATIENCE):
        while not any("too few credits" in m.text() for m in ada.ephemerals(dear.channel)):
            with suppress(LookupError):  # the queue has resumed: there is no such button just now
                await ada.press(RESUME, dear)
            await asyncio.sleep(0.2)
    assert submissions(workspace) == 2
    cheap = await wait_for_text(await ask_as(workspace, bob, "Bob's."), "out of credits")
    await bob.press(RESUME, cheap)
    await delivered(cheap)
