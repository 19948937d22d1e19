"""The casting sheet, as an admin makes it and as everybody opens it."""

import sqlite3
from contextlib import closing
from typing import Any

from bot.demo.slack import Message, Modal, Person
from tests.support.workspace import ADMIN, Workspace

# Known to the form, and to Segmind's stand-in.
AVATARS = 10
SECONDS = 90  # the stand-in films each of them, once a test run


async def sheet_form(workspace: Workspace, admin: Person | None = None) -> Modal:
    """The form that *Make the casting sheet* in Home opens."""
    admin = admin or workspace.slack.person(ADMIN)
    await close_forms(admin)
    home = await admin.open_home()
    await home.press("Make the casting sheet")
    return await admin.modal()


async def order_sheet(workspace: Workspace) -> None:
    form = await sheet_form(workspace)
    await form.choose("Where to post them", workspace.marketing)
    assert await form.submit() == {}
    await form.close()


def have_had_sheet(workspace: Workspace) -> None:
    """As if a sheet had been made once, whose only clip failed: other videos give faces now."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute(
            "INSERT OR IGNORE INTO casting (avatar, voice, take_id, face_file_id, sheet,"
            " channel_id, planned_by, planned_at, busy_since)"
            " VALUES ('Nobody', 'Aaron', '', '', '', '', 'U1', '2026', '')"
        )
        db.commit()


async def open_sheet(person: Person) -> Modal:
    await close_forms(person)
    home = await person.open_home()
    await home.press("Casting sheet")
    return await person.modal()


async def close_forms(person: Person) -> None:
    if (modal := Modal(person)).is_open:
        await modal.close(everything=True)


def casts(workspace: Workspace) -> list[dict[str, Any]]:
    """The table `casting`, by name."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM casting ORDER BY avatar")]


def faces(workspace: Workspace) -> dict[str, str]:
    """The file ids, by avatar."""
    return {row["avatar"]: row["face_file_id"] for row in casts(workspace) if row["face_file_id"]}


async def hears(person: Person, words: str) -> Message:
    """The bot's direct message to this person that says so, once the clips are made."""
    return await person.direct().wait_for(lambda m: words in m.text(), SECONDS)
