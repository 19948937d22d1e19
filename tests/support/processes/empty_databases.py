"""A job queue that is set up but empty, copied so that each test need not set up its own.

On a new file the engine creates its tables, and looks for new queues only once a second: the first
render of every test would wait for that. On a file that already has the queues, it starts at once.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

JOBS_FILE = "jobs.db"


def prepare(data_dir: Path, template: Path) -> None:
    """Puts a copy of the template into a data folder that has no job queue, if there is one yet."""
    jobs_file = data_dir / JOBS_FILE
    if template.exists() and not jobs_file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, jobs_file)


def save_template(data_dir: Path, template: Path) -> None:
    """Keeps the queue of a bot that has just started, before its first job, as the template."""
    jobs_file = data_dir / JOBS_FILE
    if template.exists() or not jobs_file.exists():
        return
    with tempfile.TemporaryDirectory(dir=template.parent) as folder:
        copy = Path(folder, JOBS_FILE)
        with closing(sqlite3.connect(jobs_file)) as db:
            db.execute("VACUUM INTO ?", (str(copy),))
        with closing(sqlite3.connect(copy)) as db:
            is_empty = db.execute("SELECT count(*) FROM workflow_status").fetchone() == (0,)
        if is_empty:
            os.replace(copy, template)
