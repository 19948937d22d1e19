"""A reply that begins with what can only be a mistyped timecode: its author hears of that."""

import pytest

from bot.demo.slack import Message, Person
from tests.support.conversations import says
from tests.support.reviewing.notes import logged_notes
from tests.support.workspace import Workspace, wait_for_text

NO_TIME = "isn't a time in this video"


@pytest.mark.parametrize("workspace", [False, True], ids=["Socket Mode", "HTTP"], indirect=True)
async def test_its_author_alone_hears_that_it_is_no_time(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "0:99 too fast")
    told = await bob.wait_for_ephemeral(workspace.marketing, says(f"0:99 {NO_TIME}"))
    assert told.thread_ts == card.ts
    assert not any(NO_TIME in m.text() for m in card.thread.replies())
    bob.edit(said, "0:03 too fast")
    await wait_for_text(review, "1 open note")
    await card.thread.wait_for(says("Noted. At 0:03"))


async def test_conversation_stays_unanswered(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    for said in ("lunch at 12:30?", "16:9 is better", "2:30 works for me", "we won 3:1",
                 "I heard 0:99 somewhere"):  # fmt: skip
        await bob.reply(card, said)
    await bob.reply(card, "@avatar 0:75 too fast")
    answer = await card.thread.wait_for(says("Noted, but 0:75 isn't a time in this video."))
    await wait_for_text(review, "1 open note")
    assert len(logged_notes(workspace)) == 6
    assert [m for m in card.thread.replies() if m.user == answer.user and "Noted" in m.text()] == [
        answer
    ]
    assert not [m for m in bob.ephemerals(workspace.marketing) if NO_TIME in m.text()]
