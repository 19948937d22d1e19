"""What the tests of whole conversations read and press, beyond the stage itself."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from math import inf
from typing import Any

from bot.blocks.forms.errors import SEE_BELOW
from bot.demo.segmind import Answer, SegmindStandIn
from bot.demo.slack import Message, Modal, Person
from tests.support.workspace import Workspace, make_anyway, wait_for_text


def logged(workspace: Workspace) -> list[dict[str, Any]]:
    """The request log as an admin opens it: one row a take, oldest first."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute("SELECT * FROM request_log ORDER BY requested_at, number")
        return [dict(row) for row in rows]


def last(workspace: Workspace) -> dict[str, Any]:
    """The newest take in the request log."""
    return logged(workspace)[-1]


async def fresh_modal(workspace: Workspace, script: str = "") -> Modal:
    """Ada types /avatar in #marketing."""
    await workspace.ada.command("/avatar", script, workspace.marketing)
    return await workspace.ada.modal()


async def ask(workspace: Workspace, script: str = "Hello team.") -> Message:
    """Ada asks for a video in #marketing, where other cards may exist: the new card."""
    modal = await fresh_modal(workspace, script)
    known = workspace.marketing.messages()
    await make_anyway(modal)
    return await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)


async def ask_as(workspace: Workspace, person: Person, script: str) -> Message:
    await person.command("/avatar", script, workspace.marketing)
    modal = await person.modal()
    await make_anyway(modal)
    return await workspace.marketing.wait_for(
        lambda m: not m.thread_ts and script in m.text() and f"@{person.name}" in m.text()
    )


def says(words: str) -> Callable[[Message], bool]:
    """For `wait_for`: whether a message says that."""
    return lambda message: words in message.text()


async def delivered(card: Message) -> Message:
    """The one message with the video, once the card says that it is there."""
    await wait_for_text(card, "Ready")
    # Slack may show the files only after the bot is done.
    await card.thread.wait_for(lambda m: m.files)
    [video] = [message for message in card.thread.replies() if message.files]
    return video


async def review_of(card: Message, number: int = 1) -> Message:
    """The message under a take that holds its decisions."""
    await card.channel.wait_for(lambda m: m.ts == card.ts and f"Take {number} ·" in m.text())
    return await card.thread.wait_for(lambda m: is_review(m, number))


def videos(card: Message) -> list[Message]:
    """The messages in the thread of a card, except for the reviews."""
    return [m for m in card.thread.replies() if not re.match(r"Take \d+: ", m.fallback)]


def is_review(message: Message, number: int = 1) -> bool:
    return message.fallback.startswith(f"Take {number}: ")


async def delivered_take(card: Message, number: int) -> Message:
    """The message with the video of that take."""
    ready = re.compile(rf"take {number}\b.* is ready")
    return await card.thread.wait_for(lambda m: ready.search(m.text()) and m.files)


async def new_take(person: Person, message: Message, script: str = "") -> Modal:
    """The form of the next take, opened from there.

    Without a `script`, the last one gets a space, because the same again would be confirmed first.
    """
    await person.press("New take", message)
    modal = await person.modal()
    before = modal.value("Script").get("value")
    if script or before:
        await modal.type("Script", script or f"{before} ")
    return modal


async def refusal(form: Modal, field: str) -> str:
    """Why the form was refused at this field: what it says there or, in place of that, below it."""
    said: str = (await form.submit())[field]
    return form.text() if said == SEE_BELOW else said


async def told(person: Person, words: str) -> Message:
    """The bot's direct message to this person that says so."""
    return await person.direct().wait_for(lambda m: words in m.text())


def refuse_key(segmind: SegmindStandIn, code: int = 403) -> None:
    """From now on, until the faults are cleared."""
    for place in ("submit", "balance"):
        segmind.faults.add(place, Answer(code, "Go away"), times=inf)


def submissions(workspace: Workspace) -> int:
    """How often a render was asked for on the wire, accepted or not."""
    return sum(call.method == "POST" for call in workspace.segmind.journal)


async def request_changes(person: Person, review: Message, note: str) -> None:
    await person.press("Request changes", review)
    modal = await person.modal()
    await modal.type("note", note)
    assert await modal.submit() == {}
