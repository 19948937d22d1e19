"""A request is for the people in its conversation, and nobody posts where they are not."""

import pytest

from bot.demo.segmind import AtOnce, Outcome, SegmindStandIn
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.domain.takes import PauseReason
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.request_log.reviews import ReviewLog
from tests.support.conversations import (
    ask,
    logged,
    new_take,
    request_changes,
    review_of,
    says,
    submissions,
    told,
)
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.reviewers import name_reviewers
from tests.support.reviewing.shares import approved_take, share_form
from tests.support.reviewing.sign_offs import BOX
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
async def test_a_new_take_that_is_cancelled_free_gives_nobody_anothers_part(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """A member names a friend in place of the reviewers: the friend may not share the take that
    was approved before, and the reviewers are back."""
    workspace = await start_bot(http=http)
    bob, mallory, friend = (slack.person(name) for name in ("Bob", "Mallory", "Friend"))
    news = slack.channel("news")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob, mallory, friend])
    await workspace.ada.command("/avatar", "Our plans.", leads)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    made = await leads.wait_for(lambda m: "Our plans." in m.text())
    review = await review_of(made)
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    log = await RequestLog.open(workspace.settings.log_path)
    await QueueLog(log.store).pause(PauseReason.CREDITS)
    form = await new_take(mallory, made, "Hers.")
    await form.choose("Reviewers", friend)
    assert await form.submit() == {}
    await wait_for_text(made, "Take 2 by @Mallory")
    await friend.press("Share", review)
    await friend.wait_for_ephemeral(leads, says(PRIVATE))
    await mallory.press("Cancel", made)
    await wait_for_text(made, "Cancelled. No charge.")
    reviewers = await ReviewLog(log.store).reviewers(logged(workspace)[0]["request_id"])
    assert [one.user_id for one in reviewers] == [bob.id]
    await log.close()
    modal = await share_form(bob, review, news)
    assert await modal.submit() == {}
    await news.wait_for(lambda m: m.files)


async def test_a_take_that_fails_leaves_the_reviewers_until_it_is_tried_again(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob, carol = slack.person("Bob"), slack.person("Carol")
    made = await name_reviewers(workspace, bob)
    await review_of(made)
    segmind.faults.next_job(Outcome(error="No face"))
    form = await new_take(workspace.ada, made, "Again.")
    await form.choose("Reviewers", carol)
    assert await form.submit() == {}
    await wait_for_text(made, "Try again")
    home = await bob.open_home()
    assert "Take 1 by @Ada" in home.text()
    await workspace.ada.press("Change and retry", made)
    form = await workspace.ada.modal()
    assert form.value("Reviewers")["selected_users"] == [carol.id]
    await form.close()
    await workspace.ada.press("Try again", made)
    assert (await review_of(made, 3)).mentions() == ["@Carol"]
    await home.wait_for(lambda h: "Nothing is waiting for you." in h.text())


async def test_a_newer_take_does_not_change_who_has_to_approve_the_one_that_is_there(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Nor does it if it is cancelled, which is free."""
    bob, carol, dan = slack.person("Bob"), slack.person("Carol"), slack.person("Dan")
    await workspace.ada.command("/avatar", "Hello.", workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", dan)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    review = await review_of(card)
    form = await new_take(bob, review, "Mine.")
    await form.choose("Reviewers", carol)
    await form.choose("Then ask")
    await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    await wait_for_text(card, "Take 2 by @Bob")
    await carol.press("Approve", review)
    await wait_for_text(review, "@Carol approved")
    assert "Share" not in review.buttons()
    await bob.press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.")
    await bob.press("Approve", review)
    await told(dan, "your turn to review")
    assert "Share" not in review.buttons()
    await dan.press("Approve", review)
    await review.channel.wait_for(lambda m: m.ts == review.ts and "Share" in m.buttons())


async def test_colluding_members_make_nobody_a_reviewer_of_an_earlier_take(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Who a newer take names for its second round isn't asked about the one that is there."""
    bob, carol, mallory = slack.person("Bob"), slack.person("Carol"), slack.person("Mallory")
    dan = slack.person("Dan")
    people = [workspace.ada, bob, carol, mallory, dan]
    leads = slack.channel("leads", private=True, people=people)
    await workspace.ada.command("/avatar", "Our plans.", leads)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", dan)
    assert await form.submit() == {}
    card = await leads.wait_for(lambda m: "Our plans." in m.text())
    review = await review_of(card)
    form = await new_take(bob, review, "Mine.")
    await form.choose("Reviewers", carol)
    await form.choose("Then ask", mallory)
    await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    await wait_for_text(card, "Take 2 by @Bob")
    await carol.press("Approve", review)
    await review.channel.wait_for(lambda m: m.ts == review.ts and "Share" in m.buttons())
    await mallory.press("Share", review)
    await mallory.wait_for_ephemeral(leads, says(PRIVATE))
    assert mallory.direct().messages() == []
    await share_form(dan, review, slack.channel("news"))


@pytest.mark.parametrize("comes", [True, False], ids=["newer one comes", "newer one fails"])
async def test_an_earlier_take_that_fails_takes_no_reviewers_from_a_newer_one(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, comes: bool
) -> None:
    """Its button is gone from the card, but not from a forged payload, or a card not redrawn."""
    bob, carol, dan = slack.person("Bob"), slack.person("Carol"), slack.person("Dan")
    made = await name_reviewers(workspace, bob)
    await review_of(made)
    segmind.pace = HELD
    segmind.faults.next_job(Outcome(error="No face"))
    form = await new_take(workspace.ada, made, "Again.")
    await form.choose("Reviewers", carol)
    assert await form.submit() == {}
    await wait_for_text(made, "Rendering")
    await workspace.ada.press("Stop waiting", made)
    await wait_for_text(made, "Get the video")
    segmind.pace, stale = AtOnce(), made.blocks
    if not comes:
        segmind.faults.next_job(Outcome(error="No face"))
    await workspace.ada.press("Change and retry", made)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", dan)
    assert await form.submit() == {}
    await (review_of(made, 3) if comes else wait_for_text(made, "Try again"))
    made.blocks = stale
    await workspace.ada.press("Get the video (free)", made)
    await wait_until(lambda: [r["state"] for r in logged(workspace)].count("failed") == 2 - comes)
    reviewer, other = (dan, bob) if comes else (bob, dan)
    assert f"Take {3 if comes else 1} by @Ada" in (await reviewer.open_home()).text()
    assert "Nothing is waiting for you." in (await other.open_home()).text()


@TRANSPORTS
async def test_no_card_in_a_private_channel_that_the_person_is_not_in(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[bob])
    await bob.command("/avatar", "Buy this", leads)
    modal = await bob.modal()
    bob.leave(leads)
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
