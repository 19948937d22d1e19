"""Notes follow their reply when it is edited or deleted, until a take that fixes them is there."""

import logging
from typing import Any

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from bot.domain.takes import PauseReason
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from tests.support.conversations import delivered_take, new_take
from tests.support.reviewing.notes import (
    SCRIPT,
    acknowledged_event,
    answers,
    box,
    logged_changes,
    logged_notes,
    notes_form,
    send_again,
)
from tests.support.reviewing.sign_offs import BOX
from tests.support.workspace import Workspace, wait_for_text

ON_BOTH = pytest.mark.parametrize(
    "workspace", [False, True], ids=["Socket Mode", "HTTP"], indirect=True
)


@ON_BOTH
async def test_an_edited_reply_changes_its_note_and_answer(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, said: Message
) -> None:
    bob.edit(said, "0:00 too fast & <loud>")
    answer = await card.thread.wait_for(lambda m: "At 0:00 of take 1:" in m.text())
    assert "Hello team." in answer.text()
    assert answers(card) == ["Noted. At 0:00 of take 1"], "in place of the first one"
    [note] = logged_notes(workspace)
    assert (note["text"], note["start_seconds"]) == ("0:00 too fast & <loud>", 0)
    assert note["spoken"] == "Hello team."
    assert note["id"] == f"{workspace.marketing.id}.{said.ts}"
    edit = await acknowledged_event(slack, said.ts, "message_changed")

    bob.edit(said, "0:00 too loud")
    await slack.until(lambda: logged_notes(workspace)[0]["text"] == "0:00 too loud")
    bob.edit(said, "too loud")
    await slack.until(lambda: logged_notes(workspace)[0]["start_seconds"] is None)
    await send_again(slack, edit)
    [note] = logged_notes(workspace)
    assert (note["text"], note["spoken"]) == ("too loud", "")
    await slack.until(lambda: answers(card) == ["Noted."])  # it is still a note
    before = ["0:02 too fast", "0:00 too fast & <loud>", "0:00 too loud"]
    assert logged_changes(workspace) == [("note edited", bob.id, text) for text in before]


async def test_an_edit_that_does_not_change_the_text_is_ignored(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:02 see https://example.com")
    await wait_for_text(review, "1 open note")
    slack.workspace.announce("message_changed", said)  # as when Slack unfurls the link
    unfurled = await acknowledged_event(slack, said.ts, "message_changed")
    del unfurled["event"]["previous_message"]  # Slack's own sample has none
    await send_again(slack, unfurled)
    elsewhere = bob.say(workspace.marketing, "0:01 in the channel")
    bob.edit(elsewhere, "0:02 in the channel")
    await acknowledged_event(slack, elsewhere.ts, "message_changed")
    assert [note["text"] for note in logged_notes(workspace)] == ["0:02 see https://example.com"]
    assert (logged_changes(workspace), len(answers(card))) == ([], 1)


async def test_a_reply_is_a_note_only_while_it_has_text(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    picture = await bob.reply(card, "")
    await acknowledged_event(slack, picture.ts, None)
    bob.edit(picture, "0:02 like this")
    await wait_for_text(review, "1 open note")
    assert answers(card) == ["Noted. At 0:02 of take 1"]
    bob.edit(picture, "")
    await slack.until(lambda: "open note" not in review.text())
    assert logged_notes(workspace) == []
    bob.edit(picture, "@avatar like that")
    await wait_for_text(review, "1 open note")
    assert [note["text"] for note in logged_notes(workspace)] == ["like that"]


async def test_a_deleted_reply_is_on_no_checklist(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:02 too fast")
    await bob.reply(card, "@avatar Louder")
    await wait_for_text(review, "2 open notes")
    slack.person("Grace").delete(said)  # as an admin may
    await wait_for_text(review, "1 open note")
    assert logged_changes(workspace) == [("note deleted", bob.id, "0:02 too fast")]
    await send_again(slack, await acknowledged_event(slack, said.ts, None))
    await send_again(slack, await acknowledged_event(slack, said.ts, "message_deleted"))
    modal = await new_take(workspace.ada, card)
    [left] = [o["text"]["text"] for o in modal.find("notes")[1]["options"]]
    assert left == f"<@{bob.id}> Louder"
    assert len(logged_changes(workspace)) == 1
    await slack.until(lambda: answers(card) == ["Noted."])


async def test_a_note_that_a_take_has_answered_stays_as_it_was(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, said: Message
) -> None:
    modal = await new_take(workspace.ada, card, SCRIPT + " Bye.")
    [box] = [o["text"]["text"] for o in modal.find("notes")[1]["options"]]
    await modal.check("notes", box)
    assert await modal.submit() == {}
    await delivered_take(card, 2)
    bob.edit(said, "0:00 too slow")
    await acknowledged_event(slack, said.ts, "message_changed")
    bob.delete(said)
    await acknowledged_event(slack, said.ts, "message_deleted")
    [note] = logged_notes(workspace)
    assert (note["text"], bool(note["answered_by"])) == ("0:02 too fast", True)
    assert logged_changes(workspace) == []


@ON_BOTH
async def test_a_resolved_note_still_follows_its_reply(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message,
    said: Message,
) -> None:  # fmt: skip
    carol = slack.person("Carol")
    modal = await notes_form(carol, review)
    await modal.check(box(modal, "too fast"), "Resolved")
    assert await modal.submit() == {}
    await wait_for_text(review, "1 note, none open")
    bob.edit(said, "0:00 too slow")
    await slack.until(lambda: logged_notes(workspace)[0]["text"] == "0:00 too slow")
    assert logged_notes(workspace)[0]["answered_by"] == carol.id
    assert "too slow" in (await notes_form(bob, review)).text()
    bob.delete(said)
    await slack.until(lambda: logged_notes(workspace) == [])
    await slack.until(lambda: answers(card) == [])


@pytest.mark.parametrize("on_hold", [False, True], ids=["queued", "on hold"])
async def test_a_note_still_follows_its_reply_until_the_take_that_addresses_it_is_there(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, said: Message,
    on_hold: bool,
) -> None:  # fmt: skip
    await wait_for_text(card, "Ready")
    other = await bob.reply(card, "@avatar Louder")
    await slack.until(lambda: len(logged_notes(workspace)) == 2)
    log = await RequestLog.open(workspace.settings.log_path)
    await QueueLog(log.store).pause(PauseReason.CREDITS)
    form = await new_take(slack.person("Mallory"), card, "Something else.")
    await form.check("notes")
    if on_hold:
        await form.choose("Reviewers", slack.person("Carol"))
        await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    await wait_for_text(card, "Take 2 by @Mallory")
    assert [bool(note["answered_by"]) for note in logged_notes(workspace)] == [True, True]
    bob.edit(other, "@avatar Never mind")
    bob.delete(said)
    await slack.until(
        lambda: (
            [(n["text"], n["answered_by"]) for n in logged_notes(workspace)] == [("Never mind", "")]
        )
    )
    await log.close()


async def test_changes_of_the_bots_own_messages_are_no_notes(
    workspace: Workspace,
    slack: SlackStandIn,
    bob: Person,
    card: Message,
    review: Message,
    said: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await wait_for_text(card, "Ready")
    await acknowledged_event(slack, card.ts, "message_changed")
    await acknowledged_event(slack, review.ts, "message_changed")
    answer = await card.thread.wait_for(lambda m: "Noted." in m.text())
    bob.delete(answer)
    await acknowledged_event(slack, answer.ts, "message_deleted")
    bob.delete(card)
    await slack.until(lambda: card.deleted)
    bob.edit(said, "Never mind")
    await slack.until(lambda: logged_changes(workspace))
    assert [note["text"] for note in logged_notes(workspace)] == ["Never mind"]
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_events_shaped_like_slacks_own_samples_work(
    workspace: Workspace, slack: SlackStandIn, bob: Person, review: Message, said: Message
) -> None:
    """https://docs.slack.dev/reference/events/message/message_deleted and message_changed"""
    ts = slack.workspace.new_ts
    first = await acknowledged_event(slack, said.ts, None)

    async def told(subtype: str, **more: object) -> None:
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts(), **more}
        event["channel"] = workspace.marketing.id
        await slack.delivery.send("events_api", "event:message", {**first, "event": event})

    message = {**first["event"], "text": "0:00 too fast", "edited": {"user": bob.id, "ts": ts()}}
    await told("message_changed", message=message)
    await slack.until(lambda: logged_notes(workspace)[0]["text"] == "0:00 too fast")
    await told("message_deleted", deleted_ts=said.ts)
    await slack.until(lambda: "open note" not in review.text())
    assert logged_notes(workspace) == []
    assert logged_changes(workspace) == [
        ("note edited", bob.id, "0:02 too fast"), ("note deleted", bob.id, "0:00 too fast")
    ]  # fmt: skip


async def test_edits_that_arrive_in_the_wrong_order_leave_the_last_text(
    workspace: Workspace,
    slack: SlackStandIn,
    bob: Person,
    card: Message,
    review: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = await bob.reply(card, "@avatar Louder")
    await wait_for_text(review, "1 open note")
    sent: list[dict[str, Any]] = []
    with monkeypatch.context() as held:
        held.setattr(slack.delivery, "send_event", lambda name, payload: sent.append(payload))
        bob.edit(said, "Quieter")
        bob.edit(said, "@avatar Louder")
    for event in reversed(sent):
        await slack.delivery.send("events_api", "event:message", event)
    await acknowledged_event(slack, said.ts, "message_changed")
    await bob.reply(card, "@avatar Bye")
    await wait_for_text(review, "2 open notes")
    assert [note["text"] for note in logged_notes(workspace)] == ["Louder", "Bye"]
