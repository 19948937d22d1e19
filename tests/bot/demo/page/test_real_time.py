"""The switch between sped-up and real time, with a real bot."""

import asyncio
from pathlib import Path

import pytest

from bot.demo.live import stage_for
from bot.demo.page import PageServer
from bot.demo.slack import Person
from bot.demo.stage import NOT_CONNECTED
from tests.support.workspace import PATIENCE


async def test_each_speed_has_its_own_estimate_of_a_render(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, team = stage_for(tmp_path, 0.2)

    async def ask(person: Person, script: str, expected: str) -> None:
        await person.command("/avatar", script, team.marketing)
        assert await (await person.modal()).submit() == {}
        await team.marketing.wait_for(
            lambda m: script in m.text() and expected in m.text(), PATIENCE
        )

    async with stage, PageServer(stage, team.grace) as page:
        await asyncio.gather(  # three renders are enough for the bot's own estimate
            ask(team.ada, "One.", "Ready"),
            ask(team.bob, "Two.", "Ready"),
            ask(team.grace, "Three.", "Ready"),
        )
        await page.switches.set_clock(real=True)
        await ask(team.ada, "In real time.", "usually about 2:20")

        # A bot that can't connect is shown as that, and the page goes on.
        stage.slack.sockets.open_elsewhere = 10
        monkeypatch.setattr("bot.demo.stage.START_SECONDS", 1.0)
        await page.switches.set_clock(real=False)
        assert page.switches.shown()["words"] == NOT_CONNECTED
