"""The request log on both stores: a test that takes `log` runs twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.request_log.log import RequestLog
from tests.support.processes import empty_databases
from tests.support.processes.postgres import PostgresServer
from tests.support.request_log import Location


@pytest.fixture(params=["sqlite", "postgres"])
def location(request: pytest.FixtureRequest, tmp_path: Path, templates: Path) -> Location:
    """Nothing is there yet, unless the test takes `log`: then its tables are."""
    takes_log = "log" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "data" / "avatar.db"
        if takes_log:
            path.parent.mkdir()
            empty_databases.copy_log(path, templates)
        return path
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.log_database() if takes_log else server.database()


@pytest.fixture
async def log(location: Location) -> AsyncIterator[RequestLog]:
    log = await RequestLog.open(location)
    yield log
    await log.close()
