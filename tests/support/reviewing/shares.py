"""A take that can be shared, and the form that shares it."""

from bot.demo.slack import Channel, Message, Modal, Person
from tests.support.conversations import ask, review_of
from tests.support.workspace import Workspace


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
