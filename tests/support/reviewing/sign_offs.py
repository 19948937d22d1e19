"""A video whose script waits for its sign-offs."""

from bot.demo.slack import Message, Modal, Person
from tests.support.conversations import fresh_modal
from tests.support.workspace import Workspace, make_anyway, wait_for_text

SCRIPT = "Hello team. " * 40  # 480 characters, more than the card of a queued take shows
BOX = "Ask reviewers to sign off the script first"
TOO_LATE = "Too late: this script is no longer waiting for sign-offs."


async def filled_form(workspace: Workspace, *reviewers: Person, script: str = SCRIPT) -> Modal:
    form = await fresh_modal(workspace, script)
    if reviewers:
        await form.choose("Reviewers", *reviewers)
    await form.check("Sign-off", BOX)
    return form


async def ask_for_sign_off(
    workspace: Workspace, *reviewers: Person, script: str = SCRIPT
) -> Message:
    """Ada asks in #marketing. Returns the card, whose take is on hold."""
    form = await filled_form(workspace, *reviewers, script=script)
    await form.wait_for(lambda m: "[Ask for sign-off]" in m.text())
    known = workspace.marketing.messages()
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    return await wait_for_text(card, "Waiting for sign-off")


async def edit(person: Person, message: Message, script: str, button: str = "Edit script") -> None:
    await person.press(button, message)
    form = await person.modal()
    await form.type("Script", script)
    assert await form.submit() == {}
