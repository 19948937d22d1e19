"""Nothing of what is spoken in a video that was taken down can be read in its thread anymore."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import says
from tests.support.request_log import nothing_owed
from tests.support.reviewing.notes import logged_changes
from tests.support.reviewing.shares import approved_take
from tests.support.workspace import StartBot, wait_for_text

SPOKEN = ("Hello team", "This is our news")


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_note_quotes_nothing_of_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, eve = slack.person("Bob"), slack.person("Eve")
    card, review = await approved_take(workspace)
    note = await bob.reply(card, "0:01 too fast")
    answer = await card.thread.wait_for(says("At 0:01 of take 1"))
    assert SPOKEN[1] in answer.text()
    await workspace.ada.press("Take it down", review)
    assert await (await workspace.ada.modal()).submit() == {}
    await wait_for_text(card, "Taken down by @Ada")
    await slack.until(lambda: answer.text() == "Noted.")
    await eve.reply(card, "0:00 0:01 0:02 what did they say?")
    await card.thread.wait_for(lambda m: m is not answer and "Noted" in m.text())
    bob.edit(note, "0:00 0:02 much too fast")
    await slack.until(lambda: len(logged_changes(workspace)) == 1)
    await nothing_owed(workspace.settings.log_path)
    shown = [m.text() for m in card.thread.replies()]
    assert not [text for text in shown if any(words in text for words in SPOKEN)]
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    [notes] = [
        b for b in form.view["blocks"] if b.get("label", {}).get("text", "").startswith("Notes")
    ]
    assert len(notes["element"]["options"]) == 2
    assert not any(words in str(notes) for words in SPOKEN)
