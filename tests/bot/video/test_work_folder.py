"""What a killed process leaves on the disk is deleted at the next start, and nothing else."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.video.work_folder import PREFIXES, results_folder, work_folder
from tests.support.workspace import StartBot

WORKER = """
import pathlib, sys, time
from bot.video.work_folder import work_folder
with work_folder(pathlib.Path(sys.argv[1]), "publish-") as folder:
    (folder / "copy.mp4").write_bytes(b"video")
    print(folder, flush=True)
    time.sleep(60)
"""


def left(folder: Path) -> Path:
    """A folder as a kill a minute ago left it."""
    folder.mkdir(parents=True)
    (folder / "video").write_bytes(b"video")
    os.utime(folder, (time.time() - 60,) * 2)
    return folder


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_what_a_kill_left_is_deleted_at_the_start(
    start_bot: StartBot, http: bool, prefix: str
) -> None:
    workspace = await start_bot(http=http)
    await workspace.bot.__aexit__(None, None, None)
    data = workspace.settings.data_dir
    old, other = left(data / f"{prefix}1"), left(data / "results" / f"{prefix}2")
    kept = left(data / "mine")
    await start_bot(http=http)
    assert (old.exists(), other.exists(), kept.exists()) == (False, False, True)


def test_a_folder_in_which_a_process_works_is_kept(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with worker:
        assert worker.stdout
        folder = Path(worker.stdout.readline().strip())
        os.utime(folder, (time.time() - 60,) * 2)
        results_folder(tmp_path)
        assert (folder / "copy.mp4").exists()
        worker.kill()
        worker.wait()
    results_folder(tmp_path)
    assert not folder.exists()


def test_a_link_to_another_folder_is_not_followed(tmp_path: Path) -> None:
    other = left(tmp_path / "other")
    data = tmp_path / "data"
    data.mkdir()
    (data / "face-1").symlink_to(other)
    results_folder(data)
    assert (other / "video").exists()


def test_it_is_gone_afterwards(tmp_path: Path) -> None:
    with work_folder(tmp_path, "face-") as folder:
        (folder / "face.png").write_bytes(b"picture")
        results_folder(tmp_path)
        assert folder.exists()
    assert not folder.exists()


def test_what_a_kill_left_half_saved_is_deleted_after_a_day(tmp_path: Path) -> None:
    results = results_folder(tmp_path)
    for name, hours in (("T1.part", 25), ("T2.part", 1), ("T3", 25)):
        (results / name).write_bytes(b"half of a video")
        os.utime(results / name, (time.time() - hours * 3600,) * 2)
    results_folder(tmp_path)
    assert sorted(path.name for path in results.iterdir()) == ["T2.part", "T3"]
