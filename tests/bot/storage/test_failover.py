"""A Postgres of several hosts, where another one becomes the primary while the bot runs."""

import pytest

from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.storage.postgres_connections import connect
from tests.support.conversations import delivered
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import StartBot


async def test_after_a_failover_videos_are_made_as_before(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    url = postgres.database().replace("host=", "host=/nowhere,")
    workspace = await start_bot(DATABASE_URL=url)
    await delivered(await workspace.ask())
    with postgres.failed_over(url):
        await delivered(await workspace.ask())
    assert len(workspace.segmind.bill) == 2


async def test_a_server_that_can_only_be_read_is_refused_with_what_to_do(
    postgres: PostgresServer,
) -> None:
    url = postgres.database()
    async with await connect(url) as connection:
        await connection.execute(
            f"ALTER DATABASE {connection.info.dbname} SET default_transaction_read_only TO on"
        )
    with pytest.raises(ConfigurationError) as caught:
        await RequestLog.open(url)
    assert "session is read-only. After a failover, wait for" in caught.value.sentence
