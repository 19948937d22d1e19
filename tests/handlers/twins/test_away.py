"""While the person shown isn't here as they were, nothing new is made with their twin; and once
they have withdrawn their consent, nobody is asked to review what was made, whoever asks again."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Message, Person, SlackStandIn
from bot.demo.slack.workspace.conversations import User
from bot.domain.takes import PauseReason
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.slack.connection.client import OF_MANY_A_MINUTE
from handlers.access import people_shown
from tests.support.conversations import delivered, last, review_of, told
from tests.support.twins.asking import (
    allow_in,
    approved_video,
    make_video,
    ready_twin,
    video_form,
)
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, make_anyway, wait_for_text

GONE = "Please take this video down."


@pytest.fixture(autouse=True)
def asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer of Slack is a new one."""
    monkeypatch.setattr(people_shown, "NEWER_THAN", 0.0)


def deactivate(user: User) -> None:
    user.deleted = True


def make_guest(user: User) -> None:
    user.guest = "multi"


def move_away(user: User) -> None:
    user.team_id = "T0OTHER"


def come_back(user: User) -> None:
    user.deleted, user.guest, user.team_id = False, "", ""


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_no_new_video_until_they_are_back(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    await ready_twin(workspace, bob)
    for leave, why in (
        (deactivate, "the account of the person shown is deactivated"),
        (make_guest, "the person shown is only a guest here by now"),
        (move_away, "the person shown has left this workspace"),
    ):
        form = await video_form(workspace.ada, workspace.marketing, "Hello.")
        leave(bob.user)
        refused = (await form.submit())["Avatar"]
        assert refused == (
            f"Bob at his desk can't be used now: {why}. It can be used again once they're back. "
            "Choose another avatar."
        )
        await form.close()
        come_back(bob.user)
        await workspace.bot.review_schedule.run("people shown")
    assert len(segmind.bill) == 1
    await delivered(await make_video(workspace, workspace.marketing, "Back again."))
    assert len(segmind.bill) == 2


async def test_what_waits_is_cancelled_free(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob)
    log = await RequestLog.open(workspace.settings.log_path)
    await QueueLog(log.store).pause(PauseReason.CREDITS)
    card = await make_video(workspace, workspace.marketing, "It waits.")
    await wait_until(lambda: last(workspace)["state"] == "queued")
    deactivate(bob.user)
    await QueueLog(log.store).resume(PauseReason.CREDITS)
    await log.close()
    await wait_for_text(card, "account of the person shown is deactivated", "Nothing was charged")
    assert len(segmind.bill) == 1


async def test_what_was_made_stays_and_the_list_leaves_the_twin_out(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob)
    review = await approved_video(workspace, "Made before.")
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    deactivate(bob.user)
    assert await form.submit() != {}
    assert not any("Bob at his desk" in one for one in await form.search("Avatar", "desk"))
    await form.close()
    home = await workspace.ada.open_home()
    await home.wait_for(lambda h: "can't be used until that person is back" in h.text())
    await workspace.ada.press("Share", review)
    form = await workspace.ada.modal()
    await form.choose("Channel", slack.channel("news"))
    assert await form.submit() == {}


async def test_a_guest_who_allowed_it_is_no_less_here(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    make_guest(slack.person("Bob").user)
    await ready_twin(workspace, slack.person("Bob"))
    await delivered(await make_video(workspace, workspace.marketing, "Hello."))
    assert len(segmind.bill) == 2


async def test_without_an_answer_of_slack_what_was_known_holds(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.1))  # Ada is remembered for 30 seconds
    await ready_twin(workspace, slack.person("Bob"))
    slack.faults.add("users.info", error="internal_error", times=None)
    await delivered(await make_video(workspace, workspace.marketing, "Hello."))
    assert len(segmind.bill) == 2


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_after_the_withdrawal_nobody_is_asked_to_review_or_share(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, carol, gone = slack.person("Bob"), slack.person("Carol"), "withdrawn their consent"
    question = await ready_twin(workspace, bob)
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    await form.choose("Reviewers", carol)
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and "@Ada" in m.text())
    review = await review_of(card)
    await wait_for_text(card, "Take 1 · :eyes: waiting for review")
    home = await carol.open_home()
    await home.wait_for(lambda h: "Take 1 by @Ada, ready since" in h.text())
    await bob.press("Withdraw consent", question)
    await wait_for_text(review, "can't be shared", gone, "Please take this video down.")
    await wait_for_text(card, "In the thread. Bob at his desk can't be used", gone)
    assert "review" not in card.text()
    assert "please review" not in review.text()
    assert review.buttons() == ["New take"]
    assert "Take it down" in review.menu_items()
    home = await carol.open_home()
    await home.wait_for(lambda h: "Take 1 by @Ada" not in h.text())


async def test_a_second_consent_gives_the_videos_their_buttons_back(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    # With the fast clock, the sweep that runs every ten minutes would redraw them first.
    workspace = await start_bot(clock=Clock(0.2))
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    review = await approved_video(workspace, "Made before.")
    await bob.press("Withdraw consent", question)
    await wait_for_text(review, "Please take this video down")
    assert "Share" not in review.buttons()
    await bob.press("Allow", await asked_again(workspace, bob, "Bob again"))
    await slack.until(lambda: "Share" in review.buttons())
    assert "Please take this video down" not in review.text()


async def withdrawn_video(workspace: Workspace) -> tuple[Message, Message]:
    """The card and the review of a video that Carol has approved, before Bob withdrew."""
    bob, carol = map(workspace.slack.person, ("Bob", "Carol"))
    question = await ready_twin(workspace, bob)
    card = await make_video(workspace, workspace.marketing, "Made before.")
    review = await review_of(card)
    await carol.press("Approve", review)
    await wait_for_text(review, "@Carol approved")
    await bob.press("Withdraw consent", question)
    await wait_for_text(review, GONE)
    return card, review


async def ask_again(workspace: Workspace, asks: Person, shown: Person, name: str) -> dict[str, str]:
    await asks.command("/avatar", "twin", workspace.marketing)
    form = await asks.modal()
    await form.type("Name", name)
    await form.choose("Who does it show?", shown)
    await form.type("What is it for?", "Weekly news")
    await form.type("Or a HeyGen avatar ID", twins(workspace)[0]["avatar_id"])
    return await form.submit()


async def asked_again(workspace: Workspace, shown: Person, name: str) -> Message:
    assert await ask_again(workspace, workspace.slack.person("Mallory"), shown, name) == {}
    return await shown.direct().wait_for(lambda m: name in m.text() and bool(m.buttons()))


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_video_stays_to_be_taken_down_whoever_asks_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, carol, grace = map(slack.person, ("Bob", "Carol", "Grace"))
    card, review = await withdrawn_video(workspace)
    again = await asked_again(workspace, bob, "Approved by Bob")
    await carol.reply(card, "0:01 is it still here?")
    await wait_for_text(review, "1 open note")
    assert GONE in review.text()
    assert review.buttons() == ["New take"]
    refused = await ask_again(workspace, workspace.ada, bob, "Bob again")
    assert "was asked about this avatar already" in refused["Or a HeyGen avatar ID"]
    await bob.press("Decline", again)
    await wait_for_text(again, "You declined it.")
    await carol.press("Undo my decision", review)
    await wait_for_text(review, "@Carol withdrew their approval")
    assert GONE in review.text()
    assert review.buttons() == ["New take"]
    await wait_for_text(card, "Bob at his desk · ", "withdrawn their consent")
    assert "Approved by Bob" not in card.text()
    refused = await ask_again(workspace, grace, carol, "Carol on stage")
    assert "was asked about this avatar already" in refused["Or a HeyGen avatar ID"]


async def test_a_consent_for_other_channels_leaves_it_to_be_taken_down(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, carol = slack.person("Bob"), slack.person("Carol")
    card, review = await withdrawn_video(workspace)
    again = await asked_again(workspace, bob, "Bob again")
    await allow_in(bob, again, slack.channel("leads"))
    await told(slack.person("Mallory"), "@Bob allowed Bob again")
    await carol.press("Undo my decision", review)
    await wait_for_text(review, "@Carol withdrew their approval", GONE)
    assert "only in others" in review.text()
    await wait_for_text(card, "only in others")


async def test_looking_up_many_people_shown_leaves_slacks_limit_to_who_acts(
    start_bot: StartBot, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_shown, "NEWER_THAN", 5.0)
    workspace = await start_bot(clock=Clock(1.0))
    await ready_twin(workspace, slack.person("Bob"))
    people = [slack.person(f"Person {number}").id for number in range(3 * OF_MANY_A_MINUTE)]
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.row_factory = sqlite3.Row
        [row] = db.execute("SELECT * FROM twins")
        for number, user_id in enumerate(people):
            twin = {**row, "id": f"twin{number}", "shows_user_id": user_id}
            db.execute(
                f"INSERT INTO twins ({', '.join(twin)}) VALUES ({', '.join('?' * len(twin))})",
                [*twin.values()],
            )
    known = len(slack.journal.calls("users.info"))
    checking = asyncio.create_task(workspace.bot.review_schedule.run("people shown"))
    await asyncio.sleep(2)
    checking.cancel()
    asked = len(slack.journal.calls("users.info")) - known
    assert 0 < asked <= OF_MANY_A_MINUTE + 2
