"""One person who does too much at once: Slack's limits hold, and the last state is shown."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from time import monotonic
from typing import Any

import pytest

from bot.blocks.holds.sign_offs import EDIT_SCRIPT, SUGGEST
from bot.blocks.holds.sign_offs import SCRIPT as SUGGESTED
from bot.demo.slack import Message, Person, SlackStandIn
from bot.domain.reviews import NoteCounts
from bot.process.clock import Clock
from bot.process.limit_per_person import FairQueue
from bot.request_log.reviews import ReviewLog
from bot.slack.redraws import UPDATE_SECONDS, UPDATES_AT_ONCE, UPDATES_PER_MINUTE, Kind
from handlers.access.limits import NOTE_ANSWERS, PRESSES
from tests.handlers.access.test_forged_forms import submission
from tests.handlers.access.test_forged_payloads import send
from tests.support.conversations import ask, ask_as, fresh_modal, last, review_of, told
from tests.support.reviewing.notes import SCRIPT, answers, logged_notes, notices
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import StartBot, Workspace, wait_for_text

SCALE = 0.1  # of the bot's waits, and of Slack's minute
NOTES, WITH_TIMECODE = 300, 60
SUGGESTIONS = 24
MANY_OWED = 600  # 90 s
MANY_PRESSES = PRESSES - 4  # the limit of one person; some are pressed before and after


@pytest.fixture
def bob(slack: SlackStandIn) -> Person:
    return slack.person("Bob")


async def limited(start_bot: StartBot, *, http: bool, scale: float = SCALE) -> Workspace:
    workspace = await start_bot(http=http, clock=Clock(scale))
    workspace.slack.rate_limits.turn_on(scale)
    return workspace


def calls_since(slack: SlackStandIn, began: int) -> Counter[str]:
    """How often each method was called since the journal had so many calls."""
    return Counter(call.name for call in list(slack.journal)[began:])


def check_updates(slack: SlackStandIn, began: int) -> None:
    """At most one a second for each message, and not more than the budget for all together."""
    calls = list(slack.journal)[began:]
    updates = [call for call in calls if call.name == "chat.update"]
    # The bot counts from when it sends the first, which is after whatever came just before it.
    before = calls[max(0, calls.index(updates[0]) - 1)]
    seconds = (updates[-1].started - updates[0].started) / SCALE
    sending = (updates[-1].started - before.started) / SCALE
    assert len(updates) <= UPDATES_AT_ONCE + 1 + sending * UPDATES_PER_MINUTE / 60
    by_message = Counter(call.arguments["ts"] for call in updates)
    assert max(by_message.values()) <= 2 + seconds, by_message


def refused(slack: SlackStandIn) -> list[str]:
    """The methods that were called too often."""
    return [call.name for call in slack.journal if call.status == 429]


def suggestions(card: Message) -> list[Message]:
    return [m for m in card.thread.replies() if "suggests changes" in m.text()]


def owed(workspace: Workspace) -> int:
    """How many messages don't say yet what they should."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        [[many]] = db.execute("SELECT count(*) FROM owed_messages WHERE shown <> wanted")
    return int(many)


def owe_again(workspace: Workspace, times: int) -> None:
    """As if the suggestion that is there had been made so often, and the script edited then."""
    columns = "request_id, take_id, wanted + 1, shown, tried, changed_at, busy_since, ts, detail"
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        for number in range(times):
            db.execute(
                f"INSERT INTO owed_messages SELECT message_key || ?, {columns} FROM owed_messages"
                " WHERE message_key LIKE '%.suggestion.1'", (str(number),),
            )  # fmt: skip


async def settled(workspace: Workspace) -> tuple[Message, Message]:
    """The card and the review of a take that nothing more happens to by itself."""
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await wait_for_text(card, "cost $")
    return card, review


async def test_a_flood_of_notes_is_counted_and_answered_within_slacks_limits(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, read = Counter[str](), ReviewLog.count_notes

    async def counted(log: ReviewLog, request_id: str, number: int, take_id: str) -> NoteCounts:
        reads[request_id] += 1
        return await read(log, request_id, number, take_id)

    monkeypatch.setattr(ReviewLog, "count_notes", counted)
    workspace = await limited(start_bot, http=False)
    card, review = await settled(workspace)
    began, start = len(slack.journal), monotonic()
    for number in range(NOTES):
        has_timecode = number >= NOTES - WITH_TIMECODE
        await bob.reply(card, f"0:02 note {number}" if has_timecode else f"@avatar Note {number}")
    await wait_for_text(review, f"{NOTES} open notes", seconds=60)
    answered_later = (monotonic() - start) * NOTE_ANSWERS / 60  # if the machine is slow
    assert len(answers(card)) < WITH_TIMECODE, "the count does not wait for the answers"
    await slack.person("Carol").press("approve", review)
    await wait_for_text(review, "@Carol approved")
    await told(workspace.ada, "Carol approved take 1")
    assert len(answers(card)) < WITH_TIMECODE, (
        "nobody waits for the answers to somebody else's notes"
    )
    await slack.until(lambda: len(answers(card)) >= NOTE_ANSWERS and owed(workspace) == 0, 90)
    assert len(answers(card)) <= NOTE_ANSWERS + answered_later + 1
    assert len(logged_notes(workspace)) == NOTES
    assert reads.total() < NOTES, "not all notes are counted again for each note"
    calls = calls_since(slack, began)
    assert calls["chat.postMessage"] == len(answers(card)) + 1
    check_updates(slack, began)
    assert refused(slack) == []


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_flood_of_presses_draws_and_notifies_little_and_ends_in_the_last_state(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, http: bool
) -> None:
    workspace = await limited(start_bot, http=http)
    card, review = await settled(workspace)
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    both_buttons = list(review.blocks)
    began = len(slack.journal)
    start = monotonic()
    for number in range(MANY_PRESSES):
        review.blocks = both_buttons
        await bob.press("Approve" if number % 2 else "Undo my decision", review)
        await asyncio.sleep(5 * SCALE / MANY_PRESSES)
    review.blocks = both_buttons
    await bob.press("Approve", review)
    await slack.until(lambda: last(workspace)["decision"] == "approved")
    pressing = (monotonic() - start) / SCALE  # seconds of the bot's clock
    await wait_for_text(review, "@Bob approved")
    await wait_for_text(card, "approved")
    await asyncio.sleep(65 * SCALE)  # more than a minute of the bot's
    assert "@Bob approved" in review.text()
    assert "approved" in card.text()
    check_updates(slack, began)
    said = notices(workspace.ada)
    assert len(said) <= 2 + pressing / 60, said
    assert "Bob approved take 1" in said[-1]
    assert refused(slack) == []


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_press_that_changes_many_messages_stays_within_slacks_limits(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, http: bool
) -> None:
    """Each of the second group has a message that says whether it is their turn."""
    workspace = await limited(start_bot, http=http)
    group = [slack.person(f"Dan {number}") for number in range(19)]
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", *group)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    review = await review_of(card)
    await wait_for_text(card, "cost $")
    await bob.press("Approve", review)
    for person in group:
        await told(person, "your turn to review")
    began = len(slack.journal)
    for press, says in 2 * [("Undo my decision", "back in round 1"), ("Approve", "your turn")]:
        await bob.press(press, review)
        for person in group:
            await told(person, says)
    check_updates(slack, began)
    assert refused(slack) == []


async def test_an_edit_changes_many_suggestions_within_slacks_limits(
    start_bot: StartBot, slack: SlackStandIn, bob: Person
) -> None:
    workspace = await limited(start_bot, http=False)
    card = await ask_for_sign_off(workspace, bob)
    take_id = last(workspace)["take_id"]
    for number in range(SUGGESTIONS):
        who = slack.person(f"Dan {number % 3}")
        said = {"type": "plain_text_input", "value": f"Hello team, number {number}."}
        assert not await send(who, submission(who, SUGGEST, take_id, {SUGGESTED: said}))
    await slack.until(lambda: len(suggestions(card)) == SUGGESTIONS, 60)
    began = len(slack.journal)
    first = {"type": "plain_text_input", "value": "Hello team, number 0."}
    edit = submission(workspace.ada, EDIT_SCRIPT, take_id, {SUGGESTED: first})
    assert not await send(workspace.ada, edit)
    # That one is used, so it can't be anymore; the others can.
    can_be_used = "Use this script"
    await slack.until(
        lambda: sum(can_be_used in m.buttons() for m in suggestions(card)) == SUGGESTIONS - 1
    )
    updates = SUGGESTIONS + 1  # and the card
    await slack.until(lambda: calls_since(slack, began)["chat.update"] >= updates, 60)
    check_updates(slack, began)
    assert refused(slack) == []


async def test_updates_that_the_bot_makes_up_for_leave_its_turn_to_renders(
    start_bot: StartBot, slack: SlackStandIn, bob: Person
) -> None:
    """Hundreds of suggestions whose script is edited keep nobody's video waiting."""
    workspace = await limited(start_bot, http=False)
    card = await ask_for_sign_off(workspace, bob)
    said = {"type": "plain_text_input", "value": "Hello team, on Monday."}
    assert not await send(
        bob, submission(bob, SUGGEST, last(workspace)["take_id"], {SUGGESTED: said})
    )
    await slack.until(lambda: len(suggestions(card)) == 1 and owed(workspace) == 0)
    owe_again(workspace, MANY_OWED)
    await workspace.bot.review_schedule.run("approvals")
    ready = await ask_as(workspace, slack.person("Eve"), "Hello from Eve.")
    await wait_for_text(ready, "Ready")
    assert owed(workspace) > 0, "they wait their turn"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_without_load_a_note_is_answered_and_counted_at_once(
    start_bot: StartBot, slack: SlackStandIn, bob: Person, http: bool
) -> None:
    workspace = await limited(start_bot, http=http, scale=1.0)
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    for number in range(1, 10):  # a busy machine may be slow some of the times
        began = monotonic()
        await bob.reply(card, f"0:0{number} too fast")
        await card.thread.wait_for(lambda m, at=f"At 0:0{number}": at in m.text())  # type: ignore[misc]  # mypy cannot infer its type
        await wait_for_text(review, f"{number} open note")
        if (seconds := monotonic() - began) < 0.3:
            break
        await asyncio.sleep(1.5 * UPDATE_SECONDS)
    assert seconds < 0.3
    assert refused(slack) == []


async def test_jobs_draw_in_the_turn_of_whoever_asked_for_the_take(
    workspace: Workspace, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the bot's own, somebody's many failed videos would hold up everybody's cards."""
    turns, put = set[str](), FairQueue[Any].put

    def noted(queue: FairQueue[Any], user_id: str, drawing: Any) -> None:
        if drawing.kind is Kind.STATE:
            turns.add(user_id)
        put(queue, user_id, drawing)

    monkeypatch.setattr(FairQueue, "put", noted)
    await review_of(await wait_for_text(await ask_as(workspace, bob, SCRIPT), "Ready"))
    assert turns == {bob.id}
