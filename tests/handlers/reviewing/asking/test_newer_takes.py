"""Who reviews a take, and may share it, while a newer one is under way or never comes."""

from collections.abc import Sequence

import pytest

from bot.demo.segmind import AtOnce, Outcome, SegmindStandIn
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.domain.takes import PauseReason
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.request_log.reviews import ReviewLog
from tests.handlers.access.test_membership import PRIVATE, TRANSPORTS
from tests.support.conversations import is_review, logged, new_take, review_of, says, told
from tests.support.processes.bot_process import HELD
from tests.support.processes.postgres import PostgresServer
from tests.support.reviewing.due_dates import FRIDAY, ask_by, overdue_messages
from tests.support.reviewing.reviewers import DAY, HOUR, FixedClock, name_reviewers, reminders
from tests.support.reviewing.shares import share_form
from tests.support.reviewing.sign_offs import BOX
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

STORES = pytest.mark.parametrize("store", ["SQLite", "Postgres"])


async def first_take(
    workspace: Workspace, where: Channel, reviewer: Person, *, then: Sequence[Person] = ()
) -> tuple[Message, Message]:
    """The card and the review of Ada's."""
    await workspace.ada.command("/avatar", "Our plans.", where)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", reviewer)
    await form.choose("Then ask", *then)
    assert await form.submit() == {}
    card = await where.wait_for(lambda m: "Our plans." in m.text())
    return card, await review_of(card)


async def held_take(
    bob: Person, card: Message, review: Message, reviewer: Person, *, then: Sequence[Person] = ()
) -> None:
    """Bob asks for the next one, which waits until its script is signed off."""
    form = await new_take(bob, review, "Mine.")
    await form.choose("Reviewers", reviewer)
    await form.choose("Then ask", *then)
    await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    await wait_for_text(card, f"Take 2 by @{bob.name}")


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
    made, review = await first_take(workspace, leads, bob)
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


@STORES
async def test_a_newer_take_does_not_change_who_has_to_approve_the_one_that_is_there(
    start_bot: StartBot, slack: SlackStandIn, postgres: PostgresServer, store: str
) -> None:
    """Nor does it if it is cancelled, which is free."""
    database = {"DATABASE_URL": postgres.bot_database()} if store == "Postgres" else {}
    workspace = await start_bot(**database)
    bob, carol, dan = slack.person("Bob"), slack.person("Carol"), slack.person("Dan")
    card, review = await first_take(workspace, workspace.marketing, bob, then=[dan])
    await held_take(bob, card, review, carol)
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


@STORES
async def test_who_was_asked_while_a_newer_take_was_on_hold_still_is_once_it_is_cancelled(
    start_bot: StartBot, slack: SlackStandIn, postgres: PostgresServer, store: str
) -> None:
    database = {"DATABASE_URL": postgres.bot_database()} if store == "Postgres" else {}
    workspace = await start_bot(**database)
    bob, carol, dan = slack.person("Bob"), slack.person("Carol"), slack.person("Dan")
    card, review = await first_take(workspace, workspace.marketing, carol, then=[dan])
    await held_take(bob, card, review, slack.person("Eve"))
    await carol.press("Approve", review)
    await told(dan, "your turn to review")
    await bob.press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.", "round 2 of 2: waiting for @Dan")
    await wait_for_text(review, "round 2 of 2")
    home = await dan.open_home()
    await home.wait_for(lambda h: "Our plans." in h.text())


@STORES
async def test_colluding_members_make_nobody_a_reviewer_of_an_earlier_take(
    start_bot: StartBot, slack: SlackStandIn, postgres: PostgresServer, store: str
) -> None:
    """Who a newer take names for its second round isn't asked about the one that is there."""
    database = {"DATABASE_URL": postgres.bot_database()} if store == "Postgres" else {}
    workspace = await start_bot(**database)
    bob, carol, mallory = slack.person("Bob"), slack.person("Carol"), slack.person("Mallory")
    dan = slack.person("Dan")
    people = [workspace.ada, bob, carol, mallory, dan]
    leads = slack.channel("leads", private=True, people=people)
    card, review = await first_take(workspace, leads, dan)
    await held_take(bob, card, review, carol, then=[mallory])
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


async def test_a_take_that_comes_after_all_is_reviewed_by_whom_it_has_named(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    """Also if somebody has asked for a newer one meanwhile, when the review was with the take
    before, which had named nobody."""
    bob, dan, mallory = slack.person("Bob"), slack.person("Dan"), slack.person("Mallory")
    card = await workspace.ask("Our plans.")
    review = await review_of(card)
    segmind.pace = HELD
    form = await new_take(workspace.ada, review, "Ours.")
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", dan)
    assert await form.submit() == {}
    await wait_for_text(card, "Rendering")
    await workspace.ada.press("Stop waiting", card)
    await wait_for_text(card, "Get the video")
    segmind.pace, stale = AtOnce(), card.blocks
    await mallory.press("Change and retry", card)
    form = await mallory.modal()
    await form.choose("Then ask")
    await form.choose("Reviewers", slack.person("Carol"))
    await form.check("Sign-off", BOX)
    assert await form.submit() == {}
    await wait_for_text(card, "Take 3 by @Mallory")
    card.blocks = stale  # not drawn yet
    await workspace.ada.press("Get the video (free)", card)
    review = await card.thread.wait_for(lambda m: is_review(m, 2))
    assert "@Bob" in review.mentions()
    await mallory.press("Approve", review)
    await wait_for_text(review, "@Mallory approved")
    assert "Share" not in review.buttons()
    await bob.press("Approve", review)
    await told(dan, "your turn to review")


@pytest.mark.parametrize("names", ["the same reviewer", "another reviewer"])
@STORES
async def test_the_take_that_is_there_is_reminded_of_while_a_newer_one_is_on_hold(
    start_bot: StartBot,
    slack: SlackStandIn,
    postgres: PostgresServer,
    clock: FixedClock,
    store: str,
    names: str,
) -> None:
    database = {"DATABASE_URL": postgres.bot_database()} if store == "Postgres" else {}
    clock.time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=clock, **database)
    bob, carol, mallory = slack.person("Bob"), slack.person("Carol"), slack.person("Mallory")
    card = await ask_by(workspace, "2030-04-02", bob)
    review = await review_of(card)
    await held_take(mallory, card, review, bob if names == "the same reviewer" else carol)
    await (await bob.open_home()).wait_for(lambda h: "Take 1 by @Ada" in h.text())
    clock.time += 5 * DAY
    for job in ("reminders", "overdue"):
        await workspace.bot.review_schedule.run(job)
    assert "take 1" in reminders(bob)[0]
    await wait_until(lambda: overdue_messages(workspace.ada))  # whoever is at work on it
    [overdue] = overdue_messages(workspace.ada)
    assert "Still waiting for Bob." in overdue.text()


@pytest.mark.parametrize("how", ["taken down", "stopped"])
@STORES
async def test_a_newer_take_that_is_gone_leaves_the_review_to_whom_it_was_with(
    start_bot: StartBot,
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    postgres: PostgresServer,
    store: str,
    how: str,
) -> None:
    """What was stopped may come after all: then those are asked whom it has named."""
    database = {"DATABASE_URL": postgres.bot_database()} if store == "Postgres" else {}
    workspace = await start_bot(**database)
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    card, _ = await first_take(workspace, workspace.marketing, bob)
    segmind.pace = AtOnce() if how == "taken down" else HELD
    form = await new_take(ada, card, "Again.")
    await form.choose("Reviewers", carol)
    assert await form.submit() == {}
    if how == "taken down":
        await ada.press("Take it down", await review_of(card, 2))
        assert await (await ada.modal()).submit() == {}
        await wait_for_text(card, "Taken down by @Ada")
    else:
        await wait_for_text(card, "Rendering")
        await ada.press("Stop waiting", card)
        await wait_for_text(card, "Get the video")
    assert "Take 1 by @Ada" in (await bob.open_home()).text()
    assert "Nothing is waiting for you." in (await carol.open_home()).text()
    if how == "taken down":
        await ada.press("New take", card)
        assert (await ada.modal()).value("Reviewers")["selected_users"] == [bob.id]
        return
    segmind.pace = AtOnce()
    await ada.press("Get the video (free)", card)
    assert (await review_of(card, 2)).mentions() == ["@Carol"]
    await (await carol.open_home()).wait_for(lambda h: "Take 2 by @Ada" in h.text())
    await (await bob.open_home()).wait_for(lambda h: "Nothing is waiting for you." in h.text())
