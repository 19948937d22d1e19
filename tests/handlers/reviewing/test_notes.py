"""Notes: replies in the thread of a card, kept with their timecode and answered with what is said
there, for as long as they stand there; and nothing else that is said in the workspace."""

import json
import logging
import sqlite3
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import ask, delivered_take, new_take, review_of
from tests.support.workspace import StartBot, Workspace, wait_for_text

SCRIPT = "Hello team. This is our big news of the year. See you on Monday."
ON_BOTH = pytest.mark.parametrize(
    "workspace", [False, True], ids=["Socket Mode", "HTTP"], indirect=True
)


@pytest.fixture
async def workspace(start_bot: StartBot, request: pytest.FixtureRequest) -> Workspace:
    return await start_bot(http=getattr(request, "param", False))


@pytest.fixture
def bob(slack: SlackStandIn) -> Person:
    return slack.person("Bob")


@pytest.fixture
async def card(workspace: Workspace) -> Message:
    return await ask(workspace, SCRIPT)


@pytest.fixture
async def review(card: Message) -> Message:
    """The message under its take, which says how many notes there are."""
    return await review_of(card)


@pytest.fixture
async def said(bob: Person, card: Message, review: Message) -> Message:
    """Bob's reply, once it is the one note."""
    said = await bob.reply(card, "0:02 too fast")
    await counted(review, "1 note, 1 open")
    return said


def noted(workspace: Workspace) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM notes ORDER BY at")]


def changes(workspace: Workspace) -> list[tuple[str, str, str]]:
    """What the log says of edits and deletions: (kind, by, the text before)."""
    sql = """SELECT kind, "by", detail FROM events WHERE kind LIKE 'note %' ORDER BY seq"""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        return [(kind, by, json.loads(detail)["text"]) for kind, by, detail in db.execute(sql)]


def says(words: str, message: Message) -> bool:
    return words in message.text()


def answers(card: Message) -> list[str]:
    return [m.text().split(":\n")[0] for m in card.thread.replies() if says("Noted.", m)]


async def heard(slack: SlackStandIn, ts: str, subtype: str | None) -> dict[str, Any]:
    """The event of that message, once the bot has acknowledged it."""

    def look() -> dict[str, Any]:
        for call in slack.journal.calls("event:message"):
            event = call.arguments["event"]
            about = event.get("deleted_ts") or event.get("message", event)["ts"]
            if (event.get("subtype"), about) == (subtype, ts) and call.seconds is not None:
                return call.arguments
        return {}

    return await slack.until(look)


async def sent_again(slack: SlackStandIn, event: dict[str, Any]) -> None:
    """As if the acknowledgement was lost: https://docs.slack.dev/apis/events-api#retries"""
    await slack.delivery.send("events_api", "event:message", event, retry=1)


async def counted(review: Message, words: str) -> Message:
    return await review.channel.wait_for(lambda m: m is review and words in m.text())


@ON_BOTH
async def test_a_timecode_is_answered_with_the_sentence_that_is_spoken_there(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    for said, shown in {
        "0:02 too fast": "At 0:02 of take 1:",
        "0:01-0:02 hm": "At 0:01–0:02 of take 1:",  # noqa: RUF001
        "louder at 2s please": "At 0:02 of take 1:",
    }.items():
        await bob.reply(card, said)
        answer = await card.thread.wait_for(partial(says, shown))
        assert "This is our big news of the year." in answer.text()
        assert answer.mentions() == []
        bob.delete(answer)
    await counted(review, "3 notes, 3 open")
    assert [(n["start_seconds"], n["end_seconds"]) for n in noted(workspace)] == [
        (2, 2), (1, 2), (2, 2)
    ]  # fmt: skip
    assert {n["spoken"] for n in noted(workspace)} == {"This is our big news of the year."}
    assert {n["take_id"] for n in noted(workspace)} == {f"{noted(workspace)[0]['request_id']}-1"}


async def test_any_reply_is_a_note_and_is_on_the_next_takes_checklist(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    await bob.reply(card, "Nice & <calm>, @Ada!")
    await bob.reply(card, "0:02 too fast")
    await counted(review, "2 notes, 2 open")
    await workspace.ada.press("New take", card)
    modal = await workspace.ada.modal()
    boxes = [o["text"]["text"] for o in modal.find("Notes")[1]["options"]]
    assert boxes[0].startswith("0:02 too fast (“This is our big news"), "the newest first"
    assert boxes[1].startswith("Nice & <calm>, @")
    await modal.press("More options")
    await modal.wait_for(lambda m: "Resolution" in m.labels())
    await modal.check("Notes", boxes[0])
    await modal.type("Script", SCRIPT + " Bye.")
    await modal.wait_for(lambda m: "69 of 3,000" in m.text())
    assert await modal.submit() == {}
    await review_of(card, 2)
    assert [bool(n["answered_by"]) for n in noted(workspace)] == [False, True]
    await workspace.ada.press("New take", card)
    modal = await workspace.ada.modal()
    [left] = [o["text"]["text"] for o in modal.find("Notes")[1]["options"]]
    assert left.startswith("Nice & <calm>")


async def test_more_notes_than_a_checklist_holds_are_counted(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    for number in range(13):
        await bob.reply(card, f"Note {number} " + "with many words " * 20)
    await counted(review, "13 notes, 13 open")
    await workspace.ada.press("New take", card)
    modal = await workspace.ada.modal()
    boxes = modal.find("Notes")[1]["options"]
    numbers = [int(box["text"]["text"].split()[1]) for box in boxes]
    assert numbers == [*range(12, 2, -1)]
    assert "3 older notes are in the thread" in modal.text()


async def test_what_is_said_elsewhere_is_nobodys_note(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    other = bob.say(workspace.marketing, "0:01 in the channel")
    await bob.reply(other, "0:01 in another thread")
    await bob.reply(card, "in the thread")
    await counted(review, "1 note, 1 open")
    assert [note["text"] for note in noted(workspace)] == ["in the thread"]


async def test_an_event_that_slack_sends_again_makes_one_note_and_one_answer(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:02 too fast")
    await sent_again(slack, await heard(slack, said.ts, None))
    await counted(review, "1 note, 1 open")
    await bob.reply(card, "the end")
    await counted(review, "2 notes, 2 open")
    assert len(answers(card)) == 1
    assert len(noted(workspace)) == 2


@ON_BOTH
async def test_an_open_note_follows_its_reply_and_is_answered_anew_where_its_place_changed(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, said: Message
) -> None:
    bob.edit(said, "0:00 too fast & <loud>")
    answer = await card.thread.wait_for(partial(says, "At 0:00 of take 1:"))
    assert "Hello team." in answer.text()
    assert answers(card) == ["Noted. At 0:00 of take 1"], "in place of the first one"
    [note] = noted(workspace)
    assert (note["text"], note["start_seconds"]) == ("0:00 too fast & <loud>", 0)
    assert note["spoken"] == "Hello team."
    assert note["id"] == f"{workspace.marketing.id}.{said.ts}"
    edit = await heard(slack, said.ts, "message_changed")

    bob.edit(said, "0:00 too loud")
    await slack.until(lambda: noted(workspace)[0]["text"] == "0:00 too loud")
    bob.edit(said, "too loud")
    await slack.until(lambda: noted(workspace)[0]["start_seconds"] is None)
    await sent_again(slack, edit)
    [note] = noted(workspace)
    assert (note["text"], note["spoken"]) == ("too loud", "")
    await slack.until(lambda: not answers(card))
    before = ["0:02 too fast", "0:00 too fast & <loud>", "0:00 too loud"]
    assert changes(workspace) == [("note edited", bob.id, text) for text in before]


async def test_an_edit_that_leaves_the_words_as_they_were_is_none(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:02 see https://example.com")
    await counted(review, "1 note, 1 open")
    slack.workspace.announce("message_changed", said)  # as when Slack unfurls the link
    unfurled = await heard(slack, said.ts, "message_changed")
    del unfurled["event"]["previous_message"]  # Slack's own sample has none
    await sent_again(slack, unfurled)
    elsewhere = bob.say(workspace.marketing, "0:01 in the channel")
    bob.edit(elsewhere, "0:02 in the channel")
    await heard(slack, elsewhere.ts, "message_changed")
    assert [note["text"] for note in noted(workspace)] == ["0:02 see https://example.com"]
    assert (changes(workspace), len(answers(card))) == ([], 1)


async def test_a_reply_that_gets_words_becomes_a_note_and_one_that_loses_them_is_none(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    picture = await bob.reply(card, "")
    await heard(slack, picture.ts, None)
    bob.edit(picture, "0:02 like this")
    await counted(review, "1 note, 1 open")
    assert answers(card) == ["Noted. At 0:02 of take 1"]
    bob.edit(picture, "")
    await slack.until(lambda: "1 note" not in review.text())
    assert noted(workspace) == []
    bob.edit(picture, "like that")
    await counted(review, "1 note, 1 open")
    assert [note["text"] for note in noted(workspace)] == ["like that"]


async def test_a_deleted_reply_is_on_no_checklist(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:02 too fast")
    await bob.reply(card, "Louder")
    await counted(review, "2 notes, 2 open")
    slack.person("Grace").delete(said)  # as an admin may
    await counted(review, "1 note, 1 open")
    assert changes(workspace) == [("note deleted", bob.id, "0:02 too fast")]
    await sent_again(slack, await heard(slack, said.ts, None))
    await sent_again(slack, await heard(slack, said.ts, "message_deleted"))
    modal = await new_take(workspace.ada, card)
    [left] = [o["text"]["text"] for o in modal.find("Notes")[1]["options"]]
    assert left == "Louder"
    assert len(changes(workspace)) == 1
    assert answers(card) == []


async def test_a_note_that_a_take_has_answered_stays_as_it_was(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, said: Message
) -> None:
    modal = await new_take(workspace.ada, card, SCRIPT + " Bye.")
    [box] = [o["text"]["text"] for o in modal.find("Notes")[1]["options"]]
    await modal.check("Notes", box)
    assert await modal.submit() == {}
    await delivered_take(card, 2)
    bob.edit(said, "0:00 too slow")
    await heard(slack, said.ts, "message_changed")
    bob.delete(said)
    await heard(slack, said.ts, "message_deleted")
    [note] = noted(workspace)
    assert (note["text"], bool(note["answered_by"])) == ("0:02 too fast", True)
    assert changes(workspace) == []


async def test_what_happens_to_the_bots_own_messages_is_no_note(
    workspace: Workspace,
    slack: SlackStandIn,
    bob: Person,
    card: Message,
    review: Message,
    said: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await wait_for_text(card, "Ready")
    await heard(slack, card.ts, "message_changed")
    await heard(slack, review.ts, "message_changed")
    answer = await card.thread.wait_for(partial(says, "Noted."))
    bob.delete(answer)
    await heard(slack, answer.ts, "message_deleted")
    bob.delete(card)
    await slack.until(lambda: card.deleted)
    bob.edit(said, "Never mind")
    await slack.until(lambda: changes(workspace))
    assert [note["text"] for note in noted(workspace)] == ["Never mind"]
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(("note", "answer"), [
    ("0:59 too fast", "0:59 is past the end"),
    ("louder at 14s please", "0:14 is past the end"),
    ("9:16 for mobile please", ""),
    ("12:30 works for me", ""),
    ("see you at 10:30", ""),
])  # fmt: skip
async def test_a_time_past_the_end_is_a_mistake_only_where_it_means_the_video(
    workspace: Workspace, bob: Person, card: Message, review: Message, note: str, answer: str
) -> None:
    await bob.reply(card, note)
    await counted(review, "1 note, 1 open")
    answers = [m.text() for m in card.thread.replies() if "is past the end" in m.text()]
    assert [answer in text for text in answers] == ([True] if answer else [])
    [kept] = noted(workspace)
    assert (kept["start_seconds"] is not None) is bool(answer)


async def test_without_captions_the_timecode_is_kept_and_nothing_is_quoted(
    workspace: Workspace, bob: Person
) -> None:
    workspace.segmind.faults.next_job(Outcome(captions=False))
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await bob.reply(card, "0:02 too fast")
    await counted(review, "1 note, 1 open")
    [note] = noted(workspace)
    assert (note["start_seconds"], note["spoken"]) == (2, "")


async def test_a_change_as_slacks_own_sample_has_it_is_one(
    workspace: Workspace, slack: SlackStandIn, bob: Person, review: Message, said: Message
) -> None:
    """https://docs.slack.dev/reference/events/message/message_deleted and message_changed"""
    ts = slack.workspace.new_ts
    first = await heard(slack, said.ts, None)

    async def told(subtype: str, **more: object) -> None:
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts(), **more}
        event["channel"] = workspace.marketing.id
        await slack.delivery.send("events_api", "event:message", {**first, "event": event})

    message = {**first["event"], "text": "0:00 too fast", "edited": {"user": bob.id, "ts": ts()}}
    await told("message_changed", message=message)
    await slack.until(lambda: noted(workspace)[0]["text"] == "0:00 too fast")
    await told("message_deleted", deleted_ts=said.ts)
    await slack.until(lambda: "1 note" not in review.text())
    assert noted(workspace) == []
    assert changes(workspace) == [
        ("note edited", bob.id, "0:02 too fast"), ("note deleted", bob.id, "0:00 too fast")
    ]  # fmt: skip


async def test_an_edit_and_its_way_back_that_come_in_the_wrong_order_leave_the_last_words(
    workspace: Workspace,
    slack: SlackStandIn,
    bob: Person,
    card: Message,
    review: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = await bob.reply(card, "Louder")
    await counted(review, "1 note, 1 open")
    sent: list[dict[str, Any]] = []
    with monkeypatch.context() as held:
        held.setattr(slack.delivery, "send_event", lambda name, payload: sent.append(payload))
        bob.edit(said, "Quieter")
        bob.edit(said, "Louder")
    for event in reversed(sent):
        await slack.delivery.send("events_api", "event:message", event)
    await heard(slack, said.ts, "message_changed")
    await bob.reply(card, "Bye")
    await counted(review, "2 notes, 2 open")
    assert [note["text"] for note in noted(workspace)] == ["Louder", "Bye"]
