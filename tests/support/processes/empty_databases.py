"""Databases that are set up but empty, so that not every test has to set up its own.

The tables of a new request log take 30 ms of CPU, and those of a new job queue 50. On a new file
DBOS also looks for new queues only once a second, which the first render of a test would wait for.
SQLAlchemy compiles the statements of DBOS once for each engine, which takes another 30 ms.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.demo.stage import Stage, until_alive
from bot.storage.sqlite_tables import open_database

LOG_FILE, JOBS_FILE = "avatar.db", "jobs.db"


def prepare(data_dir: Path, templates: Path) -> None:
    """Puts an empty request log and job queue into a data folder where they are missing.

    There is no queue yet before the first `save_queue`: only a bot can set it up.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    copy_log(data_dir / LOG_FILE, templates)
    jobs_file, template = data_dir / JOBS_FILE, templates / JOBS_FILE
    if template.exists() and not jobs_file.exists():
        shutil.copyfile(template, jobs_file)


def copy_log(path: Path, templates: Path) -> None:
    """Makes the file an empty request log, unless it exists."""
    template = templates / LOG_FILE
    if not template.exists():
        templates.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=templates) as folder:
            open_database(Path(folder, LOG_FILE)).close()
            os.replace(Path(folder, LOG_FILE), template)
    if not path.exists():
        shutil.copyfile(template, path)


async def save_queue_of(stage: Stage, templates: Path) -> None:
    """The same for a bot in a separate process, whose queue is set up after it has connected."""
    if "DATABASE_URL" not in stage.settings and not (templates / JOBS_FILE).exists():
        await until_alive(f"http://127.0.0.1:{stage.settings['PORT']}/readyz")
        save_queue(stage.folder, templates)


def save_queue(data_dir: Path, templates: Path) -> None:
    """Keeps the queue of a bot that has just started, before its first job, as the template."""
    jobs_file, template = data_dir / JOBS_FILE, templates / JOBS_FILE
    if template.exists() or not jobs_file.exists():
        return
    with tempfile.TemporaryDirectory(dir=templates) as folder:
        copy = Path(folder, JOBS_FILE)
        with closing(sqlite3.connect(jobs_file)) as db:
            db.execute("VACUUM INTO ?", (str(copy),))
        with closing(sqlite3.connect(copy)) as db:
            is_empty = db.execute("SELECT count(*) FROM workflow_status").fetchone() == (0,)
        if is_empty:
            os.replace(copy, template)


class CompiledStatements(dict[tuple[Any, ...], Any]):
    """SQLAlchemy's cache of compiled statements, for all engines of the same kind.

    SQLAlchemy puts the dialect first into the key, and each engine has its own. Those of the bots
    of a test run differ in nothing, so the name of their kind stands for it.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def share_compiled_statements() -> None:
    """From now on all engines of this process share one cache."""
    compiled = CompiledStatements()

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def _use_the_shared_cache(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=compiled)
