"""What a kill, or a time without Slack, left undone in a review is done at the next look."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Channel, Message, SlackStandIn
from bot.demo.stage import Stage
from bot.process.retry import RETRY_WAITS
from handlers.reviewing import catch_up
from handlers.reviewing.catch_up import LONGEST_SHARE
from tests.support.conversations import ask, last, review_of, told
from tests.support.processes import fork_server
from tests.support.processes.kills import AtSlackCall, Kill, KillPoint
from tests.support.processes.ports import free_port
from tests.support.reviewing.notes import answers
from tests.support.reviewing.shares import approved_take, said_to, share_form
from tests.support.workspace import FAST, Workspace, be_patient, wait_for_text

SETTINGS = {"SEGMIND_REQUESTS_PER_MINUTE": "60000", "TYPICAL_RENDER_SECONDS": "20"}
COMPLETE = "files.completeUploadExternal"


@pytest.fixture
async def stage(tmp_path: Path, films: Path) -> AsyncIterator[Stage]:
    """With the bot as a process that can be killed."""
    stage = Stage(tmp_path / "data", http=False, PORT=str(free_port()), **SETTINGS)
    stage.bot.scale, stage.bot.launch = FAST, fork_server.launch
    be_patient(stage.slack)
    stage.segmind = SegmindStandIn(films)
    async with stage:
        yield stage
    assert "Traceback" not in (tmp_path / "data" / "bot.log").read_text()


async def settled(stage: Stage) -> tuple[Message, Message]:
    """The card and the review of a take once nothing more happens to it."""
    marketing = stage.slack.channel("marketing")
    ada = stage.slack.person("Ada")
    await ada.command("/avatar", "Hello team. This is our news.", marketing)
    assert await (await ada.modal()).submit() == {}
    card = await marketing.wait_for(lambda m: not m.thread_ts)
    review = await review_of(card)
    await wait_for_text(card, "cost $")
    return card, review


async def restarted(stage: Stage, moment: KillPoint, act: Awaitable[object]) -> None:
    """It is killed at that moment of what `act` sets off."""
    kill = Kill(stage, SIGKILL)
    moment.set_trap(kill)
    await act
    assert await kill.exit_code() == -SIGKILL
    await stage.start_bot()


def direct(slack: SlackStandIn) -> list[str]:
    return said_to(slack.person("Ada"))


async def sent(stage: Stage, review: Message, news: Channel) -> Awaitable[object]:
    """Bob approves it, and Ada has filled in the form that shares it."""
    await stage.slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    modal = await share_form(stage.slack.person("Ada"), review, news)
    return modal.submit()


async def test_a_decision_that_was_not_drawn_is_drawn_after_a_kill(stage: Stage) -> None:
    card, review = await settled(stage)
    bob = stage.slack.person("Bob")
    showing = AtSlackCall("chat.update", "lost", says="approved")
    await restarted(stage, showing, bob.press("Approve", review))
    await wait_for_text(review, "@Bob approved")
    await wait_for_text(card, "approved")


async def test_a_note_that_was_not_answered_is_counted_and_answered_after_a_kill(
    stage: Stage,
) -> None:
    card, review = await settled(stage)
    bob = stage.slack.person("Bob")
    answering = AtSlackCall("chat.postMessage", "done", says="Noted.")
    await restarted(stage, answering, bob.reply(card, "0:01 too fast"))
    await wait_for_text(review, "1 open note")
    await bob.reply(card, "0:00 too slow")
    await stage.slack.until(lambda: len(answers(card)) >= 2)
    assert sorted(answers(card)) == ["Noted. At 0:00 of take 1", "Noted. At 0:01 of take 1"]


async def test_a_share_that_a_kill_cut_off_is_reported_once(stage: Stage) -> None:
    _, review = await settled(stage)
    news = stage.slack.channel("news")
    await restarted(stage, AtSlackCall("upload", "lost"), await sent(stage, review, news))
    await told(stage.slack.person("Ada"), "reached #news, so it wasn't shared. Press Share again")
    assert news.messages() == []
    await stage.bot.stop()
    await stage.start_bot()
    modal = await share_form(stage.slack.person("Ada"), review, news)
    assert await modal.submit() == {}
    await wait_for_text(review, "Shared in #news by @Ada")
    assert len(news.messages()) == len(direct(stage.slack)) == 1


@pytest.mark.parametrize("late", [0.0, 0.05])
async def test_a_share_that_was_not_logged_is_found_after_a_kill(stage: Stage, late: float) -> None:
    _, review = await settled(stage)
    news = stage.slack.channel("news")
    sharing = await sent(stage, review, news)
    stage.slack.installation.share_seconds = late
    await restarted(stage, AtSlackCall(COMPLETE, "done"), sharing)
    await wait_for_text(review, "Shared in #news by @Ada")
    assert len(news.messages()) == 1
    assert direct(stage.slack) == []


async def test_a_share_that_slack_never_got_is_reported_after_a_kill(stage: Stage) -> None:
    _, review = await settled(stage)
    news = stage.slack.channel("news")
    await restarted(stage, AtSlackCall(COMPLETE, "lost"), await sent(stage, review, news))
    await told(stage.slack.person("Ada"), "it wasn't shared. Press Share again")
    assert news.messages() == []
    assert "Shared in" not in review.text()


def is_given_up(slack: SlackStandIn, review: Message) -> bool:
    """Whether Slack has refused each try to show the approval."""
    refused = [
        call
        for call in slack.journal.calls("chat.update")
        if (call.status, call.arguments["ts"]) == (503, review.ts)
        and "approved" in call.arguments["text"]
    ]
    return len(refused) > len(RETRY_WAITS)


async def test_decisions_are_drawn_after_a_long_slack_outage(
    watched: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(watched)
    review = await review_of(card)
    await wait_for_text(card, "cost $")
    outage = slack.faults.add("chat.update", status=503, times=None)
    await slack.person("Bob").press("Approve", review)
    await slack.until(lambda: is_given_up(slack, review))
    for _ in range(2):
        await watched.bot.review_schedule.run("catch up")
    assert last(watched)["decision"] == "approved"
    assert "@Bob approved" not in review.text()
    slack.faults.remove(outage)
    await watched.bot.review_schedule.run("catch up")
    assert "@Bob approved" in review.text()
    assert "approved" in card.text()
    drawn = len(slack.journal.calls("chat.update"))
    await watched.bot.review_schedule.run("catch up")
    assert len(slack.journal.calls("chat.update")) == drawn, "and once is enough"


async def test_one_review_that_cannot_be_drawn_does_not_hold_up_the_others(
    watched: Workspace, slack: SlackStandIn
) -> None:
    reviews = [await review_of(await ask(watched, script)) for script in ("One.", "Two.")]
    outage = slack.faults.add("chat.update", status=503, times=None)
    for review in reviews:
        await slack.person("Bob").press("Approve", review)
    await slack.until(lambda: all(is_given_up(slack, review) for review in reviews))
    with closing(sqlite3.connect(watched.settings.log_path)) as db:
        newest = last(watched)["take_id"]  # it is drawn first
        db.execute("UPDATE reviews SET at = 'soon' WHERE take_id = ?", (newest,))
        db.commit()
    slack.faults.remove(outage)
    await watched.bot.review_schedule.run("catch up")
    assert ["@Bob approved" in review.text() for review in reviews] == [True, False]


async def test_a_thread_that_the_bot_cannot_reach_is_not_drawn_again(
    watched: Workspace, slack: SlackStandIn
) -> None:
    card, _ = await approved_take(watched)
    await wait_for_text(card, "cost $")
    watched.marketing.archived = True
    before = len(slack.journal.calls("chat.update"))
    await watched.bot.review_schedule.run("catch up")
    tried = len(slack.journal.calls("chat.update"))
    assert tried > before
    await watched.bot.review_schedule.run("catch up")
    assert len(slack.journal.calls("chat.update")) == tried


@pytest.mark.parametrize("longest", [LONGEST_SHARE, timedelta()], ids=["new", "for hours"])
async def test_a_share_under_way_is_not_interrupted(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, longest: timedelta
) -> None:
    """A copy to publish may wait for its turn for hours."""
    monkeypatch.setattr(catch_up, "LONGEST_SHARE", longest)
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    held = slack.faults.add("upload", slow=60)
    assert await modal.submit() == {}
    await slack.until(lambda: held not in slack.faults.waiting)
    await workspace.bot.review_schedule.run("catch up")
    slack.faults.remove(held)
    await wait_for_text(review, "Shared in #news by @Ada")
    assert direct(slack) == []
