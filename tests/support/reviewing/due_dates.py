"""A video whose review has a due date."""

from datetime import UTC, datetime

from bot.demo.slack import Message, Person
from tests.support.conversations import fresh_modal, review_of
from tests.support.workspace import Workspace

# The last Friday before summer time begins in Berlin. New York has had it for weeks.
FRIDAY = datetime(2030, 3, 29, tzinfo=UTC)
OVERDUE = "was due"


async def ask_by(
    workspace: Workspace, day: str, *reviewers: Person, script: str = "Hello team."
) -> Message:
    """The card of Ada's video, once it is there to be reviewed by that day."""
    modal = await fresh_modal(workspace, script)
    await modal.choose("Reviewers", *reviewers)
    await modal.type("Review by", day)
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: script in m.text())
    await review_of(card)
    return card


def overdue_messages(person: Person) -> list[Message]:
    return [m for m in person.direct().messages() if OVERDUE in m.text()]


def dates_in(message: Message) -> list[int]:
    """The moments that each reader sees by their own clock: seconds since 1970."""
    found = str(message.blocks).split("<!date^")[1:]
    return [int(part.partition("^")[0]) for part in found]
