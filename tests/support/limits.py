"""Setting limits of spending, as `python -m bot limits` does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from tests.support.workspace import Workspace


@asynccontextmanager
async def limits_of(workspace: Workspace) -> AsyncIterator[LimitLog]:
    log = await RequestLog.open(workspace.settings.log_location)
    yield LimitLog(log.store, UTC)
    await log.close()


async def limit(workspace: Workspace, kind: str, usd: float) -> None:
    async with limits_of(workspace) as limits:
        await limits.set_usd(kind, usd, by="test")
