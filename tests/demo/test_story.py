"""The story that `python -m bot demo --once` plays, over both transports."""

from pathlib import Path

import pytest

from bot.demo import story


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_story_ends_with_all_that_was_promised(
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
    for words in ("Bob replies in the thread: 0:02 too fast", "It replaces take 1",
                  "Shared in #news by @Ada", "approved"):  # fmt: skip
        assert words in told.out
    assert len(list((tmp_path / "demo").glob("*.mp4"))) == 2
