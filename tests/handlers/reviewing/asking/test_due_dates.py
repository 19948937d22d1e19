"""When a review is due: shown to everybody by their own clock, reminded of, and told once it is
over, across a weekend on which the clocks change."""

from datetime import datetime, timedelta

import pytest

from bot.demo.slack import Person, SlackStandIn
from tests.support.conversations import fresh_modal, new_take, review_of, says
from tests.support.reviewing.due_dates import FRIDAY, ask_by, dates_in, overdue_messages
from tests.support.reviewing.reviewers import DAY, HOUR, FixedClock, ask_for_review, reminders
from tests.support.reviewing.sign_offs import BOX
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

TUESDAY_SIX = datetime.fromisoformat("2030-04-02T18:00+02:00")
SET = "Set a due date"
CHANGE = "Change the due date"


async def run_days(
    workspace: Workspace, clock: FixedClock, days: int, *people: Person
) -> list[tuple[str, str, int]]:
    """Who was reminded when, in UTC; reminders and overdue reviews are looked for every hour."""
    told = []
    for hour in range(24 * days):
        clock.time = FRIDAY + 12 * HOUR + timedelta(hours=hour)
        before = {person.name: len(reminders(person)) for person in people}
        await workspace.bot.review_schedule.run("reminders")
        await workspace.bot.review_schedule.run("overdue")
        at = clock.time.strftime("%a"), clock.time.hour
        told += [(p.name, *at) for p in people if len(reminders(p)) > before[p.name]]
    return told


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_due_date_from_the_form_to_an_extension(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock, http: bool
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(http=http, clock=clock)
    ada, bob, zoe = workspace.ada, slack.person("Bob"), slack.person("Zoe")
    zoe.user.tz = "America/New_York"
    card = await ask_by(workspace, "2030-04-02", bob, zoe)
    review = await review_of(card)
    six = int(TUESDAY_SIX.timestamp())
    assert (dates_in(card), dates_in(review)) == ([six], [six])
    assert "Review by 2030-04-02 16:00 UTC" in review.text()
    assert "Review by 2030-04-02 16:00 UTC" in (await bob.open_home()).text()
    told = await run_days(workspace, clock, 5, bob, zoe)
    assert told == [
        ("Bob", "Mon", 7), ("Zoe", "Mon", 13),  # nine o'clock, by the clocks of summer
        ("Bob", "Tue", 7), ("Zoe", "Tue", 13),
        ("Bob", "Wed", 7),
    ]  # fmt: skip
    before, same_day, after = reminders(bob)
    assert all("Review by 2030-04-02 16:00 UTC" in text for text in (before, same_day))
    assert "It was due 2030-04-02 16:00 UTC" in after
    await wait_until(lambda: overdue_messages(ada))
    [overdue] = overdue_messages(ada)
    assert "The review of take 1 of “Hello team” (http" in overdue.text()
    assert "Still waiting for Bob and Zoe." in overdue.text()
    await bob.press(CHANGE, review)
    refusal = "Only the person who asked for this take, or an admin, can change the due date."
    await bob.wait_for_ephemeral(workspace.marketing, lambda m: refusal in m.text())
    await ada.press(CHANGE, overdue)
    modal = await ada.modal()
    assert modal.value("Review take 1 by").get("selected_date") is None, "it has passed"
    await modal.type("Review take 1 by", "2030-04-01")
    [sentence] = (await modal.submit()).values()
    assert sentence == "That date has passed. Choose a later one."
    await modal.type("Review take 1 by", "2030-04-04")
    assert await modal.submit() == {}
    await wait_for_text(review, "Review by 2030-04-04 16:00 UTC")
    await wait_for_text(card, "Review by 2030-04-04 16:00 UTC")
    await ada.press(CHANGE, review)
    assert (await ada.modal()).value("Review take 1 by")["selected_date"] == "2030-04-04"
    for _ in range(3):
        clock.time += DAY
        await workspace.bot.review_schedule.run("overdue")
    await wait_until(lambda: len(overdue_messages(ada)) > 1)
    assert len(overdue_messages(ada)) == 2, "once for each due date"
    await bob.press("Approve", review)
    await wait_for_text(card, "approved")
    assert "Review by" not in review.text() + card.text()
    assert len(card.thread.replies()) == 2, "the video and its review"


async def test_a_date_in_the_past_is_refused_at_the_field(
    start_bot: StartBot, clock: FixedClock
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    modal = await fresh_modal(await start_bot(clock=clock), "Too late.")
    await modal.type("Review by", "2030-03-28")
    assert await modal.submit() == {"Review by": "That date has passed. Choose a later one."}
    await modal.type("Review by", "2030-03-29")
    assert await modal.submit() == {}


async def test_the_next_take_keeps_a_due_date_that_is_still_ahead(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    kenji = slack.person("Kenji")
    kenji.user.tz = "Asia/Tokyo"
    card = await ask_by(workspace, "2030-04-02", slack.person("Bob"))
    first = await review_of(card)
    modal = await new_take(kenji, card)
    assert modal.value("Review by")["selected_date"] == "2030-04-03", "it is one in the night there"
    assert await modal.submit() == {}
    second = await review_of(card, 2)
    assert dates_in(second) == [int(TUESDAY_SIX.timestamp())]
    await slack.until(lambda: "Review by" not in first.text())
    clock.time += 7 * DAY
    modal = await new_take(workspace.ada, card)
    assert modal.value("Review by").get("selected_date") is None
    assert await modal.submit() == {}
    assert "Review by" not in (await review_of(card, 3)).text()
    await workspace.bot.review_schedule.run("overdue")
    assert overdue_messages(workspace.ada) == []


async def test_all_that_waits_for_a_person_is_one_message_a_morning_the_most_urgent_first(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    bob = slack.person("Bob")
    for script, day in (
        ("No hurry.", ""), ("Later <b>.", "2030-04-05"), ("Sooner.", "2030-04-02")
    ):  # fmt: skip
        await ask_by(workspace, day, bob, script=script)
    clock.time = FRIDAY + 3 * DAY + 8 * HOUR
    for _ in range(2):
        await workspace.bot.review_schedule.run("reminders")
        clock.time += HOUR
    [told] = reminders(bob)
    assert told.startswith("3 videos are waiting for you:\n")
    places = [told.index(script) for script in ("Sooner.", "Later <b>.", "No hurry.")]
    assert places == sorted(places)
    assert told.count("Review by") == 2


async def test_what_could_not_be_listed_in_the_morning_makes_no_second_message(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    bob, training = slack.person("Bob"), slack.channel("training")
    await ask_by(workspace, "", bob, script="Here.")
    modal = await fresh_modal(workspace, "There.")
    await modal.choose("Where to post", training)
    await modal.choose("Reviewers", bob)
    assert await modal.submit() == {}
    await review_of(await training.wait_for(lambda m: not m.thread_ts and m.blocks))
    training.archived = True
    clock.time = FRIDAY + 3 * DAY + 8 * HOUR
    await workspace.bot.review_schedule.run("reminders")
    training.archived = False
    clock.time += HOUR
    await workspace.bot.review_schedule.run("reminders")
    [told] = reminders(bob)
    assert "Here." in told
    assert "There." not in told
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    assert reminders(bob)[1].startswith("2 videos are waiting for you")


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_an_overdue_review_is_told_once_although_slack_was_cut_off(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock, drop: str
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    await ask_by(workspace, "2030-04-02")
    clock.time += 5 * DAY
    slack.faults.add("chat.postMessage", drop="after" if drop == "after" else "before")
    await workspace.bot.review_schedule.run("overdue")
    await workspace.bot.review_schedule.run("owed messages")
    await wait_until(lambda: overdue_messages(workspace.ada))
    await workspace.bot.review_schedule.run("owed messages")
    await workspace.bot.review_schedule.run("overdue")
    [overdue] = overdue_messages(workspace.ada)
    assert "Nobody has decided yet." in overdue.text()


async def test_an_overdue_review_names_no_reviewer_of_a_newer_take(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    card = await ask_by(workspace, "2030-04-02", bob)
    clock.time += 5 * DAY
    down = slack.faults.add("chat.postMessage", drop="before", times=None)
    await workspace.bot.review_schedule.run("overdue")
    form = await new_take(workspace.ada, card, "Next.")
    await form.choose("Reviewers", carol)
    await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    await wait_for_text(card, "Waiting for sign-off", "@Carol")
    slack.faults.remove(down)
    await workspace.bot.review_schedule.run("owed messages")
    await wait_until(lambda: overdue_messages(workspace.ada))
    [overdue] = overdue_messages(workspace.ada)
    assert "Still waiting for Bob." in overdue.text()


async def test_a_due_date_is_added_to_a_take_that_has_none(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock, APPROVALS_NEEDED="2")
    bob = slack.person("Bob")
    review = await review_of(await ask_for_review(workspace, bob))
    assert SET in review.menu_items()
    await bob.press("Approve", review)
    await wait_for_text(review, "1 of 2 approvals")
    assert review.menu_items() == [
        SET, "Notes", "Undo my decision", "Download the review", "Take it down"
    ]  # fmt: skip
    assert review.buttons() == ["Approve", "Request changes", "New take"]
    await bob.press(SET, review)
    await bob.wait_for_ephemeral(workspace.marketing, says("can change the due date."))
    await workspace.ada.press(SET, review)
    modal = await workspace.ada.modal()
    await modal.type("Review take 1 by", "2030-04-04")
    assert await modal.submit() == {}
    await wait_for_text(review, "Review by 2030-04-04 16:00 UTC")
    assert SET not in review.menu_items()
    assert CHANGE in review.menu_items()
