"""Closing a form by mistake, and what is kept of it."""

import asyncio
from typing import Any

from bot.demo.slack import Modal, Person
from bot.request_log.log import RequestLog
from tests.support.workspace import Workspace

SCRIPT = "Hello team. This took me an hour."
OFFER = "Continue where you left off?"


async def in_log(workspace: Workspace, sql: str, *values: object) -> list[dict[str, Any]]:
    """What a query of the log finds; or a change of it, as another process would make it."""
    log = await RequestLog.open(workspace.settings.log_location)
    try:
        if sql.startswith("SELECT"):
            return await log.store.query(sql, *values)
        await log.store.execute(sql, *values)
        return []
    finally:
        await log.close()


async def kept(workspace: Workspace, *words: str) -> None:
    """Waits until all of these words are kept."""
    async with asyncio.timeout(20):
        while True:
            rows = await in_log(workspace, "SELECT form FROM unfinished_forms")
            if all(word in str(rows) for word in words):
                return
            await asyncio.sleep(0.02)


async def nothing_kept(workspace: Workspace) -> None:
    async with asyncio.timeout(20):
        while await count(workspace):  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(0.02)


async def count(workspace: Workspace) -> int:
    [row] = await in_log(workspace, "SELECT count(*) AS many FROM unfinished_forms")
    return int(row["many"])


async def closed_form(workspace: Workspace, person: Person, script: str = SCRIPT) -> Modal:
    """The next form of this person, who has closed one with this script."""
    await person.command("/avatar", "", workspace.marketing)
    form = await person.modal()
    await form.type("Script", script)
    await kept(workspace, script)
    await form.close()
    await person.command("/avatar", "", workspace.marketing)
    return await person.modal()
