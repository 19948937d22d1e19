"""Consent is withdrawn while a video with a Digital Twin is posted, and the bot is killed then."""

import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.demo.segmind import AfterSeconds, AtOnce
from tests.support.processes import empty_databases
from tests.support.processes.bot_process import held_stage
from tests.support.processes.kills import AtSlackCall, Kill
from tests.support.twins.asking import make_video, ready_twin
from tests.support.workspace import wait_for_text

COMPLETE = "files.completeUploadExternal"


async def test_what_was_posted_is_deleted_at_the_next_start(
    tmp_path: Path, films: Path, templates: Path
) -> None:
    stage = held_stage(tmp_path / "data", films)
    stage.segmind.pace = AtOnce()
    empty_databases.prepare(stage.folder, templates)
    async with stage:
        slack = stage.slack
        bob, marketing = slack.person("Bob"), slack.channel("marketing")
        workspace = cast(Any, SimpleNamespace(
            slack=slack, segmind=stage.segmind, ada=slack.person("Ada"), marketing=marketing,
        ))  # fmt: skip
        question = await ready_twin(workspace, bob)
        stage.segmind.pace = AfterSeconds(2)
        card = await make_video(workspace, marketing, "Too late.")
        await wait_for_text(card, "Rendering")
        held = slack.faults.add(COMPLETE, slow=3)
        kill = Kill(stage, signal.SIGKILL)
        AtSlackCall(COMPLETE, "done").set_trap(kill)
        await slack.until(lambda: held not in slack.faults.waiting, 30)
        await bob.press("Withdraw consent", question)
        assert await kill.exit_code() < 0
        await stage.start_bot()
        await wait_for_text(card, "can't be used anymore")
        posted = [file for file in slack.workspace.files.values() if file.completed]
        assert len(posted) > 2, "the footage, the video and its captions"
        await slack.until(lambda: not [m for m in card.thread.replies() if m.files], 20)
