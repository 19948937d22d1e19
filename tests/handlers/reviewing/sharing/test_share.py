"""Share: an approved take in another channel, with its captions and the way back."""

import hashlib
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.demo.segmind import AtOnce, Outcome
from bot.demo.slack import SlackStandIn
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.shares import NOT_SHARED
from tests.support.conversations import (
    delivered,
    last,
    new_take,
    request_changes,
    review_of,
    says,
    told,
)
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.notes import notices
from tests.support.reviewing.shares import approved_take, said_to, share_form, shared_in
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def test_the_approved_file_goes_to_another_channel_with_a_link_back(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    news = slack.channel("news")
    card, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    await modal.type("Message", "For <!channel> & all")
    assert await modal.submit() == {}
    shared = await news.wait_for(lambda m: m.files)
    video = await delivered(card)
    assert [file.name for file in shared.files] == [file.name for file in video.files]
    assert shared.files[0].path.read_bytes() == video.files[0].path.read_bytes()
    assert shared.files[1].path.read_bytes() == video.files[1].path.read_bytes()
    assert all(file.alt_txt for file in shared.files)
    for words in ("For <!channel> & all",
                  "AI-generated video. Made by Ada, approved by Bob. Shared by Ada.",
                  f"/p{card.ts.replace('.', '')}"):  # fmt: skip
        assert words in shared.text()
    assert shared.mentions() == [], "nobody is notified there"
    await review.channel.wait_for(lambda m: m is review and "Shared in #news by @Ada" in m.text())
    digest = hashlib.sha256(shared.files[0].path.read_bytes()).hexdigest()
    assert digest == last(workspace)["sha256"]


async def test_no_words_hide_who_made_it(workspace: Workspace, slack: SlackStandIn) -> None:
    _, review = await approved_take(workspace)
    said = "Made by Grace." + "\n" * 400 + "Bye"
    shared = await shared_in(workspace.ada, review, slack.channel("news"), said)
    assert shared.text().startswith("AI-generated video. Made by Ada, approved")


async def test_everybody_who_approved_is_named_and_heard_what_the_press_did(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(APPROVALS_NEEDED="2")
    review = await review_of(await workspace.ask())
    for name in ("Bob", "Grace"):
        person = slack.person(name)
        await person.press("Approve", review)
        await person.wait_for_ephemeral(workspace.marketing, says("Approving take 1."))
        await wait_for_text(review, f"@{name} approved")
    shared = await shared_in(workspace.ada, review, slack.channel("news"))
    assert "Made by Ada, approved by Bob and Grace. Shared by Ada." in shared.text()


async def test_the_sharer_is_told_when_the_approval_is_withdrawn(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    cleo, bob = slack.person("Cleo"), slack.person("Bob")
    for where in ("news", "sales"):
        modal = await share_form(cleo, review, slack.channel(where))
        assert await modal.submit() == {}
        await slack.channel(where).wait_for(lambda m: m.files)
    await slack.until(lambda: "#sales by @Cleo" in review.text())
    await bob.press("Undo my decision", review)
    for person in (workspace.ada, cleo):
        said = await told(person, "Bob withdrew their approval of take 1")
        assert "was shared in #news, #sales. I'm adding there" in said.text()
    await request_changes(bob, review, "The logo is old.")
    said = await told(workspace.ada, "Bob requested changes to take 1")
    assert "was shared in" not in said.text()
    assert len(notices(cleo)) == 1


async def test_a_take_that_is_not_approved_any_more_is_not_shared(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    await slack.person("Bob").press("Undo my decision", review)
    await slack.until(lambda: "Share" not in review.buttons())
    assert "no longer approved" in (await modal.submit())["Channel"]
    assert news.messages() == []


@pytest.mark.parametrize("why", ["withdrawn", "replaced"])
async def test_an_approval_withdrawn_during_the_copy_stops_the_share(
    workspace: Workspace, slack: SlackStandIn, why: str
) -> None:
    news = slack.channel("news")
    card, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    slack.faults.add("upload", slow=2.0)
    assert await modal.submit() == {}
    if why == "withdrawn":
        await slack.person("Bob").press("Undo my decision", review)
        await slack.until(lambda: last(workspace)["decision"] == "")
        sentence = "Take 1 is no longer approved, so it can't be shared."
    else:
        workspace.segmind.pace = AtOnce()
        assert await (await new_take(workspace.ada, card)).submit() == {}
        await review_of(card, 2)
        sentence = "Take 1 has been replaced by take 2"
    await told(workspace.ada, sentence)
    assert news.messages() == []


async def test_a_form_that_slack_sends_twice_shares_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    assert await modal.submit() == {}
    await slack.sockets.redeliver()
    await review.channel.wait_for(lambda m: m is review and "Shared in #news" in m.text())
    await slack.sockets.redeliver()
    assert (await workspace.ada.command("/avatar", "help", news)).text
    assert len(news.messages()) == 1


@pytest.mark.parametrize("why", ["no member", "deleted"])
async def test_a_share_that_cannot_be_done_says_why(
    workspace: Workspace, slack: SlackStandIn, why: str
) -> None:
    news = slack.channel("news", bot_member=why != "no member")
    card, review = await approved_take(workspace)
    if why == "deleted":
        file = (await delivered(card)).files[0]
        file.deleted = True
    modal = await share_form(workspace.ada, review, news)
    errors = await modal.submit()
    if why == "no member":
        assert "type /invite @avatar there" in errors["Channel"]
    else:
        assert errors == {}
        await told(workspace.ada, "was deleted in Slack")
    assert news.messages() == []


@pytest.mark.parametrize("late", [0.0, 0.05])
async def test_a_share_counts_even_if_slacks_answer_is_lost(
    workspace: Workspace, slack: SlackStandIn, late: float
) -> None:
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    slack.installation.share_seconds = late
    slack.faults.add("files.completeUploadExternal", drop="after")
    # Slack does not answer the first looks for it, either.
    slack.faults.add("files.info")
    slack.faults.add("files.info", status=503, times=2)
    assert await modal.submit() == {}
    await review.channel.wait_for(lambda m: m is review and "Shared in #news by @Ada" in m.text())
    assert len(news.messages()) == 1
    assert said_to(workspace.ada) == []


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_share_that_slack_never_got_can_be_repeated(
    workspace: Workspace, slack: SlackStandIn, method: str
) -> None:
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    slack.faults.add(method, drop="before")
    slack.faults.add("chat.postMessage", status=503)  # it does not hear what is told at first
    assert await modal.submit() == {}
    await told(workspace.ada, "Slack didn't respond, so take 1 wasn't shared. Press Share again.")
    assert news.messages() == []
    assert await (await share_form(workspace.ada, review, news)).submit() == {}
    await review.channel.wait_for(lambda m: m is review and "Shared in #news" in m.text())
    assert len(news.messages()) == 1


async def test_a_share_that_another_process_ended_stops(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    news = slack.channel("news")
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, news)
    upload = slack.faults.add("upload", slow=1.0)
    assert await modal.submit() == {}
    await slack.until(lambda: upload not in slack.faults.waiting)
    other = await RequestLog.open(workspace.settings.log_path)
    reviews = ReviewLog(other.store)
    [share] = await reviews.unfinished_shares(since="2000", before="3000")
    assert await reviews.record_share(share, NOT_SHARED, why="it did not come back")
    await other.close()
    await slack.until(lambda: slack.journal.calls("chat.getPermalink"))
    await workspace.bot.__aexit__(None, None, None)
    assert news.messages() == []
    assert said_to(workspace.ada) == []


async def test_the_log_keeps_who_approved_which_file(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved_take(workspace)
    shown: list[dict[str, Any]] = await printed_reviews(workspace, capsys, "--json")
    [row] = shown
    assert (row["decision"], row["take_decision"]) == ("approved", "approved")
    assert row["user_id"] == workspace.slack.person("Bob").id
    assert row["sha256"] == last(workspace)["sha256"]
    assert len(row["sha256"]) == 64


async def printed_reviews(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], *words: str
) -> Any:
    from bot.cli import log
    from bot.cli.main import parser

    args = parser().parse_args(["log", "--review", *words])
    assert await log.run(args, workspace.settings) == 0
    return json.loads(capsys.readouterr().out)


async def test_a_file_that_the_plan_hides_cannot_be_shared_and_the_person_hears_why(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    for file in (await delivered(card)).files:
        file.hidden = True
    modal = await share_form(workspace.ada, review, slack.channel("news"))
    assert await modal.submit() == {}
    message = await told(workspace.ada, "Your Slack plan hides the file of take 1")
    assert "Make a new take to share it" in message.text()
    assert not shares_under_way(workspace)


async def test_a_share_ends_whatever_goes_wrong(workspace: Workspace, slack: SlackStandIn) -> None:
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, slack.channel("news"))
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("UPDATE reviews SET at = 'soon', decision = 'perhaps'")
        db.commit()
    assert await modal.submit() == {}
    message = await told(workspace.ada, "Something went wrong in the bot, so take 1 wasn't shared")
    assert "Press Share again" in message.text()
    assert not shares_under_way(workspace)


def shares_under_way(workspace: Workspace) -> bool:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        kinds = [kind for (kind,) in db.execute("SELECT kind FROM events ORDER BY seq")]
    return "sharing" in kinds and NOT_SHARED not in kinds


async def test_an_approved_take_can_be_shared_until_the_next_one_is_delivered(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    news = slack.channel("news")
    card, review = await approved_take(workspace)
    workspace.segmind.pace = HELD
    assert await (await new_take(workspace.ada, review, "Second.")).submit() == {}
    await wait_for_text(card, "Rendering")
    assert await (await share_form(workspace.ada, review, news)).submit() == {}
    await wait_for_text(review, "Shared in #news by @Ada")

    await workspace.ada.press("Stop waiting", card)
    await wait_for_text(card, "Get the video")
    assert "Share" in review.buttons()
    workspace.segmind.faults.next_job(Outcome(error="The voice is unknown."))
    workspace.segmind.pace = AtOnce()
    assert await (await new_take(workspace.ada, review, "Third.")).submit() == {}
    await wait_for_text(card, "The voice is unknown")
    assert "approved" in review.text()
    assert await (await share_form(workspace.ada, review, slack.channel("sales"))).submit() == {}
    await slack.channel("sales").wait_for(lambda m: m.files)
    assert await (await new_take(workspace.ada, review, "Fourth.")).submit() == {}
    await review_of(card, 4)
    await wait_for_text(review, "replaced by take 4")
