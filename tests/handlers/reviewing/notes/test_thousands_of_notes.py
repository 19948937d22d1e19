"""Whoever writes thousands of long replies stops nobody."""

import asyncio
import sqlite3
from contextlib import closing

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.deadlines import within
from tests.support.workspace import Workspace, wait_for_text

MANY = 3_000
LONG = "\U0001d11e" * 4_000
PRESSES = 15


def add_replies(workspace: Workspace, by: str) -> None:
    """As if they had been posted one after the other, in an hour."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        [[take_id, request_id]] = db.execute("SELECT id, request_id FROM takes")
        rows = [(f"C9.{n}", request_id, take_id, by, f"{n:05}", LONG) for n in range(MANY)]
        db.executemany(
            "INSERT INTO notes (id, request_id, take_id, user_id, at, text, spoken, answered_by,"
            " kind) VALUES (?, ?, ?, ?, ?, ?, '', '', 'reply')", rows,
        )  # fmt: skip


async def test_thousands_of_long_replies_keep_nobody_waiting(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    add_replies(workspace, bob.id)
    presses = [asyncio.create_task(bob.press("Notes", review)) for _ in range(PRESSES)]
    carol = slack.person("Carol")
    with within(2.5):
        await carol.command("/avatar", "Hello team.", workspace.marketing)
        await carol.modal()
        await bob.reply(card, "0:02 too fast")
        await wait_for_text(review, "1 open note")
    await asyncio.gather(*presses)
