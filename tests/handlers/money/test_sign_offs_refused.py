"""Sign-offs that can't be: by the wrong person, too late, over a limit, of an old script."""

import asyncio
from dataclasses import replace

import pytest

from bot.blocks.holds.sign_offs import NOBODY_LEFT
from bot.demo.slack import SlackStandIn
from bot.domain.rights import LEAVE_NOTES
from tests.support.conversations import (
    delivered,
    last,
    logged,
    review_of,
    says,
    submissions,
)
from tests.support.limits import limit
from tests.support.reviewing.sign_offs import (
    BOX,
    SCRIPT,
    TOO_LATE,
    ask_for_sign_off,
    edit,
    filled_form,
)
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text


async def test_the_requester_and_colleagues_who_are_not_asked_cannot_sign_off(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    card = await ask_for_sign_off(workspace, bob)
    for person, why in (
        (ada, "You asked for this take or changed its script, so someone else has to sign off"),
        (carol, "Only this video's reviewers and admins can sign off its script."),
    ):
        await person.press("Sign off", card)
        await person.wait_for_ephemeral(workspace.marketing, says(why))
    await bob.press("Edit script", card)
    await bob.wait_for_ephemeral(workspace.marketing, says("or an admin, can change the script."))
    gus = slack.guest("Gus")
    await gus.press("Sign off", card)
    await gus.wait_for_ephemeral(workspace.marketing, says("Guests can't sign off a script."))
    assert last(workspace)["state"] == "on_hold"
    await slack.person(ADMIN).press("Sign off", card)
    await delivered(card)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_admin_who_changed_the_script_cannot_sign_it_off_alone(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, grace = slack.person("Bob"), slack.person(ADMIN)
    card = await ask_for_sign_off(workspace, bob)
    await edit(grace, card, "Hello all.")
    await wait_for_text(card, "Hello all.")
    await grace.press("Sign off", card)
    why = "You asked for this take or changed its script, so someone else has to"
    await grace.wait_for_ephemeral(workspace.marketing, says(f"{why} sign off its script."))
    assert last(workspace)["state"] == "on_hold"
    await bob.press("Sign off", card)
    await delivered(card)
    await grace.press("Approve", await review_of(card))
    await grace.wait_for_ephemeral(workspace.marketing, says(f"{why} approve it."))


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_nor_is_asked_to_as_a_reviewer(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, grace = slack.person("Bob"), slack.person(ADMIN)
    card = await ask_for_sign_off(workspace, bob, grace)
    await edit(grace, card, "Hello all.")
    await wait_for_text(card, "@Bob, please read the script")
    asked = await card.thread.wait_for(says("the script of take 1 has changed"))
    assert asked.mentions() == ["@Bob"]
    assert "Nothing is waiting for you." in (await grace.open_home()).text()
    await bob.press("Sign off", card)
    assert (await review_of(card)).mentions() == ["@Bob"]
    alone = await ask_for_sign_off(workspace, grace, script="Hello.")
    await edit(grace, alone, "Hello everybody.")
    await wait_for_text(alone, NOBODY_LEFT)


async def test_unless_requesters_may_do_so_too(start_bot: StartBot, slack: SlackStandIn) -> None:
    workspace = await start_bot(SELF_APPROVAL="true")
    card = await ask_for_sign_off(workspace, slack.person("Bob"), slack.person(ADMIN))
    await edit(slack.person(ADMIN), card, "Hello all.")
    await wait_for_text(card, "Hello all.", "please read the script")
    asked = await card.thread.wait_for(says("the script of take 1 has changed"))
    assert sorted(asked.mentions()) == ["@Bob", "@Grace"]
    await slack.person(ADMIN).press("Sign off", card)
    await delivered(card)


@pytest.mark.parametrize(
    ("reviewers", "needed", "why"),
    [
        ([], "1", "Choose who should sign off the script."),
        (["Bob"], "2", "Choose at least 2 reviewers"),
        (["Ada"], "1", "You can't review your own video."),
        (["Gus"], "1", "Gus can't sign off scripts here."),
        (["Bob", "Dan"], "2", "Dan can't sign off scripts here."),  # whose account is deactivated
    ],
)
async def test_the_form_names_reviewers_who_cannot_sign_off(
    start_bot: StartBot, slack: SlackStandIn, reviewers: list[str], needed: str, why: str
) -> None:
    workspace = await start_bot(APPROVALS_NEEDED=needed)
    slack.person("Dan").user.deleted = True
    slack.guest("Gus")
    form = await filled_form(workspace, *map(slack.person, reviewers))
    assert why in (await form.submit())["Reviewers"]
    assert form.value("Script")["value"] == SCRIPT.strip()
    assert logged(workspace) == []


async def test_there_is_nothing_to_sign_off_in_a_direct_message(workspace: Workspace) -> None:
    await workspace.ada.command("/avatar", SCRIPT, workspace.ada.direct())
    form = await workspace.ada.modal()
    assert BOX not in form.text()


async def test_an_old_card_a_double_press_and_a_sign_off_after_the_cancellation(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, carol, ada = slack.person("Bob"), slack.person("Carol"), workspace.ada
    card = await ask_for_sign_off(workspace, bob, carol)
    assert "One of you is enough." in card.text()
    old = replace(card)
    await asyncio.gather(bob.press("Sign off", card), bob.press("Sign off", card))
    await delivered(card)
    assert submissions(workspace) == 1
    assert not [m for m in bob.ephemerals(workspace.marketing) if "Too late" in m.text()]
    await bob.press("Sign off", old)
    await bob.wait_for_ephemeral(workspace.marketing, says("You have already signed off"))
    await carol.press("Sign off", old)
    await carol.wait_for_ephemeral(workspace.marketing, says(TOO_LATE))
    second = await ask_for_sign_off(workspace, bob, script="Another one.")
    old = replace(second)
    await bob.press("Suggest changes", second)
    form = await bob.modal()
    await ada.press("Cancel", second)
    await wait_for_text(second, "Cancelled. No charge.")
    await form.type("Comment", "Please wait")
    assert TOO_LATE in (await form.submit())["Script"]
    await bob.press("Sign off", old)
    await bob.press("Suggest changes", old)
    await ada.press("Edit script", old)
    await ada.wait_for_ephemeral(workspace.marketing, says(TOO_LATE))
    assert submissions(workspace) == 1
    assert last(workspace)["state"] == "cancelled"


async def test_a_budget_used_up_meanwhile_asks_the_admins(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, grace = slack.person("Bob"), slack.person(ADMIN)
    card = await ask_for_sign_off(workspace, bob)
    await limit(workspace, "workspace", 0.5)
    await bob.press("Sign off", card)
    await wait_for_text(card, "Waiting for an admin to approve the price.")
    notice = await card.thread.wait_for(says("@Ada, the script is signed off, but the video"))
    assert notice.mentions() == ["@Ada"]
    assert "only $0.50 of this workspace's $0.50" in notice.text()
    message = await grace.direct().wait_for(lambda m: "Approve" in m.buttons())
    assert submissions(workspace) == 0
    await grace.press("Approve", message)
    await delivered(card)
    assert last(workspace)["hold_reason"] == "approval"


async def test_over_a_limit_from_the_start_it_is_signed_off_first_and_then_approved(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await limit(workspace, "workspace", 0.5)
    form = await filled_form(workspace)
    await form.wait_for(lambda m: "is left. Once the script is signed off, the admins" in m.text())
    assert "[Ask for sign-off]" in form.text()
    await form.close()
    card = await ask_for_sign_off(workspace, slack.person("Bob"))
    assert not slack.person(ADMIN).direct().messages()
    await slack.person("Bob").press("Sign off", card)
    await slack.person(ADMIN).direct().wait_for(lambda m: "Approve" in m.buttons())


async def test_without_admins_it_is_cancelled_and_the_requester_hears_why(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    card = await ask_for_sign_off(workspace, slack.person("Bob"))
    await limit(workspace, "workspace", 0.5)
    await slack.person("Bob").press("Sign off", card)
    await wait_for_text(card, "only $0.50 of this workspace's $0.50", "Nothing was charged.")
    told = await card.thread.wait_for(says("@Ada: This video costs about"))
    assert told.mentions() == ["@Ada"]


async def test_guests_are_refused_what_they_pressed(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, gus = slack.person("Bob"), slack.guest("Gus")
    card = await ask_for_sign_off(workspace, bob)
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    await form.type("Script", "Hello everybody.")
    assert await form.submit() == {}
    suggestion = await card.thread.wait_for(says("suggests changes"))
    for button, message, act in (
        ("Suggest changes", card, "suggest changes"),
        ("Edit script", card, "change the script"),
        ("Use this script", suggestion, "change the script"),
        ("Cancel", card, "cancel it"),
        ("Sign off", card, "sign off a script"),
    ):
        await gus.press(button, message)
        why = f"Guests can't {act}. You can reply with feedback in the thread."
        await gus.wait_for_ephemeral(workspace.marketing, says(why))
    answer = await gus.command("/avatar", "Hello", workspace.marketing)
    assert answer.text == f"Guests can't make a video. {LEAVE_NOTES}", "there is no thread"
