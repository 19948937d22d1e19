"""A request is for the people in its conversation, and nobody posts where they are not."""

import asyncio

import pytest

from bot.blocks.card import CANCEL
from bot.demo.slack import Channel, Message, Modal, Person, SlackStandIn
from bot.domain.takes import State
from tests.handlers.access.test_forged_payloads import press_payload
from tests.support.conversations import (
    ask,
    logged,
    new_take,
    request_changes,
    review_of,
    submissions,
)
from tests.support.reviewing.shares import approved_take, share_form
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

NOT_A_MEMBER = "You aren't a member of that conversation"
PRIVATE = "Only the requester, the reviewers and admins can share out of a private channel."
TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])


@TRANSPORTS
async def test_who_left_the_channel_with_the_share_form_open_does_not_share(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    news, bob = slack.channel("news"), slack.person("Bob")
    _, review = await approved_take(workspace)
    modal = await share_form(bob, review, news)
    bob.leave(workspace.marketing)
    assert NOT_A_MEMBER in (await modal.submit())["Channel"]
    assert news.messages() == []
    bob.join(workspace.marketing)
    assert await modal.submit() == {}
    await news.wait_for(lambda m: m.files)


async def test_nobody_shares_into_a_channel_that_they_are_not_in(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[bob])
    _, review = await approved_take(workspace)
    modal = await share_form(bob, review, leads)
    bob.leave(leads)
    assert NOT_A_MEMBER in (await modal.submit())["Channel"]
    assert leads.messages() == []


async def form_of_who_left(person: Person, channel: Channel) -> Modal:
    """The form for a video there, which they opened before they left."""
    await person.command("/avatar", "Buy this", channel)
    form = await person.modal()
    person.leave(channel)
    return form


@TRANSPORTS
async def test_no_press_posts_the_card_while_it_is_found_out_who_is_there(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """The request is logged first, and a press may post the card of what is logged."""
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[bob])
    form = await form_of_who_left(bob, leads)
    asked = slack.faults.add("chat.postEphemeral", slow=0.6)
    submitting = asyncio.create_task(form.submit())
    await wait_until(lambda: logged(workspace))
    take_id = f"{form.container.id}-1"
    await bob.send(
        "interactive", "block_actions",
        press_payload(bob, CANCEL, take_id, channel={"id": bob.direct().id}),
    )  # fmt: skip
    await bob.wait_for_ephemeral(bob.direct(), lambda m: "still posting the card" in m.text())
    assert logged(workspace)[0]["state"] == State.QUEUED
    slack.faults.remove(asked)
    assert NOT_A_MEMBER in str(await submitting)
    assert (leads.messages(), logged(workspace)) == ([], [])


@TRANSPORTS
async def test_slacks_own_limit_lets_nobody_post_where_they_are_not(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Several hosts can tell people more than Slack allows, so what a 429 says isn't “nothing”."""
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[bob])
    form = await form_of_who_left(bob, leads)
    limited = slack.faults.add("chat.postEphemeral", status=429, times=None)
    assert "very busy" in str(await form.submit())
    assert (leads.messages(), logged(workspace)) == ([], [])
    slack.faults.remove(limited)
    bob.join(leads)
    assert await form.submit() == {}
    await leads.wait_for(lambda m: "Buy this" in m.text())


async def test_who_left_the_channel_requests_no_changes_and_no_take(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace)
    review = await review_of(card)
    modal = await new_take(bob, card, "Buy this")
    bob.leave(workspace.marketing)
    assert NOT_A_MEMBER in (await modal.submit())["Script"]
    await modal.close()
    bob.join(workspace.marketing)
    await bob.press("Request changes", review)
    modal = await bob.modal()
    await modal.type("note", "Slower")
    bob.leave(workspace.marketing)
    assert [why[: len(NOT_A_MEMBER)] for why in (await modal.submit()).values()] == [NOT_A_MEMBER]
    assert (len(logged(workspace)), submissions(workspace)) == (1, 1)
    assert logged(workspace)[0]["decision"] == ""


@TRANSPORTS
async def test_no_card_in_a_private_channel_that_the_person_is_not_in(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[bob])
    modal = await form_of_who_left(bob, leads)
    assert NOT_A_MEMBER in (await modal.submit())["Where to post"]
    assert (leads.messages(), logged(workspace)) == ([], [])


def copy_to(slack: SlackStandIn, channel: Channel, message: Message) -> Message:
    """The same message with the same take's id, in another conversation."""
    ts = slack.workspace.new_ts()
    return channel.add(Message(channel, ts, message.user, message.fallback, message.blocks))


@TRANSPORTS
async def test_a_press_with_the_id_of_a_take_of_another_channel_is_refused(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    mallory = slack.person("Mallory")
    own = slack.channel("own", private=True, people=[mallory])
    card, review = await approved_take(workspace)
    forged = copy_to(slack, own, review)
    for number, label in enumerate([*forged.buttons(), *forged.menu_items()], 1):
        await mallory.press(label, forged)
        await slack.until(lambda: len(mallory.ephemerals(own)) == number)  # noqa: B023
    said = {message.text() for message in mallory.ephemerals(own)}
    assert said == {
        "This video belongs to another conversation, so nothing can be done with it here."
    }
    assert slack.installation.views.top(mallory.id) is None
    assert "@Mallory" not in review.text()
    assert "Take 1" in card.text()


async def in_private(
    workspace: Workspace, slack: SlackStandIn, *people: Person, reviewer: Person
) -> Message:
    """The review of a take that Bob has approved, in a private channel."""
    leads = slack.channel("leads", private=True, people=[workspace.ada, reviewer, *people])
    await workspace.ada.command("/avatar", "Hello team.", leads)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", reviewer)
    assert await modal.submit() == {}
    card = await leads.wait_for(lambda m: "Hello team." in m.text())
    review = await review_of(card)
    await people[0].press("Approve", review)
    await wait_for_text(review, f"@{people[0].name} approved")
    return review


async def test_sharing_out_of_a_private_channel_is_for_requester_reviewers_and_admins(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    cleo, bob, news = slack.person("Cleo"), slack.person("Bob"), slack.channel("news")
    review = await in_private(workspace, slack, cleo, reviewer=bob)
    await cleo.press("Share", review)
    said = await cleo.wait_for_ephemeral(review.channel, lambda m: "private" in m.text())
    assert said.text() == PRIVATE
    assert slack.installation.views.top(cleo.id) is None
    unknown = slack.faults.add("files.info", error="file_not_found")  # such as between two uploads
    await cleo.press("Share", review)
    await cleo.wait_for_ephemeral(review.channel, lambda m: "doesn't have the file" in m.text())
    slack.faults.remove(unknown)
    assert slack.installation.views.top(cleo.id) is None
    for person, where in ((bob, news), (workspace.ada, slack.channel("general"))):
        modal = await share_form(person, review, where)
        assert await modal.submit() == {}
        await wait_for_text(review, f"#{where.name} by @{person.name}")


async def test_a_member_of_a_public_channel_shares(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(slack.person("Cleo"), review, news)
    assert await modal.submit() == {}
    await wait_for_text(review, "#news by @Cleo")


async def test_a_request_for_changes_is_kept(workspace: Workspace, slack: SlackStandIn) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    bob = slack.person("Bob")
    await request_changes(bob, review, "Slower")
    await wait_for_text(review, "@Bob requested changes")
    await bob.wait_for_ephemeral(
        workspace.marketing, lambda m: "Requesting changes to take 1." in m.text()
    )


@TRANSPORTS
async def test_a_video_is_not_used_out_of_a_private_channel_that_person_and_bot_have_left(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, news = slack.person("Bob"), slack.channel("news")
    review = await in_private(workspace, slack, slack.person("Cleo"), reviewer=bob)
    bob.leave(review.channel)
    review.channel.members.discard(slack.installation.bot.id)
    await bob.command("/avatar", "Hello team.", news)
    form = await bob.modal()
    assert await form.submit() == {}
    await form.press("Use it")
    said = await form.wait_for(lambda m: "Use it again" in m.text())
    assert "on its way" not in said.text()
    assert news.messages() == []
