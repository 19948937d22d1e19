"""The story that `python -m bot demo --once` plays, over both transports."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from bot.demo import story
from bot.demo.stage import ROOT, BotProcess


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_story_ends_with_nothing_missing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    http: bool,
) -> None:
    monkeypatch.setattr(story, "FOLDER", tmp_path / "demo")
    monkeypatch.setattr(story, "RENDER_SECONDS", 0.5)
    code = await story.once(http=http)
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    for words in ("@Ada asks for your sign-off", "presses Sign off (0 videos were made before)",
                  "Bob replies in the thread: 0:02 too fast", "Replaces take 1",
                  "Shared in #news by @Ada", "approved"):  # fmt: skip
        assert words in told.out
    assert len(list((tmp_path / "demo").glob("*.mp4"))) == 2


async def test_the_story_of_a_short_script(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The goodbye is more than a third of it, so take 2 shows a new script, and no diff."""
    monkeypatch.setattr(story, "FOLDER", tmp_path / "demo")
    monkeypatch.setattr(story, "RENDER_SECONDS", 0.5)
    code = await story.once("Hi")
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    assert "New script" in told.out


async def test_the_stand_ins_print_a_complete_env_file(tmp_path: Path) -> None:
    stands = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--stand-ins"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert stands.stdout
    try:
        async with asyncio.timeout(20):
            printed = (await stands.stdout.readuntil(b"Ctrl-C")).decode()
        settings = dict(re.findall(r"^([A-Z_]+)=(.*)$", printed, re.MULTILINE))
        assert settings["DATA_DIR"] == str(ROOT / "demo-output" / "stand-ins")
        # A test leaves nothing behind. As in a fresh clone, the folder isn't there.
        settings["DATA_DIR"] = str(tmp_path / "stand-ins")
        said = await BotProcess(settings, tmp_path / "bot.log").command("check")
    finally:
        stands.terminate()
        await stands.wait()
    assert "Everything is ready" in said
    assert "1 will be told about problems" in said
