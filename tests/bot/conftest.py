"""The request log on both of its stores: a test that takes `log` runs on each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.request_log.log import RequestLog
from tests.support.postgres import PostgresServer

Place = Path | str


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return tmp_path / "data" / "avatar.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
async def log(place: Place) -> AsyncIterator[RequestLog]:
    log = await RequestLog.open(place)
    yield log
    await log.close()
