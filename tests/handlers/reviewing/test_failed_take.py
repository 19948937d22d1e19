"""After a take without a video, the one before it is still the one that people review."""

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, new_take, review_of
from tests.support.workspace import StartBot, wait_for_text


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_card_of_a_failed_take_says_how_the_one_before_it_stands(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card = await ask(workspace, "Hello team.")
    review, bob = await review_of(card), slack.person("Bob")
    await bob.press("Approve", review)
    await wait_for_text(card, "Take 1 · :white_check_mark: approved")
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    assert await (await new_take(workspace.ada, card, "Other words.")).submit() == {}
    await wait_for_text(card, "No face", "Back to take 1 · :white_check_mark: approved")
    [line] = [line for line in card.text().splitlines() if "Back to take 1" in line]
    assert f"/p{review.ts.replace('.', '')}" in line
    await bob.press("Undo my decision", review)
    await wait_for_text(card, "Back to take 1 · :eyes: waiting for review")
