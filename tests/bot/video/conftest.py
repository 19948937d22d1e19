from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def saying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replaces ffmpeg by a program that says only this."""

    def say(said: str) -> None:
        (tmp_path / "said").write_text(said)
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\ncat '{tmp_path}/said' >&2\n")
        program.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))

    return say
