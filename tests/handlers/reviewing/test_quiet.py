"""How much the bot says in the thread of a video, and how little twice."""

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import (
    delivered_take,
    new_take,
    request_changes,
    review_of,
    told,
)
from tests.support.reviewing.notes import SCRIPT, answers, notices
from tests.support.waiting import wait_until
from tests.support.workspace import Workspace, wait_for_text

NOTES = (
    ("0:00 and 0:02 too fast", "0:04 louder"),
    ("0:00 wave", "0:02, 0:04 slower"),
    ("0:02 hm",),
)


@pytest.mark.parametrize("workspace", [False, True], ids=["Socket Mode", "HTTP"], indirect=True)
async def test_three_takes_with_five_notes_and_all_decisions_make_at_most_twelve_messages(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    ada, carol, said = workspace.ada, slack.person("Carol"), 0
    for number, notes in enumerate(NOTES, 1):
        review = await review_of(card, number)
        for note in notes:
            await bob.reply(card, note)
            said += 1
        await wait_for_text(review, "open note")
        await request_changes(bob, review, f"Slower {number}")
        await told(ada, f"Bob requested changes to take {number}")
        await request_changes(carol, review, f"Louder {number}")
        await told(ada, f"Carol requested changes to take {number}")
        await bob.press("Undo my decision", review)
        await carol.press("approve", review)
        await told(ada, f"Carol approved take {number}")
        await carol.press("Undo my decision", review)
        await told(ada, f"Carol withdrew their approval of take {number}")
        if number < len(NOTES):
            assert await (await new_take(ada, card)).submit() == {}
    await bob.press("approve", review)
    await told(ada, "Bob approved take 3")
    await card.thread.wait_for(lambda _: len(answers(card)) == said)
    by_bot = [m for m in card.thread.replies() if m.user == slack.installation.bot.id]
    of_takes = [m for m in by_bot if "Noted." not in m.text()]
    assert len(of_takes) == 6, "the video and the review of each take"
    assert [bool(m.files) for m in of_takes] == [True, False] * 3
    assert len(by_bot) <= 12
    assert len(notices(ada)) == 13, "each decision once"
    # The card shows the script. The reviews of older takes are drawn without it in a moment.
    await wait_until(lambda: not any(SCRIPT in m.fallback for m in card.thread.replies()))
    await wait_for_text(card, "Take 3 · :white_check_mark: approved · Go to the review")
    [line] = [line for line in card.text().splitlines() if "Go to the review" in line]
    assert f"/archives/{card.channel.id}/p{review.ts.replace('.', '')}" in line


async def test_a_rewritten_script_is_shown_whole_with_a_link_to_the_old_take(
    workspace: Workspace, card: Message, review: Message
) -> None:
    script = "Good morning everybody. Our big news of the year: a second <office>. Bye!"
    assert await (await new_take(workspace.ada, card, script)).submit() == {}
    video = await delivered_take(card, 2)
    assert f"New script\n> {script}" in video.text()
    assert "~" not in video.fallback
    permalink = f"p{review.ts.replace('.', '')}"
    assert f"{permalink}" in video.text().splitlines()[2]
