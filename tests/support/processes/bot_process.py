"""A stage whose bot is a separate process, so that a test can kill it."""

import asyncio
from math import inf
from pathlib import Path

from bot.demo.segmind import AfterSeconds, SegmindStandIn
from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.support.processes import fork_server
from tests.support.processes.ports import free_port
from tests.support.workspace import PATIENCE, be_patient

HELD = AfterSeconds(inf)  # no render ends until another pace is set


def held_stage(folder: Path, films: Path, **settings: str) -> Stage:
    # At the default of a key, which the bot's clock does not scale, it would wait for each request.
    limits = {"SEGMIND_REQUESTS_PER_MINUTE": "6000", "TYPICAL_RENDER_SECONDS": "20"}
    settings = limits | settings | {"PORT": str(free_port())}
    stage = Stage(folder, http=False, **settings)
    stage.bot.scale, stage.bot.launch = 0.02, fork_server.launch
    be_patient(stage.slack)
    stage.segmind = SegmindStandIn(films)
    stage.segmind.pace = HELD
    return stage


async def ask_on(stage: Stage, script: str, name: str = "Ada") -> Message:
    """The card of a new request in #marketing."""
    marketing, person = stage.slack.channel("marketing"), stage.slack.person(name)
    await person.command("/avatar", script, marketing)
    assert await (await person.modal()).submit() == {}
    return await marketing.wait_for(lambda m: not m.thread_ts and script in m.text())


async def kill(stage: Stage) -> None:
    """Slack knows of it, too: otherwise the next bot would seem to be connected already."""
    await stage.bot.kill()
    await stage.slack.until(lambda: not stage.slack.sockets.open)


async def end_by_itself(stage: Stage) -> None:
    """As `kill`, once something else has killed it."""
    await asyncio.wait_for(stage.bot.ended(), PATIENCE)
    await stage.slack.until(lambda: not stage.slack.sockets.open)
