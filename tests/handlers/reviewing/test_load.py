"""A review as large as they get: 200 notes, 30 reviewers, 10 takes; all notes edited at once."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing

from bot.demo.slack import Message, SlackStandIn
from bot.process.clock import Clock
from bot.storage.store import placeholders
from tests.support.conversations import fresh_modal, new_take, review_of
from tests.support.reviewing.due_dates import FRIDAY
from tests.support.reviewing.notes import SCRIPT, logged_notes
from tests.support.reviewing.reviewers import DAY, HOUR, reminders
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

SCALE = 0.1  # of the bot's waits, and of Slack's minute
NOTES, REVIEWERS, TAKES, APPROVALS, NEEDED = 200, 20, 10, 25, 30


def add_older_takes(workspace: Workspace) -> None:
    """Takes 2 to 9, as the log would have them; each was replaced after a request for changes."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        [first] = [dict(row) for row in db.execute("SELECT * FROM takes")]
        for number in range(2, TAKES):
            take = {**first, "id": f"{first['request_id']}-{number}", "number": number,
                    "segmind_request_id": "", "review_ts": "",
                    "decision": "changes_requested"}  # fmt: skip
            db.execute(
                f"INSERT INTO takes ({', '.join(take)}) VALUES {placeholders(take)}",
                [*take.values()],
            )
        db.commit()


def check_calls(slack: SlackStandIn, began: int) -> None:
    """Nothing above Slack's limits, and at most one update a second of each message."""
    calls = list(slack.journal)[began:]
    answers = [call.answer for call in calls if isinstance(call.answer, dict)]
    assert [answer for answer in answers if answer.get("ok") is False] == []
    updates = [call for call in calls if call.name == "chat.update"]
    seconds = (updates[-1].started - updates[0].started) / SCALE
    by_message = Counter(call.arguments["ts"] for call in updates)
    assert max(by_message.values()) <= 2 + seconds, by_message


def check_size(message: Message) -> None:
    assert len(message.blocks) <= 50
    texts = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    assert max(map(len, texts)) <= 3000


async def test_a_large_review_stays_within_slacks_limits_and_loses_nothing(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    time = FRIDAY + 10 * HOUR
    clock = Clock(SCALE, now=lambda: time)
    workspace = await start_bot(clock=clock, APPROVALS_NEEDED=str(NEEDED))
    slack.rate_limits.turn_on(SCALE)
    people = [slack.person(f"Reviewer {number}") for number in range(APPROVALS)]
    modal = await fresh_modal(workspace, SCRIPT)
    await modal.choose("Reviewers", *people[:REVIEWERS])
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: SCRIPT in m.text())
    await review_of(card)
    await wait_for_text(card, "cost $")
    add_older_takes(workspace)
    assert await (await new_take(workspace.ada, card)).submit() == {}
    review = await review_of(card, TAKES)
    assert len(review.mentions()) == REVIEWERS
    time += 3 * DAY  # Monday
    for _ in range(3):
        await workspace.bot.review_schedule.run("reminders")
        time += HOUR
    assert [len(reminders(person)) for person in people[:REVIEWERS]] == [1] * REVIEWERS
    began = len(slack.journal)
    bob = slack.person("Bob")
    said = [await bob.reply(card, f"@avatar Note {number}") for number in range(NOTES)]
    await wait_for_text(review, f"{NOTES} open notes", seconds=60)
    await asyncio.gather(*(one.press("approve", review) for one in people))
    await wait_for_text(review, f"{APPROVALS} of {NEEDED} approvals", "and 5 earlier")
    for note in said:
        bob.edit(note, note.fallback + ", edited")
    await wait_until(
        lambda: sum("edited" in note["text"] for note in logged_notes(workspace)) == NOTES, 60
    )
    assert len(logged_notes(workspace)) == NOTES
    await wait_for_text(review, f"{NOTES} open notes")
    check_calls(slack, began)
    check_size(review)
    check_size(card)
