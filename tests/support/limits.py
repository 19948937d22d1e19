"""Limits of spending, set as `python -m bot limits` does, and videos over them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from bot.demo.slack import Message, Person
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from tests.support.conversations import fresh_modal
from tests.support.workspace import Workspace, wait_for_text

SCRIPT = "Hello team. " * 10  # 120 characters: 8 s, $0.67
WAITS = "Waiting for an admin to approve the price"


@asynccontextmanager
async def limits_of(workspace: Workspace) -> AsyncIterator[LimitLog]:
    log = await RequestLog.open(workspace.settings.log_location)
    yield LimitLog(log.store, UTC)
    await log.close()


async def limit(workspace: Workspace, kind: str, usd: float) -> None:
    async with limits_of(workspace) as limits:
        await limits.set_usd(kind, usd, by="test")


async def ask_for_approval(workspace: Workspace) -> Message:
    """Ada asks in #marketing. Returns the card, whose take is on hold."""
    form = await fresh_modal(workspace, SCRIPT)
    assert "[Ask for approval]" in form.text()
    known = workspace.marketing.messages()
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    return await wait_for_text(card, WAITS)


async def asked(admin: Person) -> Message:
    return await admin.direct().wait_for(lambda m: "Approve" in m.buttons())
