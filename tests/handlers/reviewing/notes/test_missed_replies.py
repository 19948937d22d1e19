"""Replies that were written, edited or deleted while the bot was down or not connected."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import ask, delivered_take, new_take, review_of
from tests.support.reviewing.notes import (
    SCRIPT,
    answers,
    box,
    logged_changes,
    logged_notes,
    notes_form,
)
from tests.support.waiting import wait_until
from tests.support.workspace import FAST, StartBot, Workspace, wait_for_text

ON_BOTH = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
REPLIES = "conversations.replies"


@contextmanager
def no_events(slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As without a connection."""
    with monkeypatch.context() as lost:
        lost.setattr(slack.delivery, "send_event", lambda name, payload: None)
        yield


def texts(workspace: Workspace) -> list[str]:
    return [note["text"] for note in logged_notes(workspace)]


def unread(workspace: Workspace) -> int:
    """How many threads are being read, or were not since that was last necessary."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        sql = "SELECT count(*) FROM thread_reads WHERE read_at = '' OR busy_since <> ''"
        return int(db.execute(sql).fetchone()[0])


async def leave(slack: SlackStandIn, bob: Person, card: Message, review: Message) -> list[Message]:
    """Three notes, each with its answer."""
    said = [
        await bob.reply(card, text) for text in ("0:02 too fast", "0:00 too fast", "@avatar Louder")
    ]
    await wait_for_text(review, "3 open notes")
    await slack.until(lambda: len(answers(card)) == 3)
    return said


def change_while_away(bob: Person, said: list[Message]) -> None:
    bob.edit(said[0], "0:00 too slow")
    bob.delete(said[1])


async def are_caught_up(workspace: Workspace, bob: Person, card: Message, review: Message) -> None:
    await wait_for_text(review, "3 open notes")
    await wait_until(
        lambda: sorted(texts(workspace)) == ["0:00 too slow", "0:02 and now?", "Louder"]
    )
    # One answer is changed, one deleted and one added, in any order.
    await wait_until(
        lambda: (
            sorted(answers(card))
            == ["Noted.", "Noted. At 0:00 of take 1", "Noted. At 0:02 of take 1"]
        )
    )
    assert sorted(logged_changes(workspace)) == [
        ("note deleted", bob.id, "0:00 too fast"), ("note edited", bob.id, "0:02 too fast")
    ]  # fmt: skip


@ON_BOTH
async def test_replies_of_a_time_when_the_bot_was_down_are_read_at_its_start(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    said = await leave(slack, bob, card, review)
    await wait_until(lambda: not unread(workspace))
    await workspace.bot.__aexit__(None, None, None)
    slack.delivery.event_retries = ()  # it is down for longer than Slack tries
    change_while_away(bob, said)
    await bob.reply(card, "0:02 and now?")
    await slack.until(lambda: len(slack.journal.calls("event:message")) >= 6)
    again = await start_bot(http=http)
    await are_caught_up(again, bob, card, review)


async def test_replies_of_a_time_without_a_connection_are_read_after_it(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await start_bot()
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    said = await leave(slack, bob, card, review)
    with no_events(slack, monkeypatch):
        change_while_away(bob, said)
        await bob.reply(card, "0:02 and now?")
    await slack.sockets.drop()
    await are_caught_up(workspace, bob, card, review)


async def test_a_note_deleted_at_once_without_a_connection_is_gone_once_slack_is_sure(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.reviewing.notes.missed_replies.VISIBLE_SECONDS", 1 / FAST)
    workspace = await start_bot()
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    said = await bob.reply(card, "@avatar Louder")
    await wait_for_text(review, "1 open note")
    with no_events(slack, monkeypatch):
        bob.delete(said)
    await slack.sockets.drop()
    await wait_until(lambda: not texts(workspace))


async def test_a_resolved_note_deleted_without_a_connection_is_gone_after_it(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await start_bot()
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    said = [await bob.reply(card, text) for text in ("@avatar Louder", "@avatar Slower")]
    await wait_for_text(review, "2 open notes")
    modal = await notes_form(bob, review)
    for words in ("Louder", "Slower"):
        await modal.check(box(modal, words), "Resolved")
    assert await modal.submit() == {}
    await wait_for_text(review, "2 notes, none open")
    with no_events(slack, monkeypatch):
        bob.delete(said[0])
        bob.edit(said[1], "@avatar Even slower")
    await slack.sockets.drop()
    await wait_until(lambda: texts(workspace) == ["Even slower"])


async def test_a_missed_reply_is_a_note_on_the_take_that_was_there_then(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await start_bot()
    card = await ask(workspace, SCRIPT)
    await review_of(card)
    with no_events(slack, monkeypatch):
        await bob.reply(card, "0:02 too fast")
    modal = await new_take(workspace.ada, card, SCRIPT + " Bye.")
    assert await modal.submit() == {}
    await delivered_take(card, 2)
    await review_of(card, 2)
    await slack.sockets.drop()
    await wait_until(lambda: logged_notes(workspace))
    assert logged_notes(workspace)[0]["take_id"].endswith("-1")


async def test_a_thread_that_cannot_be_read_is_read_later_and_the_others_at_once(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await start_bot()
    cards = [await ask(workspace, script) for script in ("One.", "Two.")]
    for card in cards:
        await review_of(card)
    with no_events(slack, monkeypatch):
        for card in cards:
            await bob.reply(card, "@avatar Louder")
    monkeypatch.setattr("handlers.schedule.SWEEP_SECONDS", 1e9)
    slack.faults.add(REPLIES, status=500)  # the newest comes first
    await slack.sockets.drop()
    await wait_until(lambda: logged_notes(workspace))
    await wait_until(lambda: len(logged_notes(workspace)) == 2)  # at the next sweep
    read = len(slack.journal.calls(REPLIES))
    await workspace.bot.review_schedule.run("missed replies")
    assert len(slack.journal.calls(REPLIES)) == read, "once all were read, nothing is"


@pytest.mark.parametrize("why", ["the thread is gone", "the channel has another id"])
async def test_a_note_is_kept_once_if_its_thread_is_not_where_it_was(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, why: str
) -> None:
    workspace = await start_bot()
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    said = await bob.reply(card, "@avatar Louder")
    await wait_for_text(review, "1 open note")
    if why == "the thread is gone":
        workspace.marketing._messages.clear()
    else:
        slack.change_id(workspace.marketing, announced=False)
        bob.edit(said, "0:02 louder")
    read = len(slack.journal.calls(REPLIES))
    await slack.sockets.drop()
    if why == "the thread is gone":
        await slack.until(lambda: len(slack.journal.calls(REPLIES)) > read)
        await wait_until(lambda: not unread(workspace))
    else:  # a press is followed to the new channel, and there the thread is read
        await bob.press("Approve with 1 open note", review)
        await wait_for_text(review, "@Bob approved")
        await slack.sockets.drop()
        await wait_until(lambda: texts(workspace) == ["0:02 louder"])
    assert len(logged_notes(workspace)) == 1
