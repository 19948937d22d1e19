"""Messages and forms that an older version has posted, in `posted_before.json`.

TAKE_ID stands for the id of a take.
"""

import json
from pathlib import Path
from typing import Any

from bot.demo.slack import Message, Modal, Person
from tests.support.workspace import Workspace

RECORDED = json.loads(Path(__file__).with_name("posted_before.json").read_text("utf-8"))


def recorded(kind: str, name: str, **ids: str) -> Any:
    """A recorded message or form, with ids of this workspace in place of the recorded ones."""
    text = json.dumps(RECORDED[kind][name])
    for placeholder, real in ids.items():
        text = text.replace(f'"{placeholder}"', f'"{real}"')
    return json.loads(text)


def post(workspace: Workspace, name: str, take_id: str) -> Message:
    """The recorded message, in #marketing, from the bot."""
    space, core = workspace.slack.workspace, workspace.slack.installation
    message = recorded("messages", name, TAKE_ID=take_id)
    return workspace.marketing.add(
        Message(
            workspace.marketing,
            space.new_ts(),
            core.bot.id,
            message["text"],
            core.views.fill_in_ids(message["blocks"]),
        )
    )


async def open_form(workspace: Workspace, person: Person, name: str, **ids: str) -> Modal:
    ids |= {"C0": workspace.marketing.id, "U0BOB": workspace.slack.person("Bob").id}
    form = recorded("forms", name, **ids)
    # A form keeps what it is for in a JSON text within the JSON.
    form["private_metadata"] = form["private_metadata"].replace("TAKE_ID", ids.get("TAKE_ID", ""))
    workspace.slack.installation.views.open(person.id, form, workspace.marketing.id, on_top=False)
    return await person.modal()
