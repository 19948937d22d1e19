"""Who was named to review: mentioned once, then reminded once a working day, by their own clock."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.demo.slack import Person, SlackStandIn
from tests.support.conversations import new_take, request_changes, review_of, told
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.reviewers import (
    DAY,
    FRIDAY,
    HOUR,
    FixedClock,
    ask_for_review,
    leave,
    name_reviewers,
    reminders,
)
from tests.support.reviewing.sign_offs import BOX
from tests.support.workspace import StartBot, wait_for_text


async def test_a_reminder_comes_once_a_working_day_and_never_at_the_weekend(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob = slack.person("Bob")
    card = await ask_for_review(workspace, bob)
    review = await review_of(card)
    assert review.mentions() == ["@Bob"]
    told = []
    for day in range(6):  # Friday to Wednesday
        for hour in (7, 9, 12, 16, 23):  # UTC; Bob's clock is an hour ahead
            clock.time = FRIDAY + day * DAY + hour * HOUR
            before = len(reminders(bob))
            await workspace.bot.review_schedule.run("reminders")
            await workspace.bot.review_schedule.run("reminders")
            if len(reminders(bob)) > before:
                told.append((clock.time.strftime("%a"), hour))
    assert told == [("Mon", 9), ("Tue", 9), ("Wed", 9)]
    assert "@Ada is waiting for your review of take 1" in reminders(bob)[0]
    assert review.ts.replace(".", "") in reminders(bob)[0]
    assert card.thread.replies()[-1] is review, "reminders are not the thread's business"


async def test_who_left_the_private_channel_reads_nothing_more_of_it(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    """Neither in a reminder nor in Home: not the script that was edited since then."""
    workspace = await start_bot(clock=clock)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob, carol])
    await workspace.ada.command("/avatar", "Our plans.", leads)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob, carol)
    await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    card = await leads.wait_for(lambda m: "Our plans." in m.text())
    bob.leave(leads)
    clock.time += HOUR  # for some minutes, the bot remembers who was there
    await workspace.ada.press("Edit script", card)
    form = await workspace.ada.modal()
    await form.type("Script", "Our new plans.")
    assert await form.submit() == {}
    await wait_for_text(card, "Our new plans.")
    clock.time += 3 * DAY
    await workspace.bot.review_schedule.run("reminders")
    assert (len(reminders_of(bob)), len(reminders_of(carol))) == (0, 1)
    assert "Our new plans." in reminders_of(carol)[0]
    assert "Our new plans." in (await carol.open_home()).text()
    home = await bob.open_home()
    assert "Our new plans." not in home.text()
    assert "Nothing is waiting for you." in home.text()
    bob.join(leads)
    clock.time += HOUR
    await workspace.bot.review_schedule.run("home")
    await home.wait_for(lambda h: "Our new plans." in h.text())


async def test_who_left_the_private_channel_is_told_no_words_of_it(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    """They still hear what they asked for, or were asked for."""
    workspace = await start_bot(clock=clock)
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    leads = slack.channel("leads", private=True, people=[ada, bob, carol])
    await ada.command("/avatar", "Our plans.", leads)
    form = await ada.modal()
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", carol)
    assert await form.submit() == {}
    review = await review_of(await leads.wait_for(lambda m: "Our plans." in m.text()))
    ada.leave(leads)
    carol.leave(leads)
    clock.time += HOUR  # for some minutes, the bot remembers who was there
    await bob.press("Approve", review)
    asked = await told(carol, "your turn to review")
    assert "take 1" in asked.text()
    assert "Our plans." not in asked.text()
    await request_changes(bob, review, "Nobody may know of March.")
    said = await told(ada, "Bob requested changes to take 1 of “Our plans.”")
    assert "March" not in said.text()


def reminders_of(person: Person) -> list[str]:
    return [m.text() for m in person.direct().messages() if "to sign off a script" in m.text()]


@pytest.mark.parametrize("listed", [True, False])
async def test_who_may_not_be_there_is_reminded_for_two_weeks_only(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock, listed: bool
) -> None:
    """Without that scope Slack doesn't say who is in a private channel."""
    manifest = slack.installation.manifest
    scopes = manifest.scopes if listed else manifest.scopes - {"groups:read"}
    slack.installation.manifest = replace(manifest, scopes=scopes)
    clock.time = datetime.now(UTC)  # the log stamps by the real clock
    workspace = await start_bot(clock=clock)
    bob, ada = slack.person("Bob"), workspace.ada
    leads = slack.channel("leads", private=True, people=[ada, bob])
    await ada.command("/avatar", "Our plans.", leads)
    form = await ada.modal()
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    await review_of(await leads.wait_for(lambda m: "Our plans." in m.text()))
    at_noon = clock.time.replace(hour=12)
    for days in range(1, 29):
        clock.time = at_noon + days * DAY
        await workspace.bot.review_schedule.run("reminders")
    # On each working day; at night it is another day for Bob already.
    assert len(reminders(bob)) in ((19, 20) if listed else (8, 9, 10))


async def test_nobody_is_reminded_at_night_in_their_own_time_zone(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob, zoe = slack.person("Bob"), slack.person("Zoe")
    zoe.user.tz = "America/New_York"
    await ask_for_review(workspace, bob, zoe)
    clock.time = FRIDAY + 3 * DAY + 9 * HOUR  # Monday: ten in Berlin, four in New York
    await workspace.bot.review_schedule.run("reminders")
    assert (len(reminders(bob)), len(reminders(zoe))) == (1, 0)
    clock.time += 6 * HOUR
    await workspace.bot.review_schedule.run("reminders")
    assert (len(reminders(bob)), len(reminders(zoe))) == (1, 1)


async def test_reminders_end_with_a_persons_decision_and_with_the_takes(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock, APPROVALS_NEEDED="2")
    bob, carol, dan = (slack.person(name) for name in ("Bob", "Carol", "Dan"))
    card = await ask_for_review(workspace, bob, carol)
    review = await review_of(card)
    await bob.press("Approve", review)
    await review.channel.wait_for(lambda m: m is review and "@Bob approved" in m.text())
    clock.time += 3 * DAY
    await workspace.bot.review_schedule.run("reminders")
    assert (len(reminders(bob)), len(reminders(carol))) == (0, 1)
    await dan.press("Approve", review)
    await review.channel.wait_for(lambda m: m is review and "@Dan approved" in m.text())
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    assert (len(reminders(bob)), len(reminders(carol))) == (0, 1)


async def test_a_reviewer_who_left_is_skipped_and_the_requester_is_told_once(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    workspace.segmind.pace = HELD
    card = await name_reviewers(workspace, bob, carol)
    leave(workspace, clock, bob)
    review = await review_of(card)
    assert review.mentions() == ["@Carol"]
    carol.user.deleted = True
    for _ in range(3):
        clock.time += DAY
        await workspace.bot.review_schedule.run("reminders")
    told = [m.text() for m in slack.direct(workspace.ada).messages() if "can't review" in m.text()]
    assert [text.split()[0] for text in told] == ["@Bob", "@Carol"]
    assert reminders(bob) == reminders(carol) == []


async def test_nobody_is_reminded_of_a_thread_that_the_bot_cannot_reach(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob = slack.person("Bob")
    await ask_for_review(workspace, bob)
    workspace.marketing.archived = True
    for _ in range(6):
        clock.time += DAY
        await workspace.bot.review_schedule.run("reminders")
    assert reminders(bob) == []


async def test_reviewers_named_for_a_new_take_are_reminded_of_it(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    card = await ask_for_review(workspace, bob)
    modal = await new_take(workspace.ada, card)
    assert modal.value("Reviewers")["selected_users"] == [bob.id]
    await modal.choose("Reviewers", carol)
    assert await modal.submit() == {}
    second = await review_of(card, 2)
    assert second.mentions() == ["@Carol"]
    clock.time += 3 * DAY
    await workspace.bot.review_schedule.run("reminders")
    assert (reminders(bob), len(reminders(carol))) == ([], 1)
    assert "take 2" in reminders(carol)[0]


async def test_without_their_time_zone_nobody_is_reminded(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob = slack.person("Bob")
    slack.faults.add("users.info", error="missing_scope", times=None)
    card = await ask_for_review(workspace, bob)
    assert (await review_of(card)).mentions() == ["@Bob"]
    clock.time += 3 * DAY
    await workspace.bot.review_schedule.run("reminders")
    assert reminders(bob) == []
