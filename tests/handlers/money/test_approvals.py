"""*Ask for approval*: a take over a limit waits until an admin has answered."""

import asyncio

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import (
    delivered,
    fresh_modal,
    last,
    logged,
    new_take,
    review_of,
    says,
    submissions,
    told,
)
from tests.support.limits import SCRIPT, WAITS, ask_for_approval, asked, limit
from tests.support.processes.postgres import PostgresServer
from tests.support.request_log import nothing_owed
from tests.support.reviewing.reviewers import DAY, FRIDAY, HOUR, FixedClock
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text


async def decline(admin: Person, message: Message, reason: str) -> dict[str, str]:
    await admin.press("Decline", message)
    form = await admin.modal()
    await form.type("Why?", reason)
    return await form.submit()


async def play_approval(workspace: Workspace) -> None:
    grace = workspace.slack.person(ADMIN)
    await limit(workspace, "workspace", 0.5)
    card = await ask_for_approval(workspace)
    message = await asked(grace)
    for words in (SCRIPT.strip(), "about $0.67", "$0.50 of $0.50 left this month", "#marketing"):
        assert words in message.text()
    await workspace.bot.render_schedule.run("resume")  # leaves it alone
    assert card.buttons() == ["Cancel"]
    assert submissions(workspace) == 0
    await grace.press("Approve", message)
    await delivered(card)
    shown = await wait_for_text(message, "@Grace approved it")
    assert shown.buttons() == []
    assert len([m for m in grace.direct().messages() if "over a limit" in m.text()]) == 1


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_admin_approves_a_video_over_a_limit(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    await play_approval(workspace)
    take = last(workspace)
    assert (take["state"], take["hold_reason"]) == ("delivered", "approval")


async def test_an_admin_approves_a_video_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    await play_approval(await start_bot(DATABASE_URL=postgres.bot_database()))


async def test_a_video_for_a_direct_message_is_not_called_by_its_id(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await limit(workspace, "video", 0.5)
    await workspace.ada.command("/avatar", SCRIPT, workspace.ada.direct())
    assert await (await workspace.ada.modal()).submit() == {}
    message = await asked(slack.person(ADMIN))
    assert "a video over a limit, in a direct message: about $0.67." in message.text()


async def test_a_declined_video_can_be_changed(workspace: Workspace, slack: SlackStandIn) -> None:
    grace, ada = slack.person(ADMIN), workspace.ada
    await limit(workspace, "video", 0.5)
    card = await ask_for_approval(workspace)
    message = await asked(grace)
    assert "One video may cost at most $0.50" in message.text()
    assert await decline(grace, message, "Too long") == {}
    await wait_for_text(card, "Grace declined this video: “Too long”. Nothing was charged.")
    await card.thread.wait_for(says("@Ada: Grace declined this video"))
    await wait_for_text(message, "@Grace declined it", "Too long")
    # Nothing typed is lost.
    await ada.press("Change and retry", card)
    form = await ada.modal()
    assert form.value("Script")["value"] == SCRIPT.strip()
    assert "[Ask for approval]" in form.text()
    await form.type("Script", "Hello team.")
    await form.wait_for(lambda m: "[Make take 2]" in m.text())
    assert await form.submit() == {}
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def test_the_budget_is_used_up_between_opening_and_sending_the_form(
    workspace: Workspace,
) -> None:
    form = await fresh_modal(workspace, SCRIPT)
    assert "[Make video]" in form.text()
    await limit(workspace, "workspace", 0.5)
    assert await form.submit() == {}
    assert "only $0.50 of this workspace's $0.50" in form.text()
    assert form.value("Script")["value"] == SCRIPT.strip()
    assert logged(workspace) == []
    assert "[Ask for approval]" in form.text()
    assert await form.submit() == {}
    await workspace.marketing.wait_for(says(WAITS))


async def test_cancelling_is_free_and_admins_see_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    await limit(workspace, "workspace", 0.5)
    card = await ask_for_approval(workspace)
    message = await asked(grace)
    await grace.press("Decline", message)
    form = await grace.modal()
    await workspace.ada.press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.")
    await wait_for_text(message, "Cancelled before anybody answered.")
    await form.type("Why?", "Too late")
    assert "Too late" in (await form.submit())["Why?"]
    assert last(workspace)["state"] == "cancelled"


async def test_of_two_admins_the_first_counts_and_the_requester_is_not_asked(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    people = [slack.person(name) for name in (ADMIN, "Bob", "Ada")]
    workspace = await start_bot(ADMIN_USER_IDS=",".join(person.id for person in people))
    grace, bob, ada = people
    await limit(workspace, "workspace", 0.5)
    card = await ask_for_approval(workspace)
    copies = [await asked(grace), await asked(bob)]
    await asyncio.gather(grace.press("Approve", copies[0]), bob.press("Approve", copies[1]))
    await delivered(card)
    for copy in copies:
        await wait_for_text(copy, "approved it")
    late = [
        m
        for person in (grace, bob)
        for m in person.ephemerals(person.direct())
        if "Too late" in m.text()
    ]
    assert len(late) == 1
    assert not [m for m in ada.direct().messages() if "over a limit" in m.text()]


async def test_admins_are_reminded_every_working_day_until_one_has_answered(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    admins = f"{slack.person(ADMIN).id},{slack.person('Bob').id}"
    await play_reminders(await start_bot(clock=clock, ADMIN_USER_IDS=admins), clock)


async def test_admins_are_reminded_on_postgres(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock, postgres: PostgresServer
) -> None:
    admins = f"{slack.person(ADMIN).id},{slack.person('Bob').id}"
    database = postgres.bot_database()
    workspace = await start_bot(clock=clock, ADMIN_USER_IDS=admins, DATABASE_URL=database)
    await play_reminders(workspace, clock)


async def play_reminders(workspace: Workspace, clock: FixedClock) -> None:
    grace, bob = workspace.slack.person(ADMIN), workspace.slack.person("Bob")
    await limit(workspace, "workspace", 0.5)
    await ask_for_approval(workspace)
    copies = [await asked(admin) for admin in (grace, bob)]
    await nothing_owed(workspace.settings.log_location)
    bob.user.deleted = True  # who is not a reviewer that somebody else has to replace
    days = []
    for day in range(4):  # Friday to Monday
        for hour in (7, 9, 12):  # UTC; Grace's clock is an hour ahead
            clock.time = FRIDAY + day * DAY + hour * HOUR
            before = len(reminders(grace))
            await workspace.bot.review_schedule.run("reminders")
            if len(reminders(grace)) > before:
                days.append((clock.time.strftime("%a"), hour))
    assert days == [("Fri", 9), ("Mon", 9)]
    for words in ("@Ada", "about $0.67", "Approve or decline it", copies[0].ts.replace(".", "")):
        assert words in reminders(grace)[0]
    assert reminders(bob) == []
    assert workspace.ada.direct().messages() == []
    assert await decline(grace, copies[0], "Too long") == {}
    await wait_for_text(copies[0], "declined it")
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    assert len(reminders(grace)) == 2


def reminders(admin: Person) -> list[str]:
    return [m.text() for m in admin.direct().messages() if "waiting for you to" in m.text()]


async def test_new_takes_ask_too_and_the_only_admin_may_approve_their_own(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    ada = slack.person("Ada")
    workspace = await start_bot(ADMIN_USER_IDS=ada.id)
    card = await workspace.ask()
    review = await review_of(card)
    await limit(workspace, "person", 0.01)
    form = await new_take(ada, review, SCRIPT)
    await form.wait_for(lambda m: "[Ask for approval]" in m.text())
    assert await form.submit() == {}
    await wait_for_text(card, WAITS)
    await ada.press("New take", review)  # there is no third one meanwhile
    await ada.wait_for_ephemeral(workspace.marketing, says("Take 2 is on hold."))
    await ada.press("Approve", await asked(ada))
    await wait_for_text(card, "Ready", "take 2")
    await told(ada, "@Ada approved it")


async def test_try_again_over_a_limit_offers_to_ask_for_approval(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    form = await fresh_modal(workspace, SCRIPT)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(says("No face"))
    await limit(workspace, "workspace", 0.5)
    await workspace.ada.press("Try again", card)
    offer = await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "$0.50 for" in m.text() and m.buttons()
    )
    assert offer.buttons() == ["Ask for approval"]
    assert len(logged(workspace)) == 1
    await workspace.ada.press("Ask for approval", offer)
    await wait_for_text(card, WAITS, "take 2")
    await workspace.ada.press("Ask for approval", offer)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("Too late"))
    await slack.person(ADMIN).press("Approve", await asked(slack.person(ADMIN)))
    await delivered(card)
    assert [take["state"] for take in logged(workspace)] == ["failed", "delivered"]
