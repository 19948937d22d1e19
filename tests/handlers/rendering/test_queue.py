"""The queue as people see it: fair, cancelled; and the ways out of a doubt."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.demo.segmind import Answer, AtOnce, Cut, Outcome
from bot.demo.slack import Message
from bot.segmind.rate_limit import RateLimit, Turn
from tests.support.conversations import ask_as, delivered, last, logged
from tests.support.processes.bot_process import HELD
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, PATIENCE, StartBot, Workspace, wait_for_text


async def test_one_persons_many_videos_do_not_delay_another_persons_first(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="120")
    workspace.segmind.pace = HELD
    ada, bob = workspace.ada, workspace.slack.person("Bob")
    cards = [await ask_as(workspace, ada, f"Number {n} of Ada.") for n in range(1, 5)]
    await wait_for_text(cards[0], "Rendering")
    bobs = await ask_as(workspace, bob, "The only one of Bob.")
    await wait_for_text(bobs, "next in line")
    await wait_for_text(cards[1], "number 2 in line, starts in about")
    await wait_for_text(cards[3], "number 4 in line")
    workspace.segmind.pace = AtOnce()
    for card in (*cards, bobs):
        await wait_for_text(card, "Ready")
    scripts = [str(job.body["prompt"]) for job in workspace.segmind.bill]
    assert scripts == [
        "Number 1 of Ada.",
        "The only one of Bob.",
        "Number 2 of Ada.",
        "Number 3 of Ada.",
        "Number 4 of Ada.",
    ]


async def test_no_more_than_max_renders_are_under_way(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="2")
    workspace.segmind.pace = HELD
    cards = [await ask_as(workspace, workspace.ada, f"Number {n}.") for n in range(1, 5)]
    await wait_for_text(cards[1], "Rendering")
    await wait_for_text(cards[2], "next in line")
    assert len(workspace.segmind.bill) == 2
    workspace.segmind.pace = AtOnce()
    for card in cards:
        await wait_for_text(card, "Ready")


@pytest.mark.parametrize("ended", ["delivering", "delivered", "failed"])
async def test_cancelling_at_the_moment_of_completion_gets_an_answer(
    workspace: Workspace, caplog: pytest.LogCaptureFixture, ended: str
) -> None:
    workspace.segmind.pace = HELD
    card = await workspace.ask()
    await wait_for_text(card, "Rendering")
    stale = card.blocks
    if ended == "failed":
        workspace.segmind.faults.add("status", Answer(422, body={"status": "FAILED"}))
    elif ended == "delivering":
        workspace.slack.faults.add("upload", slow=1.0)
    workspace.segmind.pace = AtOnce()
    await workspace.slack.until(lambda: last(workspace)["state"] == ended)
    card.blocks = stale
    await workspace.ada.press("Stop waiting", card)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "Too late" in m.text(), 10
    )
    assert last(workspace)["state"] in (ended, "delivered")
    assert [record for record in caplog.records if record.exc_info] == []


async def test_cancelling_in_the_queue_is_free(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1")
    workspace.segmind.pace = HELD
    first = await ask_as(workspace, workspace.ada, "The first.")
    await wait_for_text(first, "Rendering")
    second = await ask_as(workspace, workspace.ada, "The second.")
    await wait_for_text(second, "next in line")
    bob = workspace.slack.person("Bob")
    await bob.press("Cancel", second)
    await bob.wait_for_ephemeral(workspace.marketing, lambda m: "who asked" in m.text())
    await workspace.ada.press("Cancel", second)
    await wait_for_text(second, "Cancelled. No charge.")
    assert second.buttons() == ["Change and retry"]
    workspace.segmind.pace = AtOnce()
    await wait_for_text(first, "Ready")
    third = await ask_as(workspace, workspace.ada, "The third.")
    await wait_for_text(third, "Ready")
    assert [job.body["prompt"] for job in workspace.segmind.bill] == ["The first.", "The third."]


async def test_cancelling_a_render_stops_following_and_the_video_can_be_fetched_later(
    workspace: Workspace,
) -> None:
    workspace.segmind.pace = HELD
    card = await workspace.ask()
    await wait_for_text(card, "Rendering")
    await workspace.ada.press("Stop waiting", card, confirm=False)
    assert "Rendering" in card.text()
    await workspace.slack.person(ADMIN).press("Stop waiting", card)
    await wait_for_text(card, "Segmind still renders this video and charges for it")
    await card.thread.wait_for(lambda m: m.mentions() == ["@Ada"])  # it wasn't Ada who did it
    workspace.segmind.pace = AtOnce()
    await workspace.ada.press("Get the video (free)", card)
    await wait_for_text(card, "Ready")
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def ask_after_a_cancel(workspace: Workspace) -> Message:
    """The card of the second, once the first was cancelled while Segmind was rendering it."""
    workspace.segmind.pace = HELD
    first = await ask_as(workspace, workspace.ada, "The first.")
    await wait_for_text(first, "Rendering")
    await workspace.ada.press("Stop waiting", first)
    await wait_for_text(first, "Segmind still renders this video and charges for it")
    return await ask_as(workspace, workspace.ada, "The second.")


async def test_a_cancelled_render_counts_while_segmind_works_on_it(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="2")
    second = await ask_after_a_cancel(workspace)
    await wait_for_text(second, "Rendering")
    began, next_began = [datetime.fromisoformat(row["marked_at"]) for row in logged(workspace)]
    assert timedelta(seconds=2) <= next_began - began < timedelta(seconds=PATIENCE), (
        "not the minutes of a timeout"
    )


async def test_a_cancelled_render_counts_until_its_cost_is_known(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="600")
    second = await ask_after_a_cancel(workspace)
    await wait_for_text(second, "Queued")
    workspace.segmind.pace = AtOnce()
    await delivered(second)
    assert logged(workspace)[0]["settled_at"]


async def test_a_lost_submission_that_appears_late_is_used_and_not_paid_again(
    workspace: Workspace,
) -> None:
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=60))
    workspace.segmind.faults.add("submit", Cut(accepted=True))
    card = await workspace.ask()
    await wait_for_text(card, "lost contact")
    assert card.buttons() == ["Check again (free)", "Render again (charged)", "Give up on it"]
    await workspace.ada.press("Check again (free)", card)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "doesn't list this video" in m.text(), 10
    )
    workspace.segmind.clock.advance(60)
    await workspace.ada.press("Check again (free)", card)
    await wait_for_text(card, "Ready")
    assert len(workspace.segmind.bill) == 1
    assert last(workspace)["state"] == "delivered"


async def test_identical_takes_in_doubt_get_one_render_each(workspace: Workspace) -> None:
    """Two people, the same words, both answers lost: nobody takes what is the other's."""
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=60), times=2)
    workspace.segmind.faults.add("submit", Cut(accepted=True), times=2)
    bob = workspace.slack.person("Bob")
    cards = [await ask_as(workspace, who, "The same.") for who in (workspace.ada, bob)]
    for card in cards:
        await wait_for_text(card, "lost contact")
    workspace.segmind.clock.advance(60)
    await workspace.ada.press("Check again (free)", cards[0])
    await bob.press("Check again (free)", cards[1])
    for card in cards:
        await wait_for_text(card, "Ready")
    assert len(workspace.segmind.bill) == 2
    ids = {row["segmind_request_id"] for row in logged(workspace)}
    assert ids == {job.request_id for job in workspace.segmind.bill}


async def test_identical_takes_on_v1_get_one_charge_each(start_bot: StartBot) -> None:
    """Its answers name no request: what each cost is found by what was sent, and when."""
    workspace = await start_bot(SEGMIND_API="v1")
    bob = workspace.slack.person("Bob")
    cards = [await ask_as(workspace, who, "The same.") for who in (workspace.ada, bob)]
    for card in cards:
        await wait_for_text(card, "Ready")
        await wait_for_text(card, "cost $")
    ids = [row["segmind_request_id"] for row in logged(workspace)]
    assert sorted(ids) == sorted(job.request_id for job in workspace.segmind.bill)


async def test_what_a_video_costs_is_not_looked_up_for_runs_that_are_over(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody stops waiting and gets it again, while look-ups wait for the limit."""
    free, waiting, acquire = asyncio.Event(), list[Turn](), RateLimit.acquire

    async def wait_for_others(limit: RateLimit, turn: Turn = Turn.GET) -> None:
        if turn is Turn.LOOK_UP:
            waiting.append(turn)
            await free.wait()
        await acquire(limit, turn)

    monkeypatch.setattr(RateLimit, "acquire", wait_for_others)
    workspace = await start_bot()
    workspace.segmind.pace = HELD
    card = await wait_for_text(await workspace.ask(), "Rendering")
    for _ in range(4):
        await workspace.ada.press("Stop waiting", card)
        await wait_for_text(card, "Get the video")
        await wait_until(lambda: bool(waiting))
        await asyncio.sleep(0.7)  # until its run has ended, and wants to know the cost
        await workspace.ada.press("Get the video (free)", card)
        await wait_for_text(card, "Rendering")
    assert len(waiting) == 1
    free.set()
    await asyncio.sleep(0.7)
    assert not any("request-history/" in call.path for call in workspace.segmind.journal)
    workspace.segmind.pace = AtOnce()
    await delivered(card)
    await wait_until(lambda: bool(last(workspace)["settled_at"]))
