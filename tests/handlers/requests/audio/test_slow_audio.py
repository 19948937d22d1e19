"""One person's files, however long ffmpeg takes for them, don't hold up those of the others."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from bot.demo.slack import SlackStandIn
from tests.handlers.requests.audio.forms import own_audio_form
from tests.support.files.sounds import FIELD, sound
from tests.support.waiting import wait_until
from tests.support.workspace import PATIENCE, StartBot

# An ffmpeg that doesn't finish with a wav while the file `slow` is there.
SLOW_WITH_WAV = """#!/bin/sh
case "$*" in *"-f wav"*)
    echo >> {folder}/begun
    while [ -e {folder}/slow ]; do sleep 0.1; done;;
esac
exec {ffmpeg} "$@"
"""


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_slow_files_of_one_person_delay_nobody_else(
    start_bot: StartBot,
    slack: SlackStandIn,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    http: bool,
) -> None:
    workspace, mallory = await start_bot(http=http), slack.person("Mallory")
    slow, begun, script = (tmp_path / name for name in ("slow", "begun", "ffmpeg"))
    files = [sound(tmp_path / f"{n}.wav", 1 + n) for n in range(3)]
    quick = sound(tmp_path / "quick.mp3", 2)
    script.write_text(SLOW_WITH_WAV.format(folder=tmp_path, ffmpeg=imageio_ffmpeg.get_ffmpeg_exe()))
    script.chmod(0o700)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(script))
    slow.touch()
    for file in files:
        said = mallory.send_file(workspace.marketing, file, voice=True)
        await mallory.shortcut("Make an avatar video", said)
    await wait_until(begun.exists, PATIENCE)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, quick)
    assert await form.submit() == {}
    assert "Your audio is 0:02 long." in form.text()
    assert begun.read_text() == "\n", "one of hers at a time"
    slow.unlink()
    await wait_until(lambda: begun.read_text().count("\n") == len(files), PATIENCE)
