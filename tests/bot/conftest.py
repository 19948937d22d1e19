"""The request log on both stores: a test that takes `log` runs twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.request_log.log import RequestLog
from tests.support.processes.postgres import PostgresServer
from tests.support.request_log import Location


@pytest.fixture(params=["sqlite", "postgres"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    if request.param == "sqlite":
        return tmp_path / "data" / "avatar.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
async def log(location: Location) -> AsyncIterator[RequestLog]:
    log = await RequestLog.open(location)
    yield log
    await log.close()
