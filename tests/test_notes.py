"""Notes: replies in the thread of a card, kept with their timecode and answered with what is said
there; and nothing else that is said in the workspace."""

import sqlite3
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import Message, SlackStandIn
from tests.conftest import StartBot, Workspace
from tests.conversations import ask, review_of

SCRIPT = "Hello team. This is our big news of the year. See you on Monday."


def noted(workspace: Workspace) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM notes ORDER BY at")]


def says(words: str, message: Message) -> bool:
    return words in message.text()


async def counted(review: Message, words: str) -> Message:
    return await review.channel.wait_for(lambda m: m is review and words in m.text())


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_timecode_is_answered_with_the_sentence_that_is_spoken_there(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
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
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
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
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    for number in range(13):
        await slack.person("Bob").reply(card, f"Note {number} " + "with many words " * 20)
    await counted(review, "13 notes, 13 open")
    await workspace.ada.press("New take", card)
    modal = await workspace.ada.modal()
    boxes = modal.find("Notes")[1]["options"]
    numbers = [int(box["text"]["text"].split()[1]) for box in boxes]
    assert numbers == [*range(12, 2, -1)]
    assert "3 older ones are in the thread" in modal.text()


async def test_what_is_said_elsewhere_is_nobodys_note(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace)
    review = await review_of(card)
    other = bob.say(workspace.marketing, "0:01 in the channel")
    await bob.reply(other, "0:01 in another thread")
    await bob.reply(card, "in the thread")
    await counted(review, "1 note, 1 open")
    assert [note["text"] for note in noted(workspace)] == ["in the thread"]


async def test_an_event_that_slack_sends_again_makes_one_note_and_one_answer(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await slack.person("Bob").reply(card, "0:02 too fast")
    await slack.sockets.redeliver(event=True)
    await counted(review, "1 note, 1 open")
    await slack.person("Bob").reply(card, "the end")
    await counted(review, "2 notes, 2 open")
    assert len([m for m in card.thread if "Noted." in m.text()]) == 1
    assert len(noted(workspace)) == 2


@pytest.mark.parametrize(("note", "answer"), [
    ("9:59 too fast", "nothing is said at 9:59"),
    ("see you at 10:30", ""),
])  # fmt: skip
async def test_a_time_past_the_end_is_a_mistake_only_where_it_leads_the_note(
    workspace: Workspace, slack: SlackStandIn, note: str, answer: str
) -> None:
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await slack.person("Bob").reply(card, note)
    await counted(review, "1 note, 1 open")
    answers = [m.text() for m in card.thread.replies() if "long: nothing" in m.text()]
    assert [answer in text for text in answers] == ([True] if answer else [])


async def test_without_captions_the_timecode_is_kept_and_nothing_is_quoted(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.faults.next_job(Outcome(captions=False))
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await slack.person("Bob").reply(card, "0:02 too fast")
    await counted(review, "1 note, 1 open")
    [note] = noted(workspace)
    assert (note["start_seconds"], note["spoken"]) == (2, "")
