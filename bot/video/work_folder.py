"""Folders in which videos are on the disk for a while. What a kill leaves is deleted later."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

LEFT_OVER_SECONDS = 24 * 3600


@contextmanager
def work_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """An empty folder, for as long as the context lasts. `prefix` begins its name."""
    with TemporaryDirectory(prefix=prefix, dir=parent) as name:
        yield Path(name)


def remove_left_over(parent: Path, prefix: str) -> None:
    """Deletes the folders of this prefix that a killed process left."""
    for folder in parent.glob(f"{prefix}*"):
        if time.time() - folder.stat().st_mtime > LEFT_OVER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
