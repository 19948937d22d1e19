"""Footage that takes more memory than there is, and what waits for it."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.slack import SlackStandIn
from bot.video.ffmpeg import MOST_KILLED
from tests.support.conversations import told
from tests.support.files.programs import (
    IS_FULL,
    IS_KILLED,
    IS_STOPPED,
    KILLS_THE_BOT,
    WAITS,
    Program,
)
from tests.support.processes.bot_process import end_by_itself, held_stage
from tests.support.twins.asking import ASKS, twin_form
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, FAST, PATIENCE, StartBot, Workspace

REENCODES = "fps=30"
OFTEN_KILLED = "I was stopped three times while I read a file"


async def ask(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    assert await form.submit() == {}


def replace_ffmpeg(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> Program:
    program = Program(folder / "program", REENCODES, does)
    for name, value in program.setting.items():
        monkeypatch.setenv(name, value)
    program.switch(on=True)
    return program


async def test_footage_that_kills_the_bot_is_given_up(tmp_path: Path, films: Path) -> None:
    program = Program(tmp_path / "program", REENCODES, KILLS_THE_BOT)
    program.switch(on=True)
    stage = held_stage(tmp_path, films, **program.setting)
    ada, bob, grace = (stage.slack.person(name) for name in ("Ada", "Bob", ADMIN))
    stage.settings["ADMIN_USER_IDS"] = grace.id
    async with stage:
        form = await twin_form(ada, bob, stage.slack.channel("marketing"), "B")
        assert await form.submit() == {}
        for _ in range(MOST_KILLED):
            await end_by_itself(stage)
            await stage.start_bot()
        message = await told(ada, OFTEN_KILLED)
        assert "Use a smaller file" in message.text()
        assert "Nothing was charged." in message.text()
        await told(grace, OFTEN_KILLED)
        assert not [m for m in bob.direct().messages() if ASKS in m.text()]
        assert program.begun == MOST_KILLED


async def test_after_some_kills_footage_can_still_be_shown(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await workspace.bot.render_schedule.stop()
    await ask(workspace)
    with closing(sqlite3.connect(workspace.settings.log_path, timeout=10)) as db, db:
        db.execute("UPDATE twins SET tries = ?", (MOST_KILLED - 1,))
    workspace.bot.render_schedule.start()
    await told(slack.person("Bob"), ASKS)
    await wait_until(lambda: twins(workspace)[0]["state"] == "asked")
    assert twins(workspace)[0]["tries"] == 0, "it is about what comes next from here on"


@pytest.mark.parametrize(
    ("does", "why", "begun"),
    [
        (IS_KILLED, OFTEN_KILLED, MOST_KILLED),
        (IS_STOPPED, OFTEN_KILLED, MOST_KILLED),
        (IS_FULL, "The disk of the bot's machine is full.", 1),
    ],
    ids=["killed", "stopped", "full"],
)
async def test_what_is_wrong_with_the_machine_is_not_said_of_the_footage(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    does: str, why: str, begun: int,
) -> None:  # fmt: skip
    program = replace_ffmpeg(tmp_path, monkeypatch, does)
    workspace = await start_bot()
    await ask(workspace)
    message = await told(workspace.ada, why)
    assert "Nothing was charged." in message.text()
    await told(slack.person(ADMIN), why)
    assert program.begun == begun


@pytest.mark.parametrize("code", [255, 228])
async def test_what_is_wrong_with_the_footage_is_not_said_of_the_machine(
    start_bot: StartBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Of errors ffmpeg's exit code has only the last eight bits."""
    program = replace_ffmpeg(tmp_path, monkeypatch, f"exit {code}")
    workspace = await start_bot()
    await ask(workspace)
    await told(workspace.ada, "can't be played to its end")
    assert program.begun == 1


async def test_waiting_for_the_footage_of_others_does_not_count_in_an_attempt(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three, two take as long as an attempt may."""
    monkeypatch.setattr("handlers.twins.MAKING_SECONDS", 4.0 / FAST)
    monkeypatch.setattr("handlers.twins.making.LONGEST_SHOWING", timedelta(0))
    program = replace_ffmpeg(tmp_path, monkeypatch, WAITS)
    workspace = await start_bot()
    people = {"Ada": "Bob", "Carol": "Eve", "Dan": "Frank"}
    for name, shown in people.items():
        form = await twin_form(
            slack.person(name), slack.person(shown), workspace.marketing, f"{shown} at home"
        )
        assert await form.submit() == {}
    await wait_until(lambda: program.begun == len(people), PATIENCE)
    # The last one has as much time as it takes.
    monkeypatch.setattr("handlers.twins.making.LONGEST_SHOWING", timedelta(hours=1))
    program.switch(on=False)
    await wait_until(lambda: [row["state"] for row in twins(workspace)].count("asked") == 1)
    assert [row["state"] for row in twins(workspace)].count("failed") == len(people) - 1
