"""Who is named to review a video, who is still asked, and who is told about decisions."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    new_take,
    request_changes,
    review_of,
    told,
)
from tests.support.reviewing.notes import notices
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def test_nobody_reviews_their_own_video_by_being_named(workspace: Workspace) -> None:
    await workspace.ada.command("/avatar", "Hello.", workspace.marketing)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", workspace.ada)
    assert "Choose other reviewers" in (await modal.submit())["Reviewers"]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_form_names_those_who_cannot_approve(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, gus, eve = slack.person("Bob"), slack.guest("Gus"), slack.outsider("Eve")
    slack.person("Dan").user.deleted = True
    modal = await fresh_modal(workspace, "Hello.")
    await modal.choose("Reviewers", bob, gus)
    await modal.choose("Then ask", eve, slack.person("Dan"))
    cannot = "can't approve videos here. Choose other reviewers."
    assert await modal.submit() == {
        "Reviewers": f"Gus {cannot}", "Then ask": f"Eve and Dan {cannot}"
    }  # fmt: skip
    assert not workspace.marketing.messages(), "nothing was posted or made"
    await modal.choose("Reviewers", bob)
    await modal.choose("Then ask", slack.person("Carol"))
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    form = await new_take(bob, await review_of(card))
    await form.choose("Reviewers", gus)
    assert await form.submit() == {"Reviewers": f"Gus {cannot}"}


async def test_no_reviewers_are_taken_for_some_that_can_while_slack_does_not_tell(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    modal = await fresh_modal(workspace, "Hello.")
    await modal.choose("Reviewers", slack.outsider("Eve"))
    silent = slack.faults.add("users.info", status=503, times=None)
    assert "Slack didn't respond" in (await modal.submit())["Reviewers"]
    slack.faults.remove(silent)
    assert "Eve can't approve" in (await modal.submit())["Reviewers"]


async def test_guests_who_may_do_what_members_may_can_be_named(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(ALLOW_GUESTS="true")
    modal = await fresh_modal(workspace, "Hello.")
    await modal.choose("Reviewers", slack.guest("Gus"))
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    assert (await review_of(card)).mentions() == ["@Gus"]


async def test_the_first_requester_can_review_a_take_that_a_colleague_asks_for(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, carol = slack.person("Bob"), slack.person("Carol")
    await workspace.ada.command("/avatar", "Hello.", workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob, carol)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    modal = await new_take(bob, await review_of(card))
    await modal.choose("Reviewers", workspace.ada, carol)
    assert await modal.submit() == {}
    review = await review_of(card, 2)
    assert "@Ada, @Carol, please review." in review.text()
    await workspace.ada.press("Approve", review)
    await wait_for_text(review, "@Ada approved")


async def test_only_reviewers_without_a_decision_are_asked_until_it_is_approved(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(APPROVALS_NEEDED="2")
    bob, carol = slack.person("Bob"), slack.person("Carol")
    modal = await fresh_modal(workspace, "Hello.")
    await modal.choose("Reviewers", bob, carol)
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    review = await review_of(card)
    assert "@Bob, @Carol, please review." in review.text()
    await bob.press("Approve", review)
    await card.channel.wait_for(lambda m: m is review and "\n@Carol, please review." in m.text())
    await carol.press("Approve", review)
    await slack.until(lambda: "please review" not in review.text())
    await carol.press("Undo my decision", review)
    await card.channel.wait_for(lambda m: m is review and "\n@Carol, please review." in m.text())
    assert await (await new_take(bob, card)).submit() == {}
    await review_of(card, 2)
    await slack.until(lambda: "replaced by take 2" in review.text())
    assert "please review" not in review.text()


async def test_a_reviewer_who_makes_the_next_take_is_not_named_for_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await workspace.ada.command("/avatar", "Hello.", workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    assert await (await new_take(bob, await review_of(card))).submit() == {}
    await review_of(card, 2)


async def test_a_new_take_asks_reviewers_and_whoever_requested_changes(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, carol, grace = (slack.person(name) for name in ("Bob", "Carol", "Grace"))
    form = await fresh_modal(workspace, "Hello.")
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    review = await review_of(card)
    assert review.mentions() == ["@Bob"]
    await request_changes(carol, review, "Slower")
    await request_changes(workspace.ada, review, "Louder")
    await grace.press("approve", review)
    await grace.reply(card, "0:00 nice")
    modal = await new_take(workspace.ada, card)
    assert await modal.submit() == {}
    second = await review_of(card, 2)
    assert second.mentions() == ["@Bob", "@Carol"]
    assert "@Bob, @Carol, please review." in second.text()


async def test_only_the_requester_is_told_of_each_decision(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, carol = slack.person("Bob"), slack.person("Carol")
    card = await ask(workspace)
    review = await review_of(card)
    await request_changes(bob, review, "Slower & <!here>")
    first = await told(workspace.ada, "Bob requested changes to take 1 of “Hello team.”")
    assert "> Slower & <!here>" in first.text()
    assert f"p{review.ts.replace('.', '')}" in first.fallback
    await slack.sockets.redeliver()  # must not count as another decision
    await request_changes(carol, review, "Louder")
    louder = await told(workspace.ada, "Carol requested changes to take 1")
    assert "> Louder" in louder.text()
    await bob.press("approve", review)  # Carol's still counts
    await slack.until(lambda: "@Bob approved" in review.text())
    await carol.press("approve", review)
    await told(workspace.ada, "Bob and Carol approved take 1")
    await bob.press("Undo my decision", review)  # Carol's still counts
    await slack.until(lambda: "@Bob approved" not in review.text())
    await carol.press("Undo my decision", review)
    await told(workspace.ada, "Carol withdrew their approval of take 1")
    assert len(notices(workspace.ada)) == 4
    assert [*bob.direct().messages(), *carol.direct().messages()] == []


async def test_who_has_approved_as_well_is_told_so(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(APPROVALS_NEEDED="2")
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    card = await ask(workspace)
    await review_of(card)
    assert await (await new_take(carol, card)).submit() == {}
    second = await review_of(card, 2)
    await ada.press("Approve", second)
    await wait_for_text(second, "1 of 2 approvals")
    await bob.press("Approve", second)
    await told(carol, "Ada and Bob approved take 2")
    await told(ada, "You and Bob approved take 2")


async def test_nobody_is_told_of_their_own_decision(workspace: Workspace) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    await request_changes(workspace.ada, review, "Slower")
    await card.channel.wait_for(lambda m: m is review and "> Slower" in m.text())
    await workspace.ada.press("Undo my decision", review)
    await card.channel.wait_for(lambda m: m is review and "> Slower" not in m.text())
    assert notices(workspace.ada) == []


async def test_whoever_requests_a_new_take_is_told_of_its_decisions_too(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    await delivered(card)
    assert await (await new_take(slack.person("Bob"), card)).submit() == {}
    review = await review_of(card, 2)
    await slack.person("Carol").press("Approve", review)
    for person in (workspace.ada, slack.person("Bob")):
        await told(person, "Carol approved take 2")
        assert len(notices(person)) == 1
