"""Keeps files with tokens and scripts readable only by the bot's own user."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.settings.env_file import ENV_FILE


def keep_new_files_private() -> None:
    """From here on, what this process creates can't be read by other users of the machine."""
    os.umask(0o077)


def exposed(data_dir: Path) -> Iterator[tuple[Path, str]]:
    """What others on this machine can read or change, and the command that fixes it.

    A database is named only if its folder lets others in: an older version created it so.
    """
    if os.name != "posix":
        return
    if _is_open(env_file := Path(ENV_FILE)):
        yield env_file, f"chmod 600 {ENV_FILE}"
    if not _is_open(data_dir):
        return
    yield data_dir, f"chmod 700 {shlex.quote(str(data_dir))}"
    for path in sorted(data_dir.glob("*.db*")):
        if _is_open(path):
            yield path, f"chmod 600 {shlex.quote(str(path))}"


def _is_open(path: Path) -> bool:
    """Whether all users have access. Access for a group is deliberate, as on mounted volumes."""
    try:
        return bool(path.stat().st_mode & stat.S_IRWXO)
    except OSError:  # it doesn't exist, which is reported elsewhere
        return False
