"""A take is its own requester's, whoever asked for the others in its thread."""

import asyncio

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce, Outcome
from bot.demo.slack import Message, Modal, SlackStandIn
from bot.request_log.forgetting.words import blank_events, changing_events
from bot.request_log.log import RequestLog
from bot.slack import members
from tests.support.conversations import (
    ask,
    delivered_take,
    fresh_modal,
    last,
    logged,
    new_take,
    review_of,
    says,
)
from tests.support.limits import SCRIPT, WAITS, asked, limit
from tests.support.processes.postgres import PostgresServer
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace, make_anyway, wait_for_text

NOT_YOURS = says("Only the person who asked for this take, or an admin, can ")
FOREVER = AfterSeconds(float("inf"))


def voice_of(form: Modal) -> str:
    return str(form.value("Voice")["selected_option"]["text"]["text"])


async def bobs_take(workspace: Workspace, script: str) -> Message:
    """Ada's card, once Bob has asked for take 2 of her video."""
    card = await ask(workspace, "Hello team.")
    await review_of(card)
    form = await new_take(workspace.slack.person("Bob"), card, script)
    await form.choose("Voice", "Aaron")
    assert await form.submit() == {}
    return await wait_for_text(card, "for @Ada", "Take 2 by @Bob")


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_colleagues_take_is_the_colleagues(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, bob = workspace.ada, slack.person("Bob")
    card = await bobs_take(workspace, "Bob's words.")
    video = await delivered_take(card, 2)
    assert video.text().startswith("@Bob, take 2 of @Ada's video is ready.")
    assert sorted(video.mentions()) == ["@Ada", "@Bob"]
    assert [take["user_id"] for take in logged(workspace)] == [ada.id, bob.id]

    review = await review_of(card, 2)
    await bob.press("Approve", review)
    await bob.wait_for_ephemeral(workspace.marketing, says("someone else has to approve it"))
    await ada.press("Approve", review)
    await wait_for_text(review, "@Ada approved")

    # Bob's choices are his defaults, and not Ada's.
    await bob.command("/avatar", "", workspace.marketing)
    assert voice_of(await bob.modal()) == "Aaron"
    assert voice_of(await fresh_modal(workspace)) != "Aaron"


async def test_whoever_asked_for_a_take_hears_of_its_failure_and_can_retry_or_cancel_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada, bob = workspace.ada, slack.person("Bob")
    workspace.segmind.pace = AtOnce()
    card = await ask(workspace, "Hello team.")
    await review_of(card)
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    assert await (await new_take(bob, card, "Other words.")).submit() == {}
    await card.thread.wait_for(lambda m: m.text().startswith("@Bob") and "No face" in m.text())
    await wait_for_text(card, "Take 2 by @Bob", "No face")

    workspace.segmind.pace = FOREVER
    await ada.press("Try again", card)
    await ada.wait_for_ephemeral(workspace.marketing, NOT_YOURS)
    await bob.press("Try again", card)
    await wait_for_text(card, "Take 3 by @Bob", "Rendering")
    await ada.press("Stop waiting", card)
    await slack.until(lambda: len([*filter(NOT_YOURS, ada.ephemerals(workspace.marketing))]) == 2)
    await bob.press("Stop waiting", card)
    await slack.until(lambda: last(workspace)["state"] == "cancelled")


async def test_a_take_that_an_admin_retries_stays_its_requesters(workspace: Workspace) -> None:
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    card = await wait_for_text(await ask(workspace), "No face")
    await workspace.slack.person(ADMIN).press("Try again", card)
    assert (await delivered_take(card, 2)).text().startswith("@Ada, take 2 is ready.")
    assert {take["user_id"] for take in logged(workspace)} == {workspace.ada.id}


async def test_a_colleagues_takes_count_toward_the_colleagues_limit(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(MAX_UNFINISHED_TAKES="1")
    bob = slack.person("Bob")
    card = await ask(workspace, "Hello team.")
    await review_of(card)
    workspace.segmind.pace = FOREVER
    assert await (await new_take(bob, card, "Other words.")).submit() == {}
    await bob.command("/avatar", "One more.", workspace.marketing)
    assert "You have 1 video under way" in str(await (await bob.modal()).submit())
    assert await (await fresh_modal(workspace, "Ada has none.")).submit() == {}


async def test_who_asked_for_the_video_hears_once_of_a_colleagues_take(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """In the review, if she has to review it."""
    ada, bob = workspace.ada, slack.person("Bob")
    workspace.segmind.pace = AtOnce()
    card = await ask(workspace, "Hello team.")
    await review_of(card)
    form = await new_take(bob, card, "Bob's words.")
    await form.choose("Reviewers", ada)
    assert await form.submit() == {}
    review = await review_of(card, 2)
    assert review.mentions() == ["@Ada"]
    assert (await delivered_take(card, 2)).mentions() == ["@Bob"]
    assert not ada.direct().messages()
    assert await (await new_take(slack.person("Cleo"), card, "Cleo's words.")).submit() == {}
    await review_of(card, 3)
    about = [m.mentions() for m in card.thread.replies() if "take 3" in m.text().lower()]
    assert sorted(name for names in about for name in names) == ["@Ada", "@Cleo"]


async def held_by_mallory(workspace: Workspace, slack: SlackStandIn) -> Message:
    """Ada's card: Bob reviews take 1, and Mallory's take 2, which costs nothing, names Carol."""
    bob, mallory, carol = slack.person("Bob"), slack.person("Mallory"), slack.person("Carol")
    form = await fresh_modal(workspace, "Hello team.")
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())
    await review_of(card)
    form = await new_take(mallory, card, "Mine now.")
    await form.choose("Reviewers", carol)
    await form.choose("Sign-off", "Ask reviewers to sign off the script first")
    assert await form.submit() == {}
    return await wait_for_text(card, "Take 2 by @Mallory", "Waiting for sign-off")


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_nobody_blocks_a_colleagues_thread_with_a_take_on_hold(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card = await held_by_mallory(workspace, slack)
    await slack.person("Bob").press("Cancel", card)
    await slack.person("Bob").wait_for_ephemeral(workspace.marketing, NOT_YOURS)
    await workspace.ada.press("Cancel", card)
    await wait_for_text(card, "Cancelled by Ada. No charge.")
    await workspace.ada.press("Change and retry", card)
    form = await workspace.ada.modal()
    await form.choose("Sign-off")
    assert await form.submit() == {}
    await review_of(card, 3)


@pytest.mark.parametrize("store", ["SQLite", "Postgres"])
async def test_a_take_that_is_cancelled_on_hold_leaves_the_review_to_its_reviewers(
    start_bot: StartBot, slack: SlackStandIn, postgres: PostgresServer, store: str
) -> None:
    on_postgres = {"DATABASE_URL": postgres.bot_database()} if store == "Postgres" else {}
    workspace, bob = await start_bot(**on_postgres), slack.person("Bob")
    card = await held_by_mallory(workspace, slack)
    log = await RequestLog.open(workspace.settings.log_location)
    # As if all words so far were old.
    async with log.store.transaction() as db, changing_events(db, "test", "", "test"):
        await blank_events(db, await db.query("SELECT * FROM events"))
    await log.close()
    await slack.person("Mallory").press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.", "Back to take 1")
    home = await bob.open_home()
    await home.wait_for(lambda shown: "Take 1 by @Ada, ready since" in shown.text())
    carols = await slack.person("Carol").open_home()
    assert "Nothing is waiting for you." in carols.text()


async def test_the_owner_cannot_cancel_what_was_released_meanwhile(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, grace = workspace.ada, slack.person("Bob"), slack.person(ADMIN)
    board = slack.channel("board", private=True, people=[ada, bob])
    monkeypatch.setattr(members, "KNOWN_SECONDS", 0.0)
    await ada.command("/avatar", "Hello team.", board)
    await make_anyway(await ada.modal())
    card = await board.wait_for(lambda m: not m.thread_ts)
    await review_of(card)
    await limit(workspace, "workspace", 0.5)
    form = await new_take(bob, card, SCRIPT)
    await form.wait_for(lambda m: "[Ask for approval]" in m.text())
    assert await form.submit() == {}
    await wait_for_text(card, "Take 2 by @Bob", WAITS)
    workspace.segmind.balance = 0  # so that it stays in the queue
    before = len(slack.journal.calls("conversations.members"))
    held = slack.faults.add("conversations.members", slow=60)
    pressing = asyncio.create_task(ada.press("Cancel", card))
    await slack.until(lambda: len(slack.journal.calls("conversations.members")) > before)
    await grace.press("Approve", await asked(grace))
    await wait_until(lambda: last(workspace)["state"] == "queued")
    slack.faults.remove(held)
    await pressing
    await ada.wait_for_ephemeral(board, says("Too late: the card shows the current status."))
    await wait_until(lambda: last(workspace)["state"] == "queued")  # or it is just being tried
