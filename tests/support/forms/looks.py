"""Saving looks, and choosing them, as people do."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

from bot.demo.slack import Message, Modal, Person
from bot.domain.looks.look import Look
from bot.domain.parameters import Parameters
from bot.request_log.forms.looks import LookLog
from bot.request_log.log import RequestLog
from tests.support.conversations import delivered, fresh_modal
from tests.support.workspace import Workspace, make_anyway

SAVE = "Save this look"


@asynccontextmanager
async def looks_of(workspace: Workspace) -> AsyncIterator[LookLog]:
    log = await RequestLog.open(workspace.settings.log_location)
    yield LookLog(log.store)
    await log.close()


async def add_look(
    workspace: Workspace,
    name: str,
    parameters: Parameters,
    owner: Person | None = None,
    *,
    is_default: bool = False,
) -> None:
    """Without the form. `owner`: None is the team. The look's id is its name."""
    owner_id = owner.id if owner else ""
    async with looks_of(workspace) as log:
        look = Look(name, name, owner_id, parameters)
        await log.save(look, by=owner_id or "UADMIN", is_default=is_default)


async def form_of(workspace: Workspace, script: str = "") -> Modal:
    """Ada types /avatar once more."""
    workspace.slack.installation.views.close_all(workspace.ada.id)
    return await fresh_modal(workspace, script)


async def finished(workspace: Workspace, **choices: str) -> Message:
    """The card of a finished video with these choices in the form."""
    form = await fresh_modal(workspace, "Hello team. This is our news.")
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.labels())
    for label, choice in choices.items():
        await form.choose(label.replace("_", " "), choice)
    known = workspace.marketing.messages()
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    await delivered(card)
    return card


async def save_form(person: Person, card: Message) -> Modal:
    await person.press(SAVE, card)
    return await person.modal()


async def save(person: Person, card: Message, name: str, *, is_default: bool = False) -> None:
    form = await save_form(person, card)
    await form.type("Name", name)
    if is_default:
        await form.check("Default")
    assert await form.submit() == {}
    assert f"“{name}” is saved." in form.text()
    await form.close()


def chosen(form: Modal, label: str) -> str:
    """The text of what is chosen; "" for nothing."""
    option = form.value(label).get("selected_option") or {"text": {"text": ""}}
    return str(option["text"]["text"])


def rows(workspace: Workspace, sql: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql)]
