"""The notes of a review: what the log has of them, and what the bot answers."""

import json
import re
import sqlite3
from contextlib import closing
from typing import Any

from bot.demo.slack import Message, Modal, Person, SlackStandIn
from tests.support.workspace import Workspace

SCRIPT = "Hello team. This is our big news of the year. See you on Monday."


def logged_notes(workspace: Workspace) -> list[dict[str, Any]]:
    """Those of a thread in the order of its replies, which may reach the bot in another one."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM notes ORDER BY id")]


def logged_changes(workspace: Workspace) -> list[tuple[str, str, str]]:
    """What the log says of edits and deletions: (kind, by, the text before)."""
    sql = """SELECT kind, "by", detail FROM events WHERE kind LIKE 'note %' ORDER BY seq"""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        return [
            (kind, by, json.loads(detail).get("text", "")) for kind, by, detail in db.execute(sql)
        ]


def answers(card: Message) -> list[str]:
    """The first line of each answer to a note."""
    return [m.text().split(":\n")[0] for m in card.thread.replies() if "Noted." in m.text()]


def notices(person: Person) -> list[str]:
    """What the bot has told this person of decisions, the first notice first."""
    told = [m.text() for m in person.direct().messages()]
    return [t for t in told if re.search(r"(approved|requested changes to|withdrew their) ", t)]


async def acknowledged_event(slack: SlackStandIn, ts: str, subtype: str | None) -> dict[str, Any]:
    """The event of that message, once the bot has acknowledged it."""

    def find() -> dict[str, Any]:
        for call in slack.journal.calls("event:message"):
            event = call.arguments["event"]
            about = event.get("deleted_ts") or event.get("message", event)["ts"]
            if (event.get("subtype"), about) == (subtype, ts) and call.seconds is not None:
                return call.arguments
        return {}

    return await slack.until(find)


async def send_again(slack: SlackStandIn, event: dict[str, Any]) -> None:
    """As if the acknowledgement was lost: https://docs.slack.dev/apis/events-api#retries"""
    await slack.delivery.send("events_api", "event:message", event, retry=1)


async def notes_form(person: Person, review: Message) -> Modal:
    await person.press("Notes", review)
    return await person.modal()


def box(modal: Modal, words: str) -> tuple[str, str]:
    """The checkbox next to what says that."""
    [block] = [b for b in modal.view["blocks"] if words in b["text"]["text"]]
    return block["block_id"], "settled"
