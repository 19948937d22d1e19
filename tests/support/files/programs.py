"""An ffmpeg to which something happens."""

from pathlib import Path

import imageio_ffmpeg

SCRIPT = """#!/bin/sh
if [ -e {folder}/on ]; then case "$*" in *"{what}"*)
    echo >> {folder}/begun
    {does};;
esac; fi
exec {ffmpeg} "$@"
"""
KILLS_THE_BOT = "kill -9 $PPID; exit 1"  # as a kernel does where they share their memory
IS_KILLED = "kill -9 $$"
# By SIGTERM, as systemd sends it to all at a stop.
IS_STOPPED = "echo 'Exiting normally, received signal 15.' >&2; exit 255"
IS_FULL = "echo 'Error writing trailer: No space left on device' >&2; exit 228"
WAITS = "while [ -e {folder}/on ]; do sleep 0.1; done"


class Program:
    """`setting`: for the environment of the bot. It does that to whatever runs with the words
    `what`, while it is `on`."""

    def __init__(self, folder: Path, what: str, does: str) -> None:
        folder.mkdir(exist_ok=True)
        path, self._begun, self._on = (folder / name for name in ("ffmpeg", "begun", "on"))
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        does = does.format(folder=folder)
        path.write_text(SCRIPT.format(folder=folder, what=what, does=does, ffmpeg=ffmpeg))
        path.chmod(0o700)
        self.setting = {"IMAGEIO_FFMPEG_EXE": str(path)}

    def switch(self, *, on: bool) -> None:
        if on:
            self._on.touch()
        else:
            self._on.unlink()

    @property
    def begun(self) -> int:
        """How often."""
        return self._begun.read_text().count("\n") if self._begun.exists() else 0
