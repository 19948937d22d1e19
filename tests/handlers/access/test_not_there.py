"""Presses of a private channel's takes by somebody who isn't in it, and yet names the channel."""

import asyncio
from typing import Any

import pytest

from bot.blocks import card, notes, review
from bot.blocks.holds.sign_offs import EDIT_SCRIPT
from bot.blocks.holds.sign_offs import SCRIPT as EDITED
from bot.blocks.modal import USE_AGAIN
from bot.blocks.reviewing.due_dates import CHANGE_DUE_DATE
from bot.blocks.sharing.share import SHARE
from bot.demo.segmind import Answer
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.process.clock import Clock
from bot.slack.members import CHECKED, INVITED_SECONDS, KNOWN_SECONDS, MAX_PAGES, PAGE_SIZE
from tests.handlers.access.test_forged_forms import submission
from tests.handlers.access.test_forged_payloads import TRANSPORTS, press_payload, send
from tests.support.conversations import delivered, delivered_take, logged, new_take
from tests.support.reviewing.sign_offs import BOX, SCRIPT
from tests.support.workspace import ADMIN, FAST, StartBot, Workspace, keep_deadlines

NOT_A_MEMBER = "You aren't a member of that conversation"
OPENING = (
    card.NEW_TAKE, card.CHANGE_AND_RETRY, card.SHOW_SCRIPT, review.REQUEST_CHANGES, notes.NOTES,
    card.SAVE_LOOK,
)  # fmt: skip
OLD_KINDS = (
    "interactive_message", "dialog_submission", "dialog_cancellation", "workflow_step_edit",
    "dialog_suggestion", "made_up",
)  # fmt: skip


async def in_private(workspace: Workspace, *people: Person) -> Channel:
    leads = workspace.slack.channel("leads", private=True, people=[workspace.ada, *people])
    await made_in(workspace, leads)
    return leads


async def made_in(workspace: Workspace, channel: Channel) -> None:
    """Ada makes a video there."""
    await workspace.ada.command("/avatar", "Our secret plan.", channel)
    modal = await workspace.ada.modal()
    assert await modal.submit() == {}
    made = await channel.wait_for(lambda m: "Our secret plan." in m.text())
    await delivered(made)


async def press(workspace: Workspace, person: Person, action_id: str, channel: Channel) -> Any:
    take_id = logged(workspace)[-1]["take_id"]
    return await send(person, press_payload(person, action_id, take_id, channel={"id": channel.id}))


@TRANSPORTS
async def test_who_is_not_in_a_private_channel_opens_and_does_nothing_of_its_takes(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Their forms show the script and the notes. The admin may do all of it, but not there."""
    workspace = await start_bot(http=http)
    leads = await in_private(workspace)
    mallory, grace = slack.person("Mallory"), slack.person(ADMIN)
    before, shown = states(workspace), len(leads.every_message())
    for person, action_ids in (
        (mallory, (*OPENING, review.DOWNLOAD)),
        (grace, (*OPENING, CHANGE_DUE_DATE, SHARE, card.CANCEL)),
    ):
        for number, action_id in enumerate(action_ids, 1):
            await press(workspace, person, action_id, leads)
            await slack.until(lambda: len(told_to(person)) >= min(number, 5))  # noqa: B023
        assert all(NOT_A_MEMBER in message.text() for message in told_to(person))
        assert slack.installation.views.top(person.id) is None
    assert (states(workspace), len(leads.every_message())) == (before, shown)


@TRANSPORTS
async def test_no_old_kind_of_payload_is_taken_for_a_press(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Its `callback_id` would name one button to Bolt, and its `actions` another one to the check:
    *Use it*, which is also for people who aren't there."""
    workspace = await start_bot(http=http)
    await in_private(workspace)
    mallory, take_id = slack.person("Mallory"), logged(workspace)[-1]["take_id"]
    for kind in OLD_KINDS:
        for action_id in OPENING:
            forged = press_payload(mallory, USE_AGAIN, take_id, type=kind, callback_id=action_id)
            assert not await send(mallory, forged)
    opened = len(slack.journal.calls("views.open"))
    await mallory.command("/avatar", "Mine", workspace.marketing)
    assert "Our secret plan." not in (await mallory.modal()).text()
    assert len(slack.journal.calls("views.open")) == opened + 1


def states(workspace: Workspace) -> list[tuple[str, ...]]:
    """Without the cost, which may come in at any time."""
    names = ("take_id", "state", "decision", "script")
    return [tuple(row[name] for name in names) for row in logged(workspace)]


def told_to(person: Person) -> list[Message]:
    return person.direct().messages()


async def test_who_is_invited_can_open_them_at_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    leads = await in_private(workspace)
    bob = slack.person("Bob")
    await press(workspace, bob, card.SHOW_SCRIPT, leads)
    await slack.until(lambda: told_to(bob))
    bob.join(leads)
    await asyncio.sleep(INVITED_SECONDS * FAST)
    await press(workspace, bob, card.SHOW_SCRIPT, leads)
    await bob.modal()


async def test_the_members_are_looked_up_once_for_many_presses(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.1))  # they are remembered for 30 seconds
    leads = await in_private(workspace)
    for _ in range(3):
        await press(workspace, workspace.ada, card.SHOW_SCRIPT, leads)
        await (await workspace.ada.modal()).close()
    assert len(slack.journal.calls("conversations.members")) <= 2


@pytest.mark.parametrize("role", ["guest", "outsider"])
async def test_a_guest_opens_nothing_of_a_public_channel_that_they_are_not_in(
    workspace: Workspace, slack: SlackStandIn, role: str
) -> None:
    news = slack.channel("news")
    await made_in(workspace, news)
    eve = getattr(slack, role)("Eve")
    eve.leave(news)
    await press(workspace, eve, card.SHOW_SCRIPT, news)
    await eve.direct().wait_for(lambda m: NOT_A_MEMBER in m.text())
    assert slack.installation.views.top(eve.id) is None
    await press(workspace, slack.person("Bob"), card.SHOW_SCRIPT, news)
    await slack.person("Bob").modal()


async def test_nobody_opens_anything_of_somebodys_direct_message(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await made_in(workspace, workspace.ada.direct())
    mallory = slack.person("Mallory")
    await press(workspace, mallory, card.SHOW_SCRIPT, workspace.ada.direct())
    await slack.until(lambda: told_to(mallory))
    assert slack.installation.views.top(mallory.id) is None
    await press(workspace, workspace.ada, card.SHOW_SCRIPT, workspace.ada.direct())
    await workspace.ada.modal()


@pytest.mark.parametrize("how", [{"slow": 5.0}, {"status": 503}], ids=["slow", "503"])
async def test_if_slack_does_not_say_in_time_nothing_opens(
    workspace: Workspace, slack: SlackStandIn, how: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    leads = await in_private(workspace)
    keep_deadlines(monkeypatch)
    mallory = slack.person("Mallory")
    slack.faults.add("conversations.members", times=None, **how)
    await press(workspace, mallory, card.SHOW_SCRIPT, leads)
    await mallory.direct().wait_for(lambda m: "Slack didn't respond" in m.text())
    assert slack.installation.views.top(mallory.id) is None


@TRANSPORTS
async def test_without_the_scope_only_members_still_open_them(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    manifest = slack.installation.manifest
    object.__setattr__(manifest, "scopes", manifest.scopes - {"groups:read"})
    # Who is in it is remembered for 30 seconds.
    workspace = await start_bot(http=http, clock=Clock(0.1))
    leads = await in_private(workspace)
    await only_members_open(workspace, leads)
    for _ in range(2):
        await press(workspace, workspace.ada, card.SHOW_SCRIPT, leads)
        await (await workspace.ada.modal()).close()
    assert len([m for m in workspace.ada.ephemerals(leads) if m.text() == CHECKED]) == 1


async def only_members_open(workspace: Workspace, channel: Channel) -> None:
    mallory = workspace.slack.person("Mallory")
    await press(workspace, mallory, card.SHOW_SCRIPT, channel)
    await mallory.direct().wait_for(lambda m: NOT_A_MEMBER in m.text())
    assert workspace.slack.installation.views.top(mallory.id) is None
    await press(workspace, workspace.ada, card.SHOW_SCRIPT, channel)
    await (await workspace.ada.modal()).close()


async def test_of_very_many_members_too_only_those_open_them(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    crowd = [slack.person(f"Person {number}") for number in range(PAGE_SIZE * MAX_PAGES)]
    await only_members_open(workspace, await in_private(workspace, *crowd))


async def test_where_the_bot_was_removed_nothing_opens(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    leads = await in_private(workspace)
    leads.members.discard(slack.installation.bot.id)
    await asyncio.sleep(KNOWN_SECONDS * FAST)
    mallory = slack.person("Mallory")
    await press(workspace, mallory, card.SHOW_SCRIPT, leads)
    await mallory.direct().wait_for(lambda m: "Invite me first" in m.text())
    assert slack.installation.views.top(mallory.id) is None


async def script_to_sign_off(workspace: Workspace) -> Message:
    """The card of Ada's video in a private channel, which waits for Bob."""
    bob = workspace.slack.person("Bob")
    leads = workspace.slack.channel("leads", private=True, people=[workspace.ada, bob])
    await workspace.ada.command("/avatar", SCRIPT, leads)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob)
    await form.check("Sign-off", BOX)
    await form.wait_for(lambda m: "[Ask for sign-off]" in m.text())
    assert await form.submit() == {}
    return await leads.wait_for(lambda m: "Sign off" in m.buttons())


async def test_who_has_left_edits_no_script_there(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    made = await script_to_sign_off(workspace)
    await workspace.ada.press("Edit script", made)
    form = await workspace.ada.modal()
    await form.type("Script", "Something else.")
    workspace.ada.leave(made.channel)  # which the bot doesn't know yet
    assert NOT_A_MEMBER in str(await form.submit())
    assert "Something else." not in logged(workspace)[-1]["script"]


@TRANSPORTS
async def test_a_form_that_names_a_direct_message_is_as_good_as_none(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """An admin may edit each script, but not where they aren't."""
    workspace = await start_bot(http=http)
    grace = slack.person(ADMIN)
    await script_to_sign_off(workspace)
    field = {"type": "plain_text_input", "value": "Something else."}
    take_id = logged(workspace)[-1]["take_id"]
    forged = submission(grace, EDIT_SCRIPT, take_id, {EDITED: field})
    for more in ({"channel": {"id": grace.direct().id}}, {"channel": {"id": "D0FORGED"}}, {}):
        answer = await send(grace, forged | more)
        assert NOT_A_MEMBER in answer["errors"][EDITED]
    assert logged(workspace)[-1]["script"] == SCRIPT.strip()


async def test_who_left_the_channel_opens_nothing_of_it_in_their_direct_message(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Neither what colleagues have said and made since, nor the video that they asked for."""
    ada, bob = workspace.ada, slack.person("Bob")
    leads = await in_private(workspace, bob)
    ada.leave(leads)
    made = leads.messages()[0]
    form = await new_take(bob, made, "Bob's own plan.")
    assert await form.submit() == {}
    await delivered_take(made, 2)
    await asyncio.sleep(KNOWN_SECONDS * FAST)  # until it is looked up again
    for action_id in (card.NEW_TAKE, card.CHANGE_AND_RETRY, card.COPY, card.SHOW_SCRIPT):
        for take in logged(workspace):
            place = {"id": ada.direct().id}
            await send(ada, press_payload(ada, action_id, take["take_id"], channel=place))
    await slack.until(lambda: len(ada.ephemerals(ada.direct())) == 8)
    assert slack.installation.views.top(ada.id) is None


async def test_who_left_the_channel_brings_nothing_back_from_their_direct_message(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Not their own video into it, nor what a colleague has suggested there out of it."""
    ada = workspace.ada
    held = await script_to_sign_off(workspace)
    workspace.segmind.faults.add("submit", Answer(400, "No such avatar"))
    await ada.command("/avatar", "Our secret plan.", held.channel)
    assert await (await ada.modal()).submit() == {}
    await held.channel.wait_for(lambda m: "No such avatar" in m.text() and not m.thread_ts)
    ada.leave(held.channel)
    await asyncio.sleep(KNOWN_SECONDS * FAST)  # until it is looked up again
    before = [row["state"] for row in logged(workspace)]
    for action_id in (card.TRY_AGAIN, card.RENDER_AGAIN, card.ASK_FOR_APPROVAL, EDIT_SCRIPT):
        for take in logged(workspace):
            place = {"id": ada.direct().id}
            await send(ada, press_payload(ada, action_id, take["take_id"], channel=place))
    await slack.until(lambda: len(ada.ephemerals(ada.direct())) == 8)
    assert {NOT_A_MEMBER in m.text() for m in ada.ephemerals(ada.direct())} == {True}
    assert slack.installation.views.top(ada.id) is None
    assert [row["state"] for row in logged(workspace)] == before
