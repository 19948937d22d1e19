"""The Home tab: what waits, one's videos and the month; for admins the queue and the limits."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from bot.blocks.home import page
from bot.demo.segmind import AfterSeconds, AtOnce, Outcome
from bot.demo.slack import SlackStandIn
from bot.process.clock import Clock
from bot.request_log.rows import timestamp
from handlers.home.pages import OPEN_SECONDS
from tests.support.conversations import ask, delivered, logged, refuse_key, review_of, told
from tests.support.limits import limit, limits_of
from tests.support.waiting import wait_until
from tests.support.workspace import (
    ADMIN,
    EACH_STORE_AND_TRANSPORT,
    StartBot,
    Workspace,
    wait_for_text,
)

SCRIPT = "Hello *team*, this is <our> news."


async def ask_bob_to_review(workspace: Workspace) -> None:
    await workspace.ada.command("/avatar", SCRIPT, workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", workspace.slack.person("Bob"))
    assert await form.submit() == {}


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_home_shows_what_waits_and_ones_own_videos(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    home = await workspace.ada.open_home()
    for words in ("Nothing is waiting for you.", "You have none yet.", "Your videos: $0"):
        assert words in home.text()
    assert "For admins" not in home.text()
    await ask_bob_to_review(workspace)
    # The page follows while it is open.
    await home.wait_for(lambda h: "Hello team, this is <our> news." in h.text())
    await home.wait_for(lambda h: "Ready" in h.text() and "Open the thread" in h.text())
    bobs = await bob.open_home()
    assert "Take 1 by @Ada, ready since" in bobs.text()
    assert "Review it" in bobs.text()
    review = await review_of(workspace.marketing.messages()[0])
    await bob.press("Approve", review)
    await bobs.wait_for(lambda h: "Nothing is waiting for you." in h.text())
    await home.wait_for(lambda h: "Approved" in h.text())


async def test_a_video_begins_in_home(workspace: Workspace, slack: SlackStandIn) -> None:
    home = await workspace.ada.open_home()
    await home.press("Make a video")
    form = await workspace.ada.modal()
    await form.type("Script", SCRIPT)
    await form.choose("Where to post", workspace.marketing)
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)


async def test_a_guest_reads_why_home_has_no_videos(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    gus = slack.guest("Gus")
    home = await gus.open_home()
    assert "Guests can't make a video." in home.text()
    assert "Make a video" not in home.text().replace("Guests can't make a video.", "")


async def test_admins_see_the_queue_and_the_last_failures(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    await wait_for_text(await ask(workspace), "No face")
    refuse_key(workspace.segmind)
    await ask(workspace, "One more.")
    home = await slack.person(ADMIN).open_home()
    await home.wait_for(lambda h: "The queue is paused. Segmind refuses" in h.text())
    assert "1 waiting" in home.text()
    assert "No face" in home.text()
    workspace.segmind.faults.clear()
    await home.press("Try the key again")
    await home.wait_for(lambda h: "paused" not in h.text())


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_admin_changes_limits(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace = slack.person(ADMIN)
    await delivered(await ask(workspace, SCRIPT * 10))
    await limit(workspace, "person", 30)
    home = await grace.open_home()
    await home.press("Change limits")
    form = await grace.modal()
    assert form.value("Each person, per month ($)")["value"] == "30"
    for wrong, sentence in (("0", "must be above $0"), ("a lot", "is not an amount")):
        await form.type("Workspace, per month ($)", wrong)
        assert sentence in (await form.submit())["Workspace, per month ($)"]
    await form.type("Workspace, per month ($)", "1.50")
    await form.type("Each person, per month ($)", "")
    assert await form.submit() == {}
    await told(grace, "The workspace's budget is used up: $")
    await home.wait_for(lambda h: "The workspace: $0 of $1.50 left" in h.text())
    async with limits_of(workspace) as limits:
        assert (await limits.limits()).budgets == {("workspace", ""): 1.5}


async def test_home_tells_of_the_budget_that_has_the_least_left(workspace: Workspace) -> None:
    home = await workspace.ada.open_home()
    await limit(workspace, "person", 30)
    await limit(workspace, "workspace", 5)
    await home.wait_for(
        lambda h: "Your videos: $0\n$5 of $5 left this month for this workspace." in h.text()
    )


async def test_two_admins_do_not_overwrite_each_other(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    home = await grace.open_home()
    await home.press("Change limits")
    form = await grace.modal()
    await limit(workspace, "video", 5)
    await limit(workspace, "workspace", 70)
    await form.type("Workspace, per month ($)", "60")
    errors = await form.submit()
    assert errors == {
        "Workspace, per month ($)": "Somebody has just changed this to $70. Open the form again."
    }
    await form.type("Workspace, per month ($)", "")
    await form.type("Each channel, per month ($)", "20")
    assert await form.submit() == {}
    async with limits_of(workspace) as limits:
        found = await limits.limits()
    assert (found.video_usd, found.budgets) == (5, {("workspace", ""): 70, ("channel", ""): 20})


async def test_only_admins_change_limits(workspace: Workspace, slack: SlackStandIn) -> None:
    """A press, or a form, that no client of theirs offers."""
    grace, mallory = slack.person(ADMIN), slack.person("Mallory")
    home = await grace.open_home()
    assert "Change limits" in home.text()
    payload = {
        "type": "view_submission",
        "team": {"id": mallory.installation.team_id},
        "user": {"id": mallory.id, "team_id": mallory.installation.team_id},
        "view": {
            "id": "V1", "type": "modal", "callback_id": "change_limits",
            "blocks": [{"type": "input", "block_id": "video", "element": {}}],
            "state": {"values": {"video": {"video": {"type": "plain_text_input", "value": "1"}}}},
        },
    }  # fmt: skip
    answer = await mallory.send("interactive", "view_submission", payload)
    assert "Only an admin can change the limits." in str(answer)
    async with limits_of(workspace) as limits:
        assert (await limits.limits()).video_usd is None


async def test_a_page_that_does_not_change_is_published_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.pace = AfterSeconds(60)
    await workspace.ada.open_home()
    for _ in range(5):
        await workspace.bot.review_schedule.run("home")
    assert len(slack.journal.calls("views.publish")) == 1


@EACH_STORE_AND_TRANSPORT
async def test_an_open_page_goes_on_after_a_restart(
    start_bot: StartBot, slack: SlackStandIn, http: bool, each_store: dict[str, str]
) -> None:
    workspace = await start_bot(http=http, **each_store)
    workspace.segmind.pace = AfterSeconds(60)
    await ask_bob_to_review(workspace)
    home = await workspace.ada.open_home()
    bobs, queue = await slack.person("Bob").open_home(), await slack.person(ADMIN).open_home()
    await slack.until(lambda: "Rendering" in home.text() and "1 rendering" in queue.text())
    slack.person("Cleo")  # never opens it
    await workspace.bot.__aexit__(None, None, None)
    workspace.segmind.pace = AtOnce()
    again = await start_bot(http=http, **each_store)
    await again.bot.review_schedule.run("home")
    await slack.until(lambda: "Ready" in home.text() and "1 rendering" not in queue.text())
    await bobs.wait_for(lambda h: "Take 1 by @Ada, ready since" in h.text())
    assert len({call.arguments["user_id"] for call in slack.journal.calls("views.publish")}) == 3


async def test_half_an_hour_later_a_page_no_longer_counts_as_open(
    workspace: Workspace, slack: SlackStandIn, start_bot: StartBot
) -> None:
    await workspace.ada.open_home()
    await workspace.bot.__aexit__(None, None, None)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        long_ago = datetime.now(UTC) - timedelta(seconds=OPEN_SECONDS + 1)
        db.execute("UPDATE open_homes SET opened_at = ?", (timestamp(long_ago),))
    again = await start_bot()
    await slack.person("Bob").open_home()
    published = len(slack.journal.calls("views.publish"))
    await again.bot.review_schedule.run("home")
    await limit(workspace, "person", 30)
    await again.bot.review_schedule.run("home")
    await slack.until(lambda: len(slack.journal.calls("views.publish")) > published)
    calls = slack.journal.calls("views.publish")[published:]
    assert {call.arguments["user_id"] for call in calls} == {slack.person("Bob").id}


async def test_a_page_is_published_at_most_once_a_second(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """Also for somebody who opens it again and again."""
    second = 0.1

    def answered() -> int:
        opened = slack.journal.calls("event:app_home_opened")
        return sum(call.seconds is not None for call in opened)

    workspace = await start_bot(clock=Clock(second))
    began = monotonic()
    for n in range(30):
        await workspace.ada.open_home()
        await wait_until(lambda n=n: answered() > n)  # type: ignore[misc]
    published = len(slack.journal.calls("views.publish"))
    assert 1 <= published <= (monotonic() - began) / second + 1


async def test_a_page_that_slack_refuses_is_not_sent_again_until_it_changes(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    home = await workspace.ada.open_home()
    fault = slack.faults.add("views.publish", error="invalid_arguments", times=None)
    await limit(workspace, "person", 30)
    for _ in range(5):
        await workspace.bot.review_schedule.run("home")
        await asyncio.sleep(0.05)  # more than the second between two updates takes here
    assert len(slack.journal.calls("views.publish")) == 2
    slack.faults.remove(fault)
    slack.faults.add("views.publish", status=503)
    await limit(workspace, "person", 40)
    await home.wait_for(lambda h: "$40 of $40 left" in h.text())


async def test_links_that_slack_does_not_know_are_asked_for_once(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only those of the videos that the page shows."""
    monkeypatch.setattr(page, "WAITING_SHOWN", 1)
    bob = slack.person("Bob")
    for _ in range(2):
        await ask_bob_to_review(workspace)
    await slack.until(lambda: all(t["state"] == "delivered" for t in logged(workspace)))
    for card in workspace.marketing.messages():
        await review_of(card)
    slack.faults.add("chat.getPermalink", error="message_not_found", times=None)
    known = len(slack.journal.calls("chat.getPermalink"))
    home = await bob.open_home()
    assert "and 1 more" in home.text()
    for _ in range(3):
        await workspace.bot.review_schedule.run("home")
        await asyncio.sleep(0.05)
    assert len(slack.journal.calls("chat.getPermalink")) == known + 1
    cleo = await slack.person("Cleo").open_home()
    assert "Your videos" in cleo.text()
    for _ in range(3):
        await workspace.bot.review_schedule.run("home")
        await asyncio.sleep(0.05)
    assert len(slack.journal.calls("chat.getPermalink")) == known + 1, "Cleo's page has others"
    await bob.open_home()
    await slack.until(lambda: len(slack.journal.calls("chat.getPermalink")) == known + 2)


async def test_a_log_that_cannot_be_read_leaves_no_traceback(
    workspace: Workspace, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    home = await workspace.ada.open_home()
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("ALTER TABLE limits RENAME TO missing")
        await workspace.bot.review_schedule.run("home")
        await slack.until(lambda: "was not published: no such table" in caplog.text)
        assert [record for record in caplog.records if record.exc_info] == []
        db.execute("ALTER TABLE missing RENAME TO limits")
    await limit(workspace, "person", 30)
    await home.wait_for(lambda h: "$30 of $30 left" in h.text())
