"""A twin is made once and charged once, whatever Segmind answers; and then it is trained."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from math import inf
from time import monotonic

import pytest

from bot.demo.segmind import AfterSeconds, Answer, Cut, Outcome, Redirect, SegmindStandIn, Slow
from bot.demo.slack import SlackStandIn
from bot.process.clock import Clock
from handlers.rendering.submit import TRAININGS
from tests.support.conversations import ask_as, delivered, refuse_key, says, told
from tests.support.twins.asking import ask_for_twin, make_video, ready_twin, twin_form
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import FAST, StartBot, Workspace, wait_for_text


async def allow(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    await bob.press("Allow", await ask_for_twin(workspace, bob))


@pytest.mark.parametrize(("fault", "lookups"), [(Cut(accepted=True), 2), (Slow(9), 1000)])
async def test_a_lost_answer_is_found_in_the_history_and_a_late_one_waited_for(
    start_bot: StartBot, segmind: SegmindStandIn, monkeypatch: pytest.MonkeyPatch,
    fault: Cut | Slow, lookups: int,
) -> None:  # fmt: skip
    """Also where that takes longer than an attempt may."""
    monkeypatch.setattr("handlers.twins.MAKING_SECONDS", 6 / FAST)
    workspace = await start_bot()
    segmind.faults.add("twin", fault)
    segmind.faults.next_job(Outcome(history_late_lookups=lookups))
    await allow(workspace)
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_a_redirect_to_no_place_does_not_make_it_twice(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("twin", Redirect("https:x", accepted=True), times=2)
    await allow(workspace)
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_a_result_that_is_broken_is_asked_for_again(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("result", Answer(200, body={"status": "COMPLETED"}), times=2)
    await allow(workspace)
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_a_log_that_is_locked_after_a_step_keeps_no_twin_waiting(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("handlers.twins.MAKING_SECONDS", 60_000)  # another process' turn
    workspace = await start_bot()
    bob = workspace.slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    await wait_until(lambda: twins(workspace)[0]["busy_since"] == "")
    with closing(sqlite3.connect(workspace.settings.log_path, timeout=10)) as db:
        db.execute(
            "CREATE TRIGGER locked BEFORE UPDATE ON twins WHEN new.busy_since = '' AND"
            " old.busy_since <> '' BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
        )
        await bob.press("Allow", question)
        await wait_until(lambda: "the next check tries again" in caplog.text)
        db.execute("DROP TRIGGER locked")
    await told(workspace.ada, "is ready: choose it")
    assert len(workspace.segmind.bill) == 1


async def test_a_pause_that_segmind_asks_for_is_kept(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("status", Answer(429, retry_after=2), times=2)
    began = monotonic()
    await allow(workspace)
    await told(workspace.ada, "is ready: choose it")
    assert monotonic() - began > 4
    assert len(segmind.bill) == 1


async def test_a_lost_answer_without_a_row_is_in_doubt_until_a_person_decides(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("twin", Answer(502, style="html", accepted=True))
    segmind.faults.next_job(Outcome(history_late_lookups=8))
    await allow(workspace)
    question = await told(workspace.ada, "It may be made, and may be charged.")
    assert twins(workspace)[0]["state"] == "in_doubt"
    assert question.buttons() == ["Check again (free)", "Give up"]
    await workspace.ada.press("Check again (free)", question)
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_one_in_doubt_can_be_given_up(workspace: Workspace, segmind: SegmindStandIn) -> None:
    segmind.faults.add("twin", Cut())
    await allow(workspace)
    question = await told(workspace.ada, "It may be made, and may be charged.")
    await workspace.ada.press("Give up", question)
    await told(workspace.ada, "couldn't be made. Given up.")
    assert segmind.bill == []


async def test_what_segmind_refuses_is_said_and_counts_nothing(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("twin", Answer(400, "Unsupported content type"))
    await allow(workspace)
    await told(workspace.ada, "Segmind says: “Unsupported content type”. Nothing was charged.")
    [twin] = twins(workspace)
    assert (twin["state"], twin["counted_usd"]) == ("failed", 0)


async def test_too_short_footage_is_said(workspace: Workspace, segmind: SegmindStandIn) -> None:
    segmind.faults.next_job(Outcome(error="Footage is too short or too long"))
    await allow(workspace)
    said = "Segmind says: “Footage is too short or too long”. Segmind may still charge for it."
    await told(workspace.ada, said)


async def test_home_says_what_ones_own_twin_waits_for(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    ada = workspace.ada
    segmind.balance = 0
    assert await (await twin_form(ada, ada, workspace.marketing, "Me")).submit() == {}
    notice = await told(slack.person("Grace"), "out of credits")
    home = await ada.open_home()
    await home.wait_for(
        lambda h: "Me shows you: not made yet, because the Segmind account is out" in h.text()
    )
    assert "[Withdraw consent]" in home.text()
    segmind.balance = 10
    await slack.person("Grace").press("I've topped up: resume", notice)
    await home.wait_for(lambda h: "Me shows you: ready" in h.text())


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_without_credits_it_waits_and_is_made_after_a_top_up(
    start_bot: StartBot, segmind: SegmindStandIn, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    segmind.balance = 0
    await allow(workspace)
    notice = await told(slack.person("Grace"), "out of credits")
    assert twins(workspace)[0]["marked_at"] == ""
    waits = await told(workspace.ada, "out of credits")
    assert waits.text() == (
        "Bob at his desk isn't made yet, because the Segmind account is out of credits. Your admin "
        "knows. I'll make it after a top-up."
    )
    home = await workspace.ada.open_home()
    assert (
        "Bob at his desk of @Bob: not made yet, because the Segmind account is out of credits. "
        "I'll make it after a top-up." in home.text()
    )
    looked_at = twins(workspace)[0]["looked_at"]
    await wait_until(lambda: twins(workspace)[0]["looked_at"] > looked_at)
    segmind.balance = 10
    await slack.person("Grace").press("I've topped up: resume", notice)
    await told(workspace.ada, "is ready: choose it")
    await home.wait_for(lambda h: "Bob at his desk of @Bob: ready" in h.text())
    assert len(segmind.bill) == 1
    hers = [m.text() for m in workspace.ada.direct().messages()]
    assert sum("out of credits" in text for text in hers) == 1, "once, however long it waits"


async def test_without_a_key_or_an_admin_the_requester_is_told_what_to_do(
    start_bot: StartBot, segmind: SegmindStandIn
) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    refuse_key(segmind)
    segmind.faults.add("twin", Answer(403, "Go away"), times=inf)
    await allow(workspace)
    waits = await told(workspace.ada, "refuses the bot's API key")
    assert waits.text() == (
        "Bob at his desk isn't made yet, because Segmind refuses the bot's API key. Tell your "
        "admin. I'll make it once the key works."
    )


async def test_of_a_long_pause_the_admins_are_told(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.add("twin", Answer(429, retry_after=300))
    await allow(workspace)
    await told(slack.person("Grace"), "asked the bot to slow down")
    assert twins(workspace)[0]["state"] == "allowed"


async def test_where_v2_has_no_such_model_v1_makes_it(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("twin", Answer(404))
    await allow(workspace)
    await told(workspace.ada, "is ready: choose it")
    assert twins(workspace)[0]["avatar_id"].startswith("twin_")


async def test_withdrawn_while_it_is_made_it_is_known_and_refused(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    segmind.pace = AfterSeconds(3600)
    question = await ask_for_twin(workspace, bob)
    await bob.press("Allow", question)
    await wait_until(lambda: twins(workspace)[0]["state"] == "creating")
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    segmind.pace = AfterSeconds(0)
    await wait_until(lambda: bool(twins(workspace)[0]["avatar_id"]))
    assert twins(workspace)[0]["state"] == "withdrawn"
    adas = [m.text() for m in workspace.ada.direct().messages()]
    assert not any("is ready" in text for text in adas)


async def test_a_video_waits_in_the_queue_while_the_twin_is_trained(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.training_seconds = 3600
    await ready_twin(workspace, slack.person("Bob"))
    card = await make_video(workspace, workspace.marketing, "The first one.")
    await wait_until(lambda: sum("not ready" in str(call.answer) for call in segmind.journal) > 1)
    await wait_for_text(card, "Queued")
    assert len(segmind.bill) == 1
    segmind.clock.advance(3601)
    await delivered(card)
    assert len(segmind.bill) == 2


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_nobody_else_waits_for_the_training(
    start_bot: StartBot, segmind: SegmindStandIn, slack: SlackStandIn, http: bool
) -> None:
    """However many videos with the twin are in the queue."""
    workspace = await start_bot(http=http, MAX_RENDERS="2", clock=Clock(0.05))
    segmind.training_seconds = 3600
    await ready_twin(workspace, slack.person("Bob"))
    cards = [await make_video(workspace, workspace.marketing, f"Bob {n}.") for n in range(3)]
    await wait_until(lambda: sum("not ready" in str(call.answer) for call in segmind.journal) > 2)
    await delivered(await ask_as(workspace, slack.person("Carol"), "Without the twin."))
    for card in cards:
        await wait_for_text(card, "Queued")
    segmind.clock.advance(3601)
    for card in cards:
        await delivered(card)
    assert len(segmind.bill) == 5


def tries_refused(segmind: SegmindStandIn) -> int:
    return sum("still in training" in str(call.answer) for call in segmind.journal)


async def test_a_twin_that_is_never_trained_fails_in_the_end(
    start_bot: StartBot, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    """After as many tries as without the restart."""
    workspace = await start_bot()
    await ready_twin(workspace, slack.person("Bob"))
    segmind.faults.add("submit", Answer(400, "This avatar is still in training."), times=inf)
    card = await make_video(workspace, workspace.marketing, "Never.")
    refused = partial(tries_refused, segmind)
    await wait_until(lambda: refused() > 2)
    await workspace.bot.__aexit__(None, None, None)
    await start_bot()
    await wait_for_text(card, "still in training", "Nothing was charged")
    assert refused() == TRAININGS


async def test_of_give_up_and_check_again_the_first_wins(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("twin", Cut(accepted=True))
    segmind.faults.next_job(Outcome(history_late_lookups=8))
    await allow(workspace)
    ada = workspace.ada
    question = await told(ada, "It may be made, and may be charged.")
    await asyncio.gather(ada.press("Check again (free)", question), ada.press("Give up", question))
    await ada.wait_for_ephemeral(
        ada.direct(), says("Too late: this was already answered, or has ended")
    )
    await wait_until(lambda: twins(workspace)[0]["state"] in ("ready", "failed"))
    given_up = twins(workspace)[0]["state"] == "failed"
    await told(ada, "Given up." if given_up else "is ready: choose it")
    said = " ".join(m.text() for m in ada.direct().messages())
    assert ("Given up." in said) != ("is ready: choose it" in said)
    await wait_until(lambda: not question.buttons())
