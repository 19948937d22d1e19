"""A failure that can't be reported yet: the card keeps its buttons, and nobody else waits."""

from pathlib import Path

import pytest

from bot.demo.segmind import Answer, AtOnce
from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.support.conversations import ask, delivered
from tests.support.processes.bot_process import HELD, ask_on, held_stage, kill
from tests.support.workspace import StartBot, wait_for_text


@pytest.fixture
def stage(tmp_path: Path, films: Path) -> Stage:
    return held_stage(tmp_path, films, RENDER_TIMEOUT_MINUTES="0.02")


async def too_late(stage: Stage) -> Message:
    """The card of a render that was given up, which nobody can be told: Slack takes no message."""
    card = await ask_on(stage, "The paid one.")
    stage.slack.faults.add("chat.postMessage", status=503, times=None)
    return await wait_for_text(card, "I stopped waiting")


async def killed_and_back(stage: Stage) -> None:
    await kill(stage)
    stage.slack.faults.clear()
    stage.segmind.pace = AtOnce()
    await stage.start_bot()


async def test_a_kill_during_a_failure_report_keeps_the_free_button(stage: Stage) -> None:
    async with stage:
        card = await too_late(stage)
        await killed_and_back(stage)
        await card.channel.wait_for(lambda m: m.thread_ts and "stopped waiting" in m.text())
        assert card.buttons() == ["Check again (free)", "Change and retry"]
        await stage.slack.person("Ada").press("Check again (free)", card)
        await delivered(card)
        assert len(stage.segmind.bill) == 1


async def test_a_kill_during_a_failure_report_does_not_fail_the_next_run(stage: Stage) -> None:
    async with stage:
        card = await too_late(stage)
        await stage.slack.person("Ada").press("Check again (free)", card)
        await wait_for_text(card, "Rendering")
        await killed_and_back(stage)
        await delivered(card)
        assert len(stage.segmind.bill) == 1


async def test_a_failure_report_does_not_hold_up_the_queue(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1")
    workspace.segmind.pace = HELD
    first = await wait_for_text(await ask(workspace, "The first one."), "Rendering")
    second = await wait_for_text(await ask(workspace, "The second one."), "next in line")
    workspace.slack.faults.add("chat.postMessage", status=503, times=None)
    workspace.segmind.faults.add("status", Answer(422, body={"status": "FAILED"}))
    await wait_for_text(first, "Segmind couldn't render this video")
    await wait_for_text(second, "Rendering")
    workspace.slack.faults.clear()
    await workspace.marketing.wait_for(
        lambda m: m.thread_ts == first.ts and "couldn't render" in m.text()
    )
