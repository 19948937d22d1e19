"""*I've topped up: resume*, where the queue isn't paused anymore."""

from copy import copy

import pytest

from tests.support.conversations import ask, delivered
from tests.support.workspace import StartBot, wait_for_text


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_old_button_reads_no_balance(start_bot: StartBot, http: bool) -> None:
    """It can be pressed again and again, and each look uses Segmind's limit."""
    workspace = await start_bot(http=http)
    slack, resume = workspace.slack, "I've topped up: resume"
    workspace.segmind.balance = 0
    card = await wait_for_text(await ask(workspace), "out of credits")
    old = copy(card)
    workspace.segmind.balance = 50
    await workspace.ada.press(resume, card)
    await delivered(card)

    def balances() -> int:
        return sum("credits" in call.path for call in workspace.segmind.journal)

    before, answers = balances(), slack.journal.calls("chat.postEphemeral")
    await workspace.ada.press(resume, old)
    await slack.until(lambda: len(slack.journal.calls("chat.postEphemeral")) > len(answers))
    [answer] = slack.journal.calls("chat.postEphemeral")[len(answers) :]
    assert "The queue has resumed." in answer.arguments["text"]
    assert balances() == before
