"""Folders in DATA_DIR in which videos are for a while, and what a kill leaves of them."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

FOOTAGE, PUBLISH, FACE = PREFIXES = ("footage-", "publish-", "face-")
NEW_SECONDS = 1.0  # a folder that has just been made isn't locked yet
# On disks that know no locks, such as some on a network, only its age tells that nobody uses one.
UNUSED_SECONDS = 24 * 3600


@contextmanager
def work_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """An empty folder, for as long as the context lasts. `prefix`: one of PREFIXES.

    It is locked meanwhile. The system releases the lock of a process that was killed.
    """
    with TemporaryDirectory(prefix=prefix, dir=parent) as name:
        folder = os.open(name, os.O_RDONLY)
        try:
            with suppress(OSError):
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(name)
        finally:
            os.close(folder)


def results_folder(data_dir: Path) -> Path:
    """The folder of results that aren't delivered yet.

    Deletes the folders of killed processes, and what they had only half saved.
    """
    results = data_dir / "results"
    results.mkdir(parents=True, exist_ok=True)
    for parent in (data_dir, results):
        for prefix in PREFIXES:
            for folder in parent.glob(f"{prefix}*"):
                with suppress(OSError):  # it is gone meanwhile, or isn't ours to delete
                    if not _is_used(folder):
                        shutil.rmtree(folder)
    for part in results.glob("*.part"):  # see `save_file`
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > UNUSED_SECONDS:
                part.unlink()
    return results


def _is_used(folder: Path) -> bool:
    """Whether a process works in it. Raises OSError."""
    age = time.time() - folder.stat().st_mtime
    if age < NEW_SECONDS:
        return True
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return age < UNUSED_SECONDS
    finally:
        os.close(opened)
    return False
