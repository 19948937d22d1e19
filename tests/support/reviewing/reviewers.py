"""A video with named reviewers, and the reminders that they get."""

from datetime import UTC, datetime, timedelta

from bot.demo.segmind import AtOnce
from bot.demo.slack import Message, Person
from bot.process.clock import Clock
from tests.support.conversations import review_of
from tests.support.workspace import FAST, Workspace, make_anyway

# Far ahead, so that what the log stamps by the real clock is long ago. Friday, 1 March 2030.
FRIDAY = datetime(2030, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class FixedClock(Clock):
    """Its waits are short, and its time of day changes only when a test changes it."""

    def __init__(self) -> None:
        super().__init__(FAST, now=lambda: self.time)
        self.time = FRIDAY + 10 * HOUR


async def ask_for_review(workspace: Workspace, *people: Person) -> Message:
    """The card of a video that is ready for these people to review."""
    card = await name_reviewers(workspace, *people)
    await review_of(card)
    return card


async def name_reviewers(workspace: Workspace, *people: Person) -> Message:
    """The card of a video that these people are to review."""
    await workspace.ada.command("/avatar", "Hello team.", workspace.marketing)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", *people)
    await make_anyway(modal)
    return await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())


def leave(workspace: Workspace, clock: FixedClock, person: Person) -> None:
    """They leave the workspace while their video is rendered, which ends now."""
    person.user.deleted = True
    clock.time += HOUR  # for some minutes, the bot remembers who somebody was
    workspace.segmind.pace = AtOnce()


def reminders(person: Person) -> list[str]:
    return [m.text() for m in person.direct().messages() if "waiting for you" in m.text()]
