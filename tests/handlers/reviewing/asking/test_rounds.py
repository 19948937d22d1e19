"""Two rounds: the second group of reviewers is mentioned once the first has approved, and once."""

import asyncio
import re

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import fresh_modal, new_take, request_changes, review_of, told
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.due_dates import FRIDAY
from tests.support.reviewing.reviewers import DAY, HOUR, FixedClock, leave, reminders
from tests.support.waiting import POLL_SECONDS
from tests.support.workspace import PATIENCE, StartBot, Workspace, wait_for_text

POST = "chat.postMessage"
IS_TURN = re.compile("your turn to review @Ada's take [0-9]")


@pytest.fixture
def people(slack: SlackStandIn) -> tuple[Person, Person, Person]:
    """Bob and Carol, who are asked first; then Dan."""
    return slack.person("Bob"), slack.person("Carol"), slack.person("Dan")


async def ask_in_rounds(workspace: Workspace, bob: Person, carol: Person, dan: Person) -> Message:
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.choose("Reviewers", bob, carol)
    await modal.choose("Then ask", dan)
    assert await modal.submit() == {}
    return await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())


def turns(person: Person) -> list[Message]:
    """The messages that ask one of the second group."""
    return [m for m in person.direct().messages() if IS_TURN.search(m.text())]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_second_group_is_mentioned_once_the_first_has_approved(
    start_bot: StartBot, people: tuple[Person, Person, Person], http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, carol, dan = people
    modal = await fresh_modal(workspace, "Hello.")
    await modal.choose("Then ask", dan)
    assert "Choose who reviews it first" in (await modal.submit())["Then ask"]
    await modal.choose("Reviewers", bob, dan)
    assert "Choose each person once." in (await modal.submit())["Then ask"]
    await modal.choose("Reviewers", bob)
    await modal.choose("Then ask", workspace.ada)
    assert "You can't review your own video." in (await modal.submit())["Then ask"]
    await modal.close()
    card = await ask_in_rounds(workspace, *people)
    review = await review_of(card)
    assert review.mentions() == ["@Bob", "@Carol"]
    assert "Take 1 · :eyes: round 1 of 2, waiting for review" in review.text()
    assert "Then I'll ask Dan." in review.text()
    await wait_for_text(card, "round 1 of 2: waiting for @Bob, @Carol")
    assert "Nothing is waiting for you." in (await dan.open_home()).text()
    await bob.press("Approve", review)
    asked = await told(dan, "your turn")
    assert "It's your turn to review @Ada's take 1 of “Hello team.”" in asked.text()
    assert "Bob approved it." in asked.text()
    assert f"p{review.ts.replace('.', '')}" in asked.fallback
    await wait_for_text(review, "round 2 of 2", "@Dan, please review.")
    await wait_for_text(card, "round 2 of 2: waiting for @Dan")
    assert "Share" not in review.buttons()
    await bob.press("Undo my decision", review)
    await wait_for_text(review, "round 1 of 2", "@Bob, @Carol, please review.")
    await wait_for_text(asked, "You don't need to review this yet")
    assert not turns(dan), "Dan isn't asked for now"
    await carol.press("Approve", review)
    await wait_for_text(review, "round 2 of 2", "@Dan, please review.")
    await wait_for_text(asked, "your turn to review", "Carol approved it.")
    await bob.press("Approve", review)
    await wait_for_text(asked, "Carol and Bob approved it.")
    await carol.press("Undo my decision", review)
    await wait_for_text(asked, "your turn to review", "\nBob approved it.")
    await dan.press("Approve", review)
    await wait_for_text(card, "Take 1 · :white_check_mark: approved")
    await workspace.slack.until(lambda: "Share" in review.buttons())
    assert turns(dan) == [asked], "they know that it is their turn"
    assert len(card.thread.replies()) == 2, "the video and its review"


async def test_a_take_has_as_many_approvals_as_it_needs_in_both_rounds_together(
    start_bot: StartBot, people: tuple[Person, Person, Person]
) -> None:
    workspace = await start_bot(APPROVALS_NEEDED="3")
    bob, carol, dan = people
    modal = await fresh_modal(workspace, "Hello.")
    await modal.choose("Reviewers", bob)
    await modal.choose("Then ask", dan)
    why = "Choose at least 3 reviewers in all: the video needs that many approvals."
    assert await modal.submit() == {"Then ask": why}
    await modal.close()
    card = await ask_in_rounds(workspace, *people)
    review = await review_of(card)
    for person in (bob, carol):
        await person.press("Approve", review)
    await wait_for_text(card, "round 2 of 2: waiting for @Dan")
    await dan.press("Approve", review)
    await wait_for_text(card, "Take 1 · :white_check_mark: approved")


async def test_a_request_for_changes_ends_the_round_and_the_next_take_starts_with_the_first(
    workspace: Workspace, people: tuple[Person, Person, Person], slack: SlackStandIn
) -> None:
    bob, carol, dan = people
    card = await ask_in_rounds(workspace, *people)
    review = await review_of(card)
    await bob.press("Approve", review)
    await slack.until(lambda: turns(dan))
    await request_changes(dan, review, "Slower")
    await wait_for_text(review, "changes requested")
    assert "please review." not in review.text()
    modal = await new_take(workspace.ada, card)
    assert modal.value("Reviewers")["selected_users"] == [bob.id, carol.id]
    assert modal.value("Then ask")["selected_users"] == [dan.id]
    assert await modal.submit() == {}
    second = await review_of(card, 2)
    assert second.mentions() == ["@Bob", "@Carol"], "Dan requested changes, but isn't next"
    await wait_for_text(card, "round 1 of 2: waiting for @Bob, @Carol")
    await carol.press("approve", second)  # with an open note
    await slack.until(lambda: len(turns(dan)) == 2)
    assert "take 2 of" in turns(dan)[1].text()


async def test_the_second_group_is_asked_only_for_the_take_that_is_reviewed_now(
    workspace: Workspace, people: tuple[Person, Person, Person]
) -> None:
    bob, _, dan = people
    card = await ask_in_rounds(workspace, *people)
    await bob.press("Approve", await review_of(card))
    asked = await told(dan, "your turn")
    modal = await new_take(workspace.ada, card)
    await modal.type("Script", "Hello again.")
    assert await modal.submit() == {}
    second = await review_of(card, 2)
    await wait_for_text(asked, "You don't need to review take 1 of “Hello team.”")
    [video] = [m for m in card.thread.replies() if m.files and "take 2" in m.text()]
    await workspace.ada.press("Take it down", second)
    assert await (await workspace.ada.modal()).submit() == {}
    await card.thread.wait_for(lambda _: video not in card.thread.replies())
    await wait_for_text(asked, "It's your turn to review @Ada's take 1 of “Hello team.”")
    assert dan.direct().messages() == [asked]


async def test_nobody_of_the_second_group_is_asked_for_what_is_decided(
    workspace: Workspace, people: tuple[Person, Person, Person], slack: SlackStandIn
) -> None:
    bob, carol, dan = people
    erin = slack.person("Erin")
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.choose("Reviewers", bob, carol)
    await modal.choose("Then ask", dan, erin)
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())
    review = await review_of(card)
    await bob.press("Approve", review)
    asked = [await told(person, "your turn") for person in (dan, erin)]
    await request_changes(carol, review, "Slower")
    for message in asked:
        await wait_for_text(message, "You don't need to review take 1 of “Hello team.”")
    await wait_for_text(review, "@Carol requested changes")
    await carol.press("Undo my decision", review)
    for message in asked:
        await wait_for_text(message, "It's your turn to review", "Bob approved it.")
    await dan.press("approve", review)  # with an open note
    await wait_for_text(asked[1], "You don't need to review take 1")
    assert turns(dan) == asked[:1], "what Dan has decided stays"
    assert len(erin.direct().messages()) == 1


async def test_only_those_whose_turn_it_is_are_reminded_and_waited_for(
    start_bot: StartBot, clock: FixedClock, people: tuple[Person, Person, Person],
    slack: SlackStandIn,
) -> None:  # fmt: skip
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    bob, _, dan = people
    card = await ask_in_rounds(workspace, *people)
    review = await review_of(card)
    clock.time += 3 * DAY  # Monday
    await workspace.bot.review_schedule.run("reminders")
    assert [len(reminders(person)) for person in people] == [1, 1, 0]
    await bob.press("Approve", review)
    await slack.until(lambda: turns(dan))
    clock.time += HOUR
    await workspace.bot.review_schedule.run("reminders")
    assert [len(reminders(person)) for person in people] == [1, 1, 0], "mentioned an hour ago"
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    assert [len(reminders(person)) for person in people] == [1, 1, 1]
    dan.user.deleted = True
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    await wait_for_text(review, "Take 1 · :eyes: waiting for review")
    assert len(reminders(dan)) == 1
    await workspace.slack.person("Grace").press("Approve", review)  # as Ada was told: anyone can
    await wait_for_text(card, "Take 1 · :white_check_mark: approved")


async def test_nobody_waits_for_a_first_group_that_has_left(
    start_bot: StartBot, clock: FixedClock, people: tuple[Person, Person, Person],
    slack: SlackStandIn,
) -> None:  # fmt: skip
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    bob, carol, dan = people
    workspace.segmind.pace = HELD
    card = await ask_in_rounds(workspace, *people)
    leave(workspace, clock, bob)
    review = await review_of(card)
    assert review.mentions() == ["@Carol"]
    carol.user.deleted = True
    clock.time += 3 * DAY
    await workspace.bot.review_schedule.run("reminders")
    await workspace.bot.review_schedule.run("owed messages")
    asked = await told(dan, "your turn")
    assert "take 1" in asked.text()
    modal = await new_take(workspace.ada, card)
    await modal.choose("Reviewers", slack.person("Erin"))
    workspace.segmind.pace = HELD
    assert await modal.submit() == {}
    leave(workspace, clock, slack.person("Erin"))
    assert (await review_of(card, 2)).mentions() == ["@Dan"]
    assert turns(dan) in ([asked], []), "the review itself mentions them"


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_the_second_group_is_mentioned_once_although_slack_was_cut_off(
    watched: Workspace, people: tuple[Person, Person, Person], slack: SlackStandIn, drop: str
) -> None:
    bob, _, dan = people
    card = await ask_in_rounds(watched, *people)
    review = await review_of(card)
    slack.faults.add(POST, drop="after" if drop == "after" else "before")
    await bob.press("Approve", review)
    await wait_for_text(card, "round 2 of 2")
    async with asyncio.timeout(PATIENCE):
        while slack.faults.waiting or not turns(dan):  # the attempt that is cut off may not be over
            await watched.bot.review_schedule.run("owed messages")
            await asyncio.sleep(POLL_SECONDS)
    await watched.bot.review_schedule.run("owed messages")
    assert len(turns(dan)) == 1
