"""What goes wrong after Segmind has the job: polls, results, time; what is paid for is kept."""

import math

import pytest

from bot.demo.segmind import AfterPolls, AfterSeconds, Answer, AtOnce, Cut, Outcome
from bot.demo.slack import Message, SlackStandIn
from tests.support.conversations import ask, delivered, last, logged, submissions, told
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

NEVER = AfterSeconds(math.inf)
MAY_CHARGE = "Segmind may still charge for it. The card shows the cost once it's known."
HISTORY_HIDES_IT = 10_000  # look-ups before the row shows up


async def test_broken_polls_are_not_reported(workspace: Workspace) -> None:
    """The render itself is not affected by a look that did not succeed."""
    faults, workspace.segmind.pace = workspace.segmind.faults, AfterPolls(3)
    faults.add("status", Answer(502, "Bad gateway", style="html"), times=3)
    faults.add("status", Answer(500, "Oops", style="message"))
    faults.add("status", Answer(429, retry_after=1))
    faults.add("status", Cut())
    faults.add("status", Answer(200, body=["not", "a", "status"]))
    faults.add("status", Answer(200, style="html"))
    faults.add("result", Answer(504, style="html"))
    faults.add("result", Cut())
    faults.add("result", Answer(429, retry_after=1))
    faults.add("result", Answer(500, "Oops", style="list"))
    card = await ask(workspace)
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == len(logged(workspace)) == 1


async def test_a_render_that_fails_says_why_and_costs_nothing(workspace: Workspace) -> None:
    outcome = Outcome(error="The avatar <Anja> & matting don't go", history_late_lookups=2)
    workspace.segmind.faults.next_job(outcome)
    card = await wait_for_text(await ask(workspace), "Segmind couldn't render this video")
    assert "matting don't go" in card.text()
    assert (last(workspace)["error_kind"], workspace.segmind.charged) == ("RenderFailed", 0)
    line = await card.thread.wait_for(lambda m: m is not card)
    assert line.mentions() == ["@Ada"]
    assert f"matting don't go”. {MAY_CHARGE}" in line.text()
    await wait_for_text(card, "matting don't go”. Nothing was charged.")
    assert "may still charge" not in card.text()
    assert card.buttons() == ["Try again", "Change and retry"]
    await workspace.ada.press("Try again", card)
    video = await delivered(card)
    assert video.files[0].name == "hello-team-take-2.mp4"
    assert [take["state"] for take in logged(workspace)] == ["failed", "delivered"]
    await wait_for_text(card, f"cost ${workspace.segmind.charged:.2f}")


async def test_a_key_refused_at_a_poll_is_reported_and_the_render_continues(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    faults = workspace.segmind.faults
    faults.add("status", Answer(401, "Invalid key"))
    faults.add("balance", Answer(401, "Invalid key"), times=math.inf)
    card = await ask(workspace)
    await told(slack.person(ADMIN), "refused the bot's API key")
    faults.clear()
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == 1


async def test_a_poll_that_is_forbidden_is_no_refused_key(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.faults.add("status", Answer(403, "Forbidden"))
    await delivered(await ask(workspace))
    assert slack.direct(slack.person(ADMIN)).messages() == []


async def test_a_result_that_v2_has_forgotten_comes_from_the_history(workspace: Workspace) -> None:
    workspace.segmind.pace = NEVER
    card = await ask(workspace)
    await wait_for_text(card, "Rendering")
    workspace.segmind.clock.advance(3700)  # v2 keeps a result for one hour
    workspace.segmind.pace = AtOnce()
    video = await delivered(card)
    assert video.files[0].name == "hello-team-take-1.mp4"
    await wait_for_text(card, f"cost ${workspace.segmind.charged:.2f}")
    assert len(workspace.segmind.bill) == submissions(workspace) == 1


async def test_a_result_unknown_to_v2_is_polled_until_the_history_has_it(
    workspace: Workspace,
) -> None:
    workspace.segmind.faults.next_job(Outcome(history_late_lookups=HISTORY_HIDES_IT))
    workspace.segmind.pace = NEVER
    card = await ask(workspace)
    await wait_for_text(card, "Rendering")
    (job,) = workspace.segmind.bill
    workspace.segmind.clock.advance(3700)
    looks = job.history_lookups
    await workspace.slack.until(lambda: job.history_lookups > looks + 3)
    assert "Rendering" in card.text()
    job.history_lookups = HISTORY_HIDES_IT  # the row has landed
    workspace.segmind.pace = AtOnce()
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == len(logged(workspace)) == 1


async def finished_without_a_video(workspace: Workspace) -> Message:
    """A render that the history says is over, and has no video of."""
    workspace.segmind.pace = NEVER
    card = await wait_for_text(await ask(workspace), "Rendering")
    row = {"request_id": workspace.segmind.bill[0].request_id, "model_status": "COMPLETED"}
    workspace.segmind.faults.add("history", Answer(200, body=row), times=math.inf)
    return card


async def test_a_missing_result_can_be_checked_again_later(
    workspace: Workspace,
) -> None:
    card = await finished_without_a_video(workspace)
    workspace.segmind.clock.advance(3700)
    await wait_for_text(card, "Segmind no longer has this render")
    assert (card.buttons()[0], last(workspace)["state"]) == ("Check again (free)", "failed")
    workspace.segmind.faults.clear()
    workspace.segmind.pace = AtOnce()
    await workspace.ada.press("Check again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == len(logged(workspace)) == 1


@pytest.mark.parametrize(
    "empty", [Answer(200, body={"status": "COMPLETED"}), Answer(200, body={})], ids=["status", "{}"]
)
async def test_a_finished_render_without_a_video_has_failed(
    workspace: Workspace, empty: Answer
) -> None:
    card = await finished_without_a_video(workspace)
    workspace.segmind.faults.add("result", empty, times=math.inf)
    workspace.segmind.pace = AtOnce()
    await wait_for_text(card, "is finished but didn't send it")
    assert (card.buttons()[0], last(workspace)["state"]) == ("Check again (free)", "failed")
    workspace.segmind.faults.clear()
    await workspace.ada.press("Check again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == 1


async def test_a_render_that_takes_too_long_can_be_checked_again(start_bot: StartBot) -> None:
    workspace = await start_bot(RENDER_TIMEOUT_MINUTES="0.003")
    workspace.segmind.pace = NEVER
    card = await wait_for_text(await ask(workspace), "I stopped waiting")
    assert "after 0.003 minutes" in card.text()
    may_charge = MAY_CHARGE.replace("The card", "This card")
    assert f"It may still finish. {may_charge} Checking again is free." in card.text()
    await workspace.ada.press("Check again (free)", card)
    await wait_for_text(card, "Rendering")
    await wait_for_text(card, "I stopped waiting")
    workspace.segmind.pace = AtOnce()
    await workspace.ada.press("Check again (free)", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == submissions(workspace) == len(logged(workspace)) == 1
    lines = [m for m in card.thread.replies() if "stopped waiting" in m.text()]
    assert len(lines) == 2, "each end is told once"
    assert all(MAY_CHARGE in line.text() for line in lines)


async def test_a_long_wait_between_polls_does_not_delay_a_cancel(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1")
    pause = Answer(429, retry_after=3600)
    workspace.segmind.faults.add("status", pause)
    first = await wait_for_text(await ask(workspace, "The first one."), "Rendering")
    await wait_until(lambda: not workspace.segmind.faults.waits(pause))
    second = await ask(workspace, "The second one.")
    await workspace.ada.press("Stop waiting", first)
    await delivered(second)
    assert "Segmind still renders this video and charges for it" in first.text()


async def test_cards_show_their_position_in_the_queue(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1")
    workspace.segmind.pace = NEVER
    first = await ask(workspace, "The first one.")
    await wait_for_text(first, "Rendering")
    second, third = await ask(workspace, "The second one."), await ask(workspace, "The third one.")
    assert "Queued, next in line" in second.text()
    assert "Queued, number 2 in line" in third.text()
    assert len(workspace.segmind.bill) == 1
    workspace.segmind.pace = AfterPolls(2)
    await wait_for_text(third, "Queued, next in line")
    for card in (first, second, third):
        await delivered(card)
    assert len(workspace.segmind.bill) == 3
