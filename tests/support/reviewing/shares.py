"""A take that can be shared, and the form that shares it."""

import sqlite3
from contextlib import closing

from bot.demo.slack import Channel, Message, Modal, Person
from tests.support.conversations import ask, review_of
from tests.support.workspace import Workspace

COPY_TO_PUBLISH = "Copy to publish"  # a button


async def approved_take(workspace: Workspace) -> tuple[Message, Message]:
    """The card and the review of a take that Bob has approved."""
    card = await ask(workspace, "Hello team. This is our news.")
    review = await review_of(card)
    await workspace.slack.person("Bob").press("Approve", review)
    await review.channel.wait_for(lambda m: m is review and "Share" in m.buttons())
    return card, review


async def share_form(person: Person, review: Message, where: Channel) -> Modal:
    """The form, with the channel filled in."""
    await person.press("Share", review)
    modal = await person.modal()
    await modal.choose("Channel", where)
    return modal


async def take_down_form(person: Person, review: Message) -> Modal:
    await person.press("Take it down", review)
    return await person.modal()


async def shared_in(person: Person, review: Message, where: Channel, said: str = "") -> Message:
    """The message in that channel, once the review says that it is there."""
    modal = await share_form(person, review, where)
    if said:
        await modal.type("Message", said)
    assert await modal.submit() == {}
    shared = await where.wait_for(lambda m: m.files)
    line = f"#{where.name} by @{person.name}"
    await review.channel.wait_for(lambda m: m is review and line in m.text())
    return shared


async def copied(workspace: Workspace, card: Message, review: Message) -> Message:
    """The copy to publish, for Ada, in the thread."""
    await workspace.ada.press(COPY_TO_PUBLISH, review)
    modal = await workspace.ada.modal()
    assert "“AI-generated video” at the top right" in modal.text()
    assert await modal.submit() == {}
    return await card.thread.wait_for(lambda m: "Copy to publish, for @Ada" in m.text() and m.files)


def forget_details(workspace: Workspace, *names: str) -> None:
    """Leaves these out of all events, as earlier versions did."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("INSERT INTO event_changes (name, request_id, detail) VALUES ('old', '', '{}')")
        for name in names:
            db.execute("UPDATE events SET detail = json_remove(detail, ?)", (f"$.{name}",))
        db.execute("DELETE FROM event_changes")
        db.commit()


def said_to(person: Person) -> list[str]:
    """What the bot has told this person directly, but for the approval."""
    told = [message.text() for message in person.direct().messages()]
    return [text for text in told if " approved take " not in text]
