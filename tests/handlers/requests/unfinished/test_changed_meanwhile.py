"""While an open form is kept in the log, its person goes on with it."""

import asyncio

import psycopg

from bot.demo.slack import SlackStandIn
from tests.support.conversations import fresh_modal
from tests.support.processes.postgres import PostgresServer
from tests.support.reviewing.sign_offs import BOX
from tests.support.workspace import StartBot

WAITS = """
    SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'avatar.unfinished_forms'::regclass"""


async def test_what_changes_while_the_form_is_kept_is_shown_too(
    start_bot: StartBot, slack: SlackStandIn, postgres: PostgresServer
) -> None:
    url = postgres.bot_database()
    workspace = await start_bot(DATABASE_URL=url)
    form = await fresh_modal(workspace, "Hello team.")
    await form.type("Script", "Hello.")
    await form.wait_for(lambda m: "6 of 3,000 characters" in m.text())
    other = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with other, other.transaction():
        await other.execute("LOCK TABLE avatar.unfinished_forms IN EXCLUSIVE MODE")
        await form.type("Script", "Hello everybody.")
        while not await (await other.execute(WAITS)).fetchone():  # noqa: ASYNC110  no event
            await asyncio.sleep(0.01)
        await form.choose("Reviewers", slack.person("Bob"))
        await form.check("Sign-off", BOX)
        await asyncio.sleep(0.3)  # the bot has acknowledged it, and goes on from there
    await form.wait_for(lambda m: "[Ask for sign-off]" in m.text())
