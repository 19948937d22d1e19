"""What Home says of videos that wait, were declined or can be used again; and what a guest sees."""

import asyncio
from datetime import timedelta

import pytest

from bot.blocks.home import page
from bot.demo.segmind import AfterSeconds
from bot.demo.slack import Message, SlackStandIn
from bot.demo.slack.people.modal import Home
from bot.domain.parameters import Parameters
from bot.process.clock import Clock
from bot.slack.connection.client import OF_MANY_A_MINUTE
from bot.slack.profiles import KNOWN_SECONDS
from handlers.home import content
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    last,
    logged,
    refuse_key,
    review_of,
    told,
)
from tests.support.forms.looks import add_look
from tests.support.limits import limit
from tests.support.reviewing.reviewers import FixedClock
from tests.support.reviewing.sign_offs import ask_for_sign_off, filled_form
from tests.support.workspace import ADMIN, FAST, StartBot, Workspace, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
SCRIPT = "Hello team. " * 10  # $0.67


async def ask_for_approval(workspace: Workspace) -> Message:
    form = await fresh_modal(workspace, SCRIPT)
    assert await form.submit() == {}
    return await workspace.marketing.wait_for(lambda m: "approve the price" in m.text())


def menu_of(home: Home, script: str) -> dict[str, str]:
    """The items of the menu next to that video, each with the address that it opens, or ""."""
    [block] = [
        block
        for block in home.container.content["blocks"]
        if script in str(block.get("text")) and block.get("accessory")
    ]
    options = block["accessory"]["options"]
    return {option["text"]["text"]: option.get("url", "") for option in options}


@TRANSPORTS
async def test_an_admin_finds_what_they_must_approve(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace = slack.person(ADMIN)
    await limit(workspace, "workspace", 0.5)
    mine, graces = await workspace.ada.open_home(), await grace.open_home()
    assert "Waiting for your approval" not in graces.text()
    await ask_for_approval(workspace)
    message = await told(grace, "asks you to approve a video over a limit")
    await graces.wait_for(lambda h: "Waiting for your approval" in h.text())
    await graces.wait_for(lambda h: "Approve or decline" in h.text())
    [asked] = [b for b in graces.container.content["blocks"] if "Approve or decline" in str(b)]
    assert message.ts.replace(".", "") in asked["text"]["text"], "the link is to the message"
    await mine.wait_for(lambda h: "Waiting for an admin to approve the price" in h.text())
    assert "Waiting for your approval" not in mine.text()
    await grace.press("Decline", message)
    form = await grace.modal()
    await form.type("Why?", "Please make it shorter")
    assert await form.submit() == {}
    await mine.wait_for(lambda h: "Declined by @Grace" in h.text())
    await graces.wait_for(lambda h: "Waiting for your approval" not in h.text())


async def test_a_video_that_its_requester_cancelled_was_not_declined(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await limit(workspace, "workspace", 0.5)
    card = await ask_for_approval(workspace)
    await workspace.ada.press("Cancel", card)
    home = await workspace.ada.open_home()
    await home.wait_for(lambda h: "Cancelled" in h.text())
    assert "Declined" not in home.text()


async def test_home_says_what_a_script_waits_for(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    await ask_for_sign_off(workspace, bob)
    home = await workspace.ada.open_home()
    assert "Waiting for sign-off" in home.text()
    assert "On hold" not in home.text()
    assert "waiting for sign-off since" in (await bob.open_home()).text()


async def test_home_says_what_the_card_says(workspace: Workspace, slack: SlackStandIn) -> None:
    """Of a render that nobody waits for anymore, and of a paused queue."""
    workspace.segmind.pace = AfterSeconds(3600)
    card = await wait_for_text(await ask(workspace, "Nobody waits."), "Rendering")
    home = await workspace.ada.open_home()
    await workspace.ada.press("Stop waiting", card)
    await home.wait_for(lambda h: "Stopped waiting" in h.text() and "Cancelled" not in h.text())
    refuse_key(workspace.segmind)
    await wait_for_text(await ask(workspace, "It waits for a key."), "refuses the bot's API key")
    await home.wait_for(lambda h: "Waiting: Segmind refuses the bot's API key" in h.text())


async def test_home_tells_that_there_are_older_videos(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "VIDEOS_SHOWN", 1)
    home = await workspace.ada.open_home()
    await delivered(await ask(workspace, "The first."))
    await home.wait_for(lambda h: "The first." in h.text() and "older ones" not in h.text())
    await delivered(await ask(workspace, "The second."))
    await home.wait_for(lambda h: "The second." in h.text() and "older ones" in h.text())
    assert "The first." not in home.text()


async def test_a_budget_for_each_is_set_also_before_anybody_uses_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    graces = await slack.person(ADMIN).open_home()
    assert "No budgets are set." in graces.text()
    await limit(workspace, "person", 30)
    await graces.wait_for(lambda h: "Each person: $30 a month" in h.text())
    assert "No budgets are set." not in graces.text()


async def test_the_most_for_one_video_is_shown(workspace: Workspace, slack: SlackStandIn) -> None:
    home, graces = await workspace.ada.open_home(), await slack.person(ADMIN).open_home()
    assert "One video" not in home.text() + graces.text()
    await limit(workspace, "video", 5)
    await home.wait_for(lambda h: "One video may cost at most $5." in h.text())
    await graces.wait_for(lambda h: "One video: at most $5" in h.text())


@TRANSPORTS
async def test_a_video_is_copied_and_shared_from_home(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, bob, training = workspace.ada, slack.person("Bob"), slack.channel("training")
    card = await ask(workspace, SCRIPT)
    await delivered(card)
    home = await ada.open_home()
    assert [*menu_of(home, "Hello team.")] == ["Make a copy", "Open the thread"]
    assert card.ts.replace(".", "") in menu_of(home, "Hello team.")["Open the thread"]
    await bob.press("Approve", await review_of(card))
    await home.wait_for(lambda h: "Share" in menu_of(h, "Hello team."))
    await home.press("Open the thread")

    await home.press("Share")
    form = await ada.modal()
    await form.choose("Channel", training)
    assert await form.submit() == {}
    await training.wait_for(lambda m: m.files)

    await home.press("Make a copy")
    copy = await ada.modal()
    await copy.type("Script", "A new one.")
    await copy.choose("Where to post", training)
    assert await copy.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 2)
    assert last(workspace)["script"] == "A new one."
    await home.wait_for(lambda h: "A new one." in h.text())


async def test_a_take_that_a_colleague_replaced_is_not_shared(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace, SCRIPT)
    await delivered(card)
    await bob.press("Approve", await review_of(card))
    home = await workspace.ada.open_home()
    await home.wait_for(lambda h: "Share" in menu_of(h, "Hello team."))
    await bob.press("New take", card)
    form = await bob.modal()
    await form.type("Script", "Bob's words.")
    assert await form.submit() == {}
    await review_of(card, 2)
    await home.wait_for(lambda h: "Share" not in menu_of(h, "Hello team."))


async def test_a_guest_sees_what_they_were_asked_about(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    home = await slack.guest("Gil").open_home()
    for words in ("Waiting for", "Your videos", "This month", "For admins", "[Make a video]"):
        assert words not in home.text()
    assert "0:14 too fast" in home.text()
    gus = slack.person("Gus")
    workspace.marketing.members.add(gus.id)
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Reviewers", gus)
    assert await form.submit() == {}
    slack.guest("Gus")  # the form doesn't let anybody name a guest, but he has become one
    await asyncio.sleep(KNOWN_SECONDS * FAST)  # the bot remembers who he was
    home = await gus.open_home()
    await home.wait_for(lambda h: "Waiting for your notes" in h.text() and "Watch it" in h.text())
    assert "Review it" not in home.text()


async def test_what_a_page_leaves_out_makes_no_room_for_what_nobody_has_checked(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a private channel that this person has left."""
    monkeypatch.setattr(page, "WAITING_SHOWN", 2)
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob])
    for number in range(3):
        form = await filled_form(workspace, bob, script=f"Secret {number}.")
        await form.choose("Where to post", leads)
        assert await form.submit() == {}
        await leads.wait_for(lambda m: f"Secret {number}." in m.text())  # noqa: B023
    for number in range(3):
        await ask_for_sign_off(workspace, bob, script=f"For all {number}.")
    bob.leave(leads)
    home = await bob.open_home()
    await home.wait_for(lambda h: "For all 1." in h.text() and "Secret" not in h.text())
    assert "For all 2." not in home.text()
    assert "and 1 more" in home.text()


async def test_many_open_pages_leave_slacks_limit_to_who_acts(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """After some minutes, everybody whose page is open has to be looked up again."""
    time = FixedClock()
    workspace = await start_bot(clock=Clock(1.0, now=lambda: time.time))
    people = [slack.person(f"Person {number}") for number in range(2 * OF_MANY_A_MINUTE)]
    for person in people:
        await person.open_home()
    time.time += timedelta(minutes=6)
    known = len(slack.journal.calls("users.info"))
    for _ in range(3):
        await workspace.bot.review_schedule.run("home")
    await asyncio.sleep(2)
    asked = len(slack.journal.calls("users.info")) - known
    assert 0 < asked <= OF_MANY_A_MINUTE + 2


@pytest.mark.parametrize("restarts", [False, True], ids=["a video", "a restart"])
async def test_what_changes_everybodys_page_leaves_slacks_limit_to_who_opens_one(
    start_bot: StartBot, slack: SlackStandIn, restarts: bool
) -> None:
    """Such as what is left of a limit of the workspace, with each video that somebody asks for."""
    workspace = await start_bot(clock=Clock(1.0))
    await limit(workspace, "workspace", 500)
    await add_look(workspace, "Brand", Parameters(avatar="Anja Office Front"))
    people = [slack.person(f"Person {number}") for number in range(2 * OF_MANY_A_MINUTE)]
    homes = [await person.open_home() for person in people]
    published = len(slack.journal.calls("views.publish"))
    if restarts:
        await workspace.bot.__aexit__(None, None, None)
        workspace = await start_bot(clock=Clock(1.0))
    await ask(workspace)
    for _ in range(3):
        await workspace.bot.review_schedule.run("home")
    await asyncio.sleep(2)
    changed = len(slack.journal.calls("views.publish")) - published
    assert 0 < changed <= OF_MANY_A_MINUTE + 2
    waits = [one for one in zip(people, homes, strict=True) if "$500 of $500" in one[1].text()]
    (person, _), (_, home), *_ = waits
    await (await person.open_home()).wait_for(lambda h: "$500 of $500" not in h.text())
    await home.press("Make it my default")
    changed_soon = 5  # seconds, in which few others have their turn
    await home.wait_for(lambda h: "your default" in h.text(), changed_soon)
    assert "$500 of $500" not in home.text()
