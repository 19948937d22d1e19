"""Answers to notes and notices of decisions are owed: what could not be posted comes once later."""

import sqlite3
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from bot.process.retry import RETRY_WAITS
from tests.support.conversations import ask, request_changes, review_of
from tests.support.reviewing.notes import SCRIPT, answers, notices
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

POST = "chat.postMessage"


def owed(workspace: Workspace) -> list[str]:
    """The keys of the messages that the log says are missing or outdated."""
    sql = "SELECT message_key FROM owed_messages WHERE shown <> wanted ORDER BY changed_at"
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        return [key for (key,) in db.execute(sql)]


async def outage_during(slack: SlackStandIn, call: str, act: Any) -> None:
    """Slack answers 500 to each attempt that `act` leads to."""
    before = len(slack.journal.calls(call))
    attempts = len(RETRY_WAITS) + (2 if call == POST else 1)  # a new answer is tried once at once
    outage = slack.faults.add(call, status=500, times=None)
    await act()
    await slack.until(lambda: len(slack.journal.calls(call)) >= before + attempts, 30)
    await slack.until(lambda: slack.journal.calls(call)[-1].seconds is not None)
    slack.faults.remove(outage)


@pytest.mark.parametrize(
    "watched", [False, True], ids=["Socket Mode", "HTTP"], indirect=True
)  # fmt: skip
async def test_answers_follow_their_notes_after_a_long_outage(
    watched: Workspace, slack: SlackStandIn, bob: Person
) -> None:
    card = await ask(watched, SCRIPT)
    review = await review_of(card)
    said: list[Message] = []

    async def leave_note() -> None:
        said.append(await bob.reply(card, "0:02 too fast"))

    async def edit() -> None:
        bob.edit(said[0], "0:00 too fast")

    async def delete() -> None:
        bob.delete(said[0])

    for call, act, then in (
        (POST, leave_note, ["Noted. At 0:02 of take 1"]),
        ("chat.update", edit, ["Noted. At 0:00 of take 1"]),
        ("chat.delete", delete, []),
    ):
        before = answers(card)
        await outage_during(slack, call, act)
        await wait_until(lambda: len(owed(watched)) == 1)
        key = f"note.{watched.marketing.id}.{said[0].ts}"
        assert (owed(watched), answers(card)) == ([key], before)
        for _ in range(2):
            await wait_until(lambda: not _busy(watched))
            await watched.bot.review_schedule.run("owed messages")
        assert (owed(watched), answers(card)) == ([], then)
    await slack.until(lambda: "1 note" not in review.text())


def _has_posted(slack: SlackStandIn, before: int) -> bool:
    """Whether the bot has tried to post a message since then."""
    return len(slack.journal.calls(POST)) > before


def _busy(workspace: Workspace) -> int:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        [[count]] = db.execute("SELECT count(*) FROM owed_messages WHERE busy_since <> ''")
        return int(count)


async def test_one_that_cannot_be_posted_does_not_hold_up_the_others(
    watched: Workspace, slack: SlackStandIn, bob: Person
) -> None:
    card = await ask(watched, SCRIPT)
    await review_of(card)
    await outage_during(slack, POST, lambda: bob.reply(card, "0:02 too fast"))
    await outage_during(slack, POST, lambda: bob.reply(card, "0:00 too fast"))
    await wait_until(lambda: len(owed(watched)) == 2 and not _busy(watched))
    with closing(sqlite3.connect(watched.settings.log_path)) as db:
        db.execute("UPDATE notes SET take_id = 'gone' WHERE start_seconds = 2")
        db.commit()
    [poisoned, _] = owed(watched)
    await watched.bot.review_schedule.run("owed messages")
    assert answers(card) == ["Noted. At 0:00 of take 1"]
    assert owed(watched) == [poisoned]


async def test_a_notice_that_could_not_be_posted_comes_later_and_once(
    watched: Workspace, slack: SlackStandIn, bob: Person
) -> None:
    card = await ask(watched, SCRIPT)
    review = await review_of(card)
    outage = slack.faults.add(POST, status=500, times=None)
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    await wait_until(lambda: len(owed(watched)) == 1 and not _busy(watched))
    slack.faults.remove(outage)
    slack.faults.add(POST, drop="after")  # posted, but not confirmed
    for _ in range(2):
        tries = len(slack.journal.calls(POST))
        await watched.bot.review_schedule.run("owed messages")
        await slack.until(partial(_has_posted, slack, tries))
        await wait_until(lambda: not _busy(watched))
    await wait_until(lambda: not owed(watched))
    [notice] = notices(watched.ada)
    assert "Bob approved take 1" in notice


async def test_the_second_notice_of_a_minute_is_in_the_log_until_it_is_posted(
    start_bot: StartBot, slack: SlackStandIn, bob: Person
) -> None:
    workspace = await start_bot()
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await bob.press("Approve", review)
    await slack.until(lambda: notices(workspace.ada))
    await wait_until(lambda: not owed(workspace))
    await request_changes(bob, review, "Slower")
    assert len(owed(workspace)) == 1
    await slack.until(lambda: len(notices(workspace.ada)) == 2)
    await wait_until(lambda: not owed(workspace))
    assert "Bob requested changes to take 1" in notices(workspace.ada)[1]
