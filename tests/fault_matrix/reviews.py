"""Rows of the fault matrix about a review: the bot is killed while it answers, and restarted."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.demo.slack import Message, Person, SlackShowed
from bot.demo.stage import Stage
from bot.domain.takes import State
from bot.request_log.log import RequestLog
from tests.support.conversations import told
from tests.support.processes.kills import AtSlackCall, KillPoint
from tests.support.request_log import Location
from tests.support.reviewing.notes import answers, notices
from tests.support.workspace import wait_for_text

FAST = 0.02  # the bot's clock: each of its waits is 50 times as short
SECONDS = 20  # a dead process's work is taken over after 180 s of the bot's clock, on Postgres
MOST_A_TAKE = 2  # messages in the thread: its video and its review
POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
REPLIES = "conversations.replies"
APPROVED, CHANGES = "Bob approved take 1", "Bob requested changes to take 1"


@dataclass
class Review:
    """A delivered take, and Bob's note on it once there is one."""

    stage: Stage
    ada: Person
    bob: Person
    carol: Person
    card: Message
    message: Message
    said: Message | None = None


Step = Callable[[Review], Awaitable[Any]]


@dataclass(frozen=True)
class ReviewRow:
    """`before` happens; then the bot is killed at that point of what `act` leads to. `check`: what
    else is wrong in the end.

    `kill`: None is as soon as `act` is acknowledged.
    `is_down`: it is killed before `act`, and once more at that point after its restart.
    `then`: after its restart it is killed once more.
    `once`: what one direct message says in the end. `in_rounds`: Bob is asked before Carol.
    """

    name: str
    act: Step
    kill: KillPoint | None
    answers: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    before: Step | None = None
    is_down: bool = False
    once: str = ""
    in_rounds: bool = False
    loses_queue: bool = False
    then: KillPoint | None = None
    check: Callable[[Review], Iterator[str]] | None = None


async def leave_note(review: Review) -> None:
    review.said = await review.bob.reply(review.card, "0:01 too fast")


async def leave_answered_note(review: Review) -> None:
    await leave_note(review)
    await wait_for_text(review.message, "1 open note")
    await review.stage.slack.until(lambda: answers(review.card))


async def edit_note(review: Review) -> None:
    assert review.said is not None
    review.bob.edit(review.said, "0:00 too fast")


async def delete_note(review: Review) -> None:
    assert review.said is not None
    review.bob.delete(review.said)


async def approve(review: Review) -> None:
    with suppress(SlackShowed):  # the kill may come before the acknowledgement
        await review.bob.press("Approve", review.message)


async def due_date_passes(review: Review) -> None:
    """While the bot is down."""
    log = await RequestLog.open(log_location(review))
    [take] = await log.takes_in([State.DELIVERED])
    await log.update(take.id, due_at="2026-01-01T17:00:00.000+00:00")
    await log.close()


def log_location(review: Review) -> Location:
    settings = review.stage.bot.settings
    return settings.get("DATABASE_URL") or review.stage.folder / "avatar.db"


async def approve_and_wait(review: Review) -> None:
    await approve(review)
    await review.stage.slack.until(lambda: notices(review.ada))
    await wait_for_text(review.message, "@Bob approved")
    await wait_for_text(review.card, "approved")


async def approve_in_round_one(review: Review) -> None:
    await approve(review)
    await told(review.carol, SECOND_ROUND)
    await wait_for_text(review.message, "round 2 of 2")
    await wait_for_text(review.card, "round 2 of 2")


async def undo(review: Review) -> None:
    with suppress(SlackShowed):
        await review.bob.press("Undo my decision", review.message)


async def request_changes(review: Review, person: Person | None = None) -> None:
    person = person or review.bob
    await person.press("Request changes", review.message)
    modal = await person.modal()
    await modal.type("note", "Slower")
    with suppress(SlackShowed):
        await modal.submit()


async def ask_for_changes(review: Review) -> None:
    """Ada does, who isn't told of her own request."""
    await request_changes(review, review.ada)


POST_AT = {"on its way": AtSlackCall(POST, "lost"), "posted": AtSlackCall(POST, "done")}
TURN_ENDS = "need to review <"
TURN_AT = {
    "is about to end": AtSlackCall(UPDATE, "lost", says=TURN_ENDS),
    "has ended": AtSlackCall(UPDATE, "done", says=TURN_ENDS),
}
ANSWER = "Noted. At 0:01 of take 1"
EDITED = "Noted. At 0:00 of take 1"
SECOND_ROUND = "It's your turn to review @Ada's take 1"
BACK = "You don't need to review this yet"
DECIDED = "You don't need to review take 1"
OVERDUE = "The review of take 1 of “Hello team. This is our news”"
REVIEWS: dict[str, tuple[ReviewRow, ...]] = {
    "killed while it answers": (
        ReviewRow("an answer is on its way", leave_note, AtSlackCall(POST, "lost"), (ANSWER,)),
        ReviewRow("an answer is posted", leave_note, AtSlackCall(POST, "done"), (ANSWER,)),
        ReviewRow(
            "an edited answer is on its way", edit_note, AtSlackCall(UPDATE, "lost"), (EDITED,),
            before=leave_answered_note,
        ),
        ReviewRow(
            "an edited answer is there", edit_note, AtSlackCall(UPDATE, "done"), (EDITED,),
            before=leave_answered_note,
        ),
        ReviewRow(
            "an answer is about to be deleted", delete_note, AtSlackCall(DELETE, "lost"),
            before=leave_answered_note,
        ),
        ReviewRow(
            "an answer is deleted", delete_note, AtSlackCall(DELETE, "done"),
            before=leave_answered_note,
        ),
        ReviewRow(
            "a notice is on its way", approve, AtSlackCall(POST, "lost"), notices=(APPROVED,)
        ),
        ReviewRow("a notice is posted", approve, AtSlackCall(POST, "done"), notices=(APPROVED,)),
        ReviewRow(
            "a second notice of the same is about to go", approve, AtSlackCall(POST, "done"),
            notices=(APPROVED,), then=AtSlackCall(DELETE, "lost"),
        ),
        ReviewRow(
            "a second notice of the same is gone", approve, AtSlackCall(POST, "done"),
            notices=(APPROVED,), then=AtSlackCall(DELETE, "done"),
        ),
        ReviewRow(
            "the second notice waits for its minute", request_changes, None,
            notices=(APPROVED, CHANGES), before=approve_and_wait,
        ),
        ReviewRow(
            "the second notice is posted", request_changes, AtSlackCall(POST, "done"),
            notices=(APPROVED, CHANGES), before=approve_and_wait,
        ),
        *(
            ReviewRow(f"the second round's turn is {where}", approve, at, in_rounds=True,
                      once=SECOND_ROUND)
            for where, at in POST_AT.items()
        ),
        ReviewRow(
            "the second round's turn is on its way back", undo,
            AtSlackCall(UPDATE, "lost", says="need to review this yet"),
            before=approve_in_round_one, in_rounds=True, once=BACK,
        ),
        ReviewRow(
            "the second round's turn is taken back", undo,
            AtSlackCall(UPDATE, "done", says="need to review this yet"),
            before=approve_in_round_one, in_rounds=True, once=BACK,
        ),
        *(
            ReviewRow(
                f"the second round's turn {where}", ask_for_changes, at,
                before=approve_in_round_one, in_rounds=True, once=DECIDED,
            )
            for where, at in TURN_AT.items()
        ),
        *(
            ReviewRow(f"an overdue message is {where}", due_date_passes, at, is_down=True,
                      once=OVERDUE)
            for where, at in POST_AT.items()
        ),
        ReviewRow(
            "a missed note is being read", leave_note, AtSlackCall(REPLIES, "done"), (ANSWER,),
            is_down=True,
        ),
        ReviewRow(
            "a missed edit is being read", edit_note, AtSlackCall(REPLIES, "done"), (EDITED,),
            before=leave_answered_note, is_down=True,
        ),
        ReviewRow(
            "a missed deletion is being read", delete_note, AtSlackCall(REPLIES, "done"),
            before=leave_answered_note, is_down=True,
        ),
        ReviewRow(
            "a missed note is being answered", leave_note, AtSlackCall(POST, "done"), (ANSWER,),
            is_down=True,
        ),
    )
}  # fmt: skip
