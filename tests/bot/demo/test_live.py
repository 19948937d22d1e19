"""The commands that are used next to the demo of the page."""

import asyncio
import sys
from pathlib import Path

from bot.demo.live import write_settings
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import ROOT, settings_for


async def test_a_shell_gives_other_commands_the_settings_of_the_demo(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir(mode=0o700)
    env = write_settings(folder, settings_for(slack, segmind, folder))
    assert env.stat().st_mode & 0o077 == 0
    check = await asyncio.create_subprocess_shell(
        f"set -a; . '{env}'; '{sys.executable}' -m bot check", cwd=ROOT, env={},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await check.communicate()
    assert "Everything is ready" in said.decode()
    assert f"{folder}, " in said.decode()
