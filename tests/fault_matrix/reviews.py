"""Rows of the fault matrix about a review: the bot is killed while it answers, and restarted."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Message, Person, SlackShowed
from bot.demo.stage import BotDied, Stage
from bot.domain.takes import State
from bot.request_log.log import RequestLog
from tests.fault_matrix.play import SETTINGS
from tests.support.conversations import review_of
from tests.support.processes import empty_databases, fork_server
from tests.support.processes.kills import AtSlackCall, Kill, KillPoint
from tests.support.processes.ports import free_port
from tests.support.reviewing.notes import answers, notices
from tests.support.waiting import wait_until
from tests.support.workspace import be_patient, wait_for_text

FAST = 0.02  # the bot's clock: each of its waits is 50 times as short
SECONDS = 20  # a dead process's work is taken over after 180 s of the bot's clock, on Postgres
POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
REPLIES = "conversations.replies"
APPROVED, CHANGES = "take 1 is approved", "Bob requested changes to take 1"


@dataclass
class Review:
    """A delivered take, and Bob's note on it once there is one."""

    stage: Stage
    bob: Person
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
    `once`: what one message in the thread says in the end. `in_rounds`: Bob is asked before Carol.
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
    settings = review.stage.bot.settings
    log = await RequestLog.open(settings.get("DATABASE_URL") or review.stage.folder / "avatar.db")
    [take] = await log.takes_in([State.DELIVERED])
    await log.update(take.id, due_at="2026-01-01T17:00:00.000+00:00")
    await log.close()


async def approve_and_wait(review: Review) -> None:
    await approve(review)
    await review.stage.slack.until(lambda: notices(review.card))
    await wait_for_text(review.message, "@Bob approved")
    await wait_for_text(review.card, "approved")


async def approve_in_round_one(review: Review) -> None:
    await approve(review)
    await review.card.thread.wait_for(lambda m: SECOND_ROUND in m.text())
    await wait_for_text(review.message, "round 2 of 2")
    await wait_for_text(review.card, "round 2 of 2")


async def undo(review: Review) -> None:
    with suppress(SlackShowed):
        await review.bob.press("Undo my decision", review.message)


async def request_changes(review: Review) -> None:
    await review.bob.press("Request changes", review.message)
    modal = await review.bob.modal()
    await modal.type("note", "Slower")
    with suppress(SlackShowed):
        await modal.submit()


ANSWER = "Noted. At 0:01 of take 1"
EDITED = "Noted. At 0:00 of take 1"
SECOND_ROUND = "@Carol, please review take 1"
BACK = "Take 1 is back in round 1"
OVERDUE = "@Ada, the review of take 1 was due"
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
            "the second notice waits for its minute", request_changes, None,
            notices=(APPROVED, CHANGES), before=approve_and_wait,
        ),
        ReviewRow(
            "the second notice is posted", request_changes, AtSlackCall(POST, "done"),
            notices=(APPROVED, CHANGES), before=approve_and_wait,
        ),
        ReviewRow(
            "the second round's mention is on its way", approve, AtSlackCall(POST, "lost"),
            in_rounds=True, once=SECOND_ROUND,
        ),
        ReviewRow(
            "the second round is mentioned", approve, AtSlackCall(POST, "done"),
            in_rounds=True, once=SECOND_ROUND,
        ),
        ReviewRow(
            "the second round's mention is on its way back", undo, AtSlackCall(UPDATE, "lost"),
            before=approve_in_round_one, in_rounds=True, once=BACK,
        ),
        ReviewRow(
            "the second round's mention is taken back", undo, AtSlackCall(UPDATE, "done"),
            before=approve_in_round_one, in_rounds=True, once=BACK,
        ),
        ReviewRow(
            "an overdue message is on its way", due_date_passes, AtSlackCall(POST, "lost"),
            is_down=True, once=OVERDUE,
        ),
        ReviewRow(
            "an overdue message is posted", due_date_passes, AtSlackCall(POST, "done"),
            is_down=True, once=OVERDUE,
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


async def play_review(
    row: ReviewRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    settings = SETTINGS | settings
    stage = Stage(folder / "data", http=False, PORT=str(free_port()), **settings)
    stage.bot.scale, stage.bot.launch = FAST, fork_server.launch
    be_patient(stage.slack)
    stage.segmind = SegmindStandIn(films)
    if "DATABASE_URL" not in settings:
        empty_databases.prepare(stage.folder, templates)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        review = await _delivered(stage, in_rounds=row.in_rounds)
        if row.before:
            await row.before(review)
        await _act_and_kill(row, review)
        await stage.start_bot()
        with suppress(TimeoutError):
            await wait_until(lambda: not [*_problems(row, review)], SECONDS)
        await stage.bot.stop()  # it finishes what it was still going to post
        problems = [*_problems(row, review)]
        if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
            problems.append(printed[printed.index("Traceback") :])
        return problems


async def _delivered(stage: Stage, *, in_rounds: bool) -> Review:
    ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
    await ada.command("/avatar", "Hello team. This is our news.", marketing)
    modal = await ada.modal()
    if in_rounds:
        await modal.choose("Reviewers", stage.slack.person("Bob"))
        await modal.choose("Then ask", stage.slack.person("Carol"))
    assert await modal.submit() == {}
    card = await marketing.wait_for(lambda m: not m.thread_ts)
    message = await review_of(card)
    await wait_for_text(card, "Ready", "cost $")
    return Review(stage, stage.slack.person("Bob"), card, message)


async def _act_and_kill(row: ReviewRow, review: Review) -> None:
    kill = Kill(review.stage, SIGKILL)
    if row.is_down and row.kill:
        await review.stage.bot.kill()
        await kill.disconnected()
        review.stage.slack.delivery.event_retries = ()  # it is down for longer than Slack tries
        await row.act(review)
        row.kill.set_trap(kill)
        with suppress(BotDied):
            await review.stage.start_bot()
    elif row.kill is None:
        await row.act(review)
        kill.send()
    else:
        row.kill.set_trap(kill)
        await row.act(review)
    assert await kill.exit_code() == -SIGKILL


def _problems(row: ReviewRow, review: Review) -> Iterator[str]:
    if (there := answers(review.card)) != [*row.answers]:
        yield f"the answers: {there}"
    said = [m.text() for m in review.card.thread.replies() if row.once in m.text()]
    if row.once and len(said) != 1:
        yield f"“{row.once}”: {said}"
    there = notices(review.card)
    if len(there) != len(row.notices) or any(
        part not in text for part, text in zip(row.notices, there, strict=True)
    ):
        yield f"the notices: {there}"
    if row.check:
        yield from row.check(review)
