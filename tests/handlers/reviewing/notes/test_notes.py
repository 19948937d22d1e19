"""Notes: replies in the thread of a card, saved with their timecode and answered with the
sentence spoken there."""

from typing import Any

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import Message, Person, SlackStandIn
from handlers.reviewing.notes.replies import NOTE_LIMIT
from tests.support.conversations import ask, new_take, review_of, says, told
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.notes import (
    SCRIPT,
    acknowledged_event,
    answers,
    logged_notes,
    send_again,
)
from tests.support.workspace import Workspace, wait_for_text

ON_BOTH = pytest.mark.parametrize(
    "workspace", [False, True], ids=["Socket Mode", "HTTP"], indirect=True
)


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
        answer = await card.thread.wait_for(says(shown))
        assert "This is our big news of the year." in answer.text()
        assert answer.mentions() == []
        bob.delete(answer)
    await wait_for_text(review, "3 open notes")
    assert [(n["start_seconds"], n["end_seconds"]) for n in logged_notes(workspace)] == [
        (2, 2), (1, 2), (2, 2)
    ]  # fmt: skip
    assert {n["spoken"] for n in logged_notes(workspace)} == {"This is our big news of the year."}
    assert {n["take_id"] for n in logged_notes(workspace)} == {
        f"{logged_notes(workspace)[0]['request_id']}-1"
    }


async def test_of_an_endless_reply_the_beginning_is_kept(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    """Thousands of these would stop whatever reads them."""
    await bob.reply(card, f"0:02 {'too fast ' * 4_000}")
    await wait_for_text(review, "1 open note")
    [note] = logged_notes(workspace)
    assert note["text"].startswith("0:02 too fast")
    assert len(note["text"]) <= NOTE_LIMIT


async def test_a_reply_with_a_timecode_or_that_mentions_the_bot_is_a_note(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    for said in ("Thanks both, on it!", "@Ada, lunch at 12:30?", "@Carol can you look?"):
        await bob.reply(card, said)
    await bob.reply(card, "@avatar the logo is missing")
    await bob.reply(card, "@Ada 0:02 too fast")
    await wait_for_text(review, "2 open notes")
    await card.thread.wait_for(lambda _: len(answers(card)) == 2)
    assert sorted(answers(card)) == ["Noted.", "Noted. At 0:02 of take 1"]
    noted = [note["text"] for note in logged_notes(workspace) if note["kind"] == ""]
    assert noted == [
        "the logo is missing",
        f"@{workspace.ada.id} 0:02 too fast",
    ]
    assert len(logged_notes(workspace)) == 5, "the others can still be marked as notes"
    assert "Approve with 2 open notes" in review.buttons()


async def test_each_timecode_of_a_note_gets_its_quote_in_one_answer(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:00 and 0:02 are too fast, 0:59 is missing")
    answer = await card.thread.wait_for(says("Noted."))
    assert answer.text().splitlines() == [
        "Noted. At 0:00 of take 1:", "> Hello team.",
        "At 0:02:", "> This is our big news of the year.",
        "0:59 is past the end (0:04).",
    ]  # fmt: skip
    await wait_for_text(review, "1 open note")
    bob.edit(said, "0:00 and 0:04 are too fast")  # the first timecode is as it was
    await card.thread.wait_for(says("At 0:04:\n> See you on Monday."))
    assert len(answers(card)) == 1
    bob.edit(said, "0:30, 0:40 and 0:59 are missing")
    late = "Noted, but 0:30, 0:40 and 0:59 are past the end (0:04)."
    await card.thread.wait_for(says(late))


async def test_notes_are_on_the_next_takes_checklist(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    first = await bob.reply(card, "@avatar Nice & <calm>!")
    await bob.reply(card, "0:02 too fast")
    await wait_for_text(review, "2 open notes")
    await workspace.ada.press("New take", card)
    modal = await workspace.ada.modal()
    boxes = modal.find("notes")[1]["options"]
    assert [box["text"]["text"] for box in boxes] == [
        f"<@{bob.id}> 0:02 too fast",
        f"<@{bob.id}> Nice &amp; &lt;calm&gt;!",
    ], "in the order of the video"
    assert "This is our big news of the year." in boxes[0]["description"]["text"]
    await modal.press("More options")
    await modal.wait_for(lambda m: "Resolution" in m.labels())
    await modal.check("notes", "0:02 too fast")
    await modal.type("Script", SCRIPT + " Bye.")
    await modal.wait_for(lambda m: "69 of 3,000" in m.text())
    workspace.slack.faults.add("views.push", status=429, retry_after=30)
    await modal.press("Read all notes")
    await told(workspace.ada, "Slack is busy, so the form didn't open.")
    await modal.press("Read all notes")
    await modal.wait_for(lambda m: "@Bob · 0:02 · take 1\n> 0:02 too fast" in m.text())
    await modal.close()
    assert await modal.submit() == {}
    second = await review_of(card, 2)
    assert [bool(n["answered_by"]) for n in logged_notes(workspace)] == [False, True]
    assert "1 open note." in second.text(), "it stands with the new take"
    assert "Approve with 1 open note" in second.buttons()
    await bob.reply(card, "0:00 too loud")
    await wait_for_text(second, "2 open notes")
    modal = await new_take(workspace.ada, card)
    assert [o["text"]["text"] for o in modal.find("notes")[1]["options"]] == [
        f"<@{bob.id}> 0:00 too loud", f"<@{bob.id}> Nice &amp; &lt;calm&gt;!"
    ]  # fmt: skip
    await modal.close()
    await bob.press("Notes", second)
    modal = await bob.modal()
    await modal.check((f"{workspace.marketing.id}.{first.ts}", "settled"), "Resolved")
    assert await modal.submit() == {}
    await wait_for_text(second, "1 open note.")


async def test_approve_counts_the_notes_that_a_take_under_way_or_cancelled_addresses(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    await bob.reply(card, "0:02 too fast")
    await wait_for_text(review, "1 open note")
    workspace.segmind.pace = HELD
    modal = await new_take(workspace.ada, card)
    await modal.check("notes", "0:02 too fast")
    assert await modal.submit() == {}
    await wait_for_text(card, "Rendering")
    await bob.reply(card, "0:00 too loud")
    await wait_for_text(review, "2 open notes")
    assert "Approve with 2 open notes" in review.buttons()
    await workspace.ada.press("Stop waiting", card)
    await wait_for_text(card, "Get the video")
    assert "Approve with 2 open notes" in review.buttons()


async def test_more_notes_than_a_checklist_holds_are_counted(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    for number in range(13):
        await bob.reply(card, f"Note {number} at 0:01 " + "with many words " * 20)
    await wait_for_text(review, "13 open notes")
    await workspace.ada.press("New take", card)
    modal = await workspace.ada.modal()
    boxes = modal.find("notes")[1]["options"]
    assert [int(box["text"]["text"].split()[2]) for box in boxes] == [*range(10)]
    assert "3 more open notes." in modal.text()


async def test_messages_elsewhere_are_no_notes(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    other = bob.say(workspace.marketing, "0:01 in the channel")
    await bob.reply(other, "0:01 in another thread")
    await bob.reply(card, "0:01 in the thread")
    await wait_for_text(review, "1 open note")
    assert [note["text"] for note in logged_notes(workspace)] == ["0:01 in the thread"]


async def test_an_event_sent_twice_makes_one_note_and_one_answer(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:02 too fast")
    await send_again(slack, await acknowledged_event(slack, said.ts, None))
    await wait_for_text(review, "1 open note")
    await bob.reply(card, "@avatar the end")
    await wait_for_text(review, "2 open notes")
    await card.thread.wait_for(lambda _: len(answers(card)) == 2)
    assert sorted(answers(card)) == ["Noted.", "Noted. At 0:02 of take 1"]
    assert len(logged_notes(workspace)) == 2


@pytest.mark.parametrize(("note", "answer"), [
    ("0:59 too fast", "0:59 is past the end"),
    ("louder at 14s please", "0:14 is past the end"),
    ("9:16 for mobile please", ""),
    ("12:30 works for me", ""),
    ("see you at 10:30", ""),
])  # fmt: skip
async def test_a_time_past_the_end_is_a_mistake_only_if_it_means_the_video(
    workspace: Workspace, bob: Person, card: Message, review: Message, note: str, answer: str
) -> None:
    await bob.reply(card, note)
    await bob.reply(card, "@avatar the end")
    await wait_for_text(review, "2 open notes" if answer else "1 open note")
    await card.thread.wait_for(says("Noted."))
    if answer:
        await card.thread.wait_for(says(answer))
    answers = [m.text() for m in card.thread.replies() if "is past the end" in m.text()]
    assert [answer in text for text in answers] == ([True] if answer else [])
    kept, _ = logged_notes(workspace)
    assert (kept["start_seconds"] is not None) is bool(answer)


async def test_without_captions_the_timecode_is_kept_without_a_quote(
    workspace: Workspace, bob: Person
) -> None:
    workspace.segmind.faults.next_job(Outcome(captions=False))
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await bob.reply(card, "0:02 too fast")
    await wait_for_text(review, "1 open note")
    [note] = logged_notes(workspace)
    assert (note["start_seconds"], note["spoken"]) == (2, "")


@pytest.mark.parametrize("fault", [{"status": 503, "times": 3}, {"drop": "after"}], ids=str)
async def test_an_answer_that_slack_did_not_confirm_comes_later_and_once(
    workspace: Workspace,
    slack: SlackStandIn,
    bob: Person,
    card: Message,
    review: Message,
    fault: dict[str, Any],
) -> None:
    slack.faults.add("chat.postMessage", **fault)
    await bob.reply(card, "0:02 too fast")
    await wait_for_text(review, "1 open note")
    assert answers(card) == ["Noted. At 0:02 of take 1"]
