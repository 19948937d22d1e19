"""Each row of Segmind's error table at the submission: what the person reads, and what it costs."""

import asyncio
import math
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from bot.demo.segmind import Answer, Cut, Outcome, Redirect, SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.domain.takes import State
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from tests.support.conversations import ask, delivered, last, logged, submissions, told
from tests.support.segmind import Watch
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

REFUSALS = [
    (Answer(400, "Salt & pepper: 3 < 4"), "Salt & pepper: 3 < 4"),
    (Answer(400, "Too fast", style="message"), "Too fast"),
    (Answer(422, "Not a voice", style="detail"), "Not a voice"),
    (Answer(422, "No such look", style="list"), "No such look"),
    (Answer(400, "Bad words", style="html"), "Bad words"),
    (Answer(422, body={"detail": [{"loc": ["body", "fit"], "msg": "unknown"}]}), "fit: unknown"),
]


async def test_a_refusal_is_told_in_segminds_own_words_and_costs_nothing(
    workspace: Workspace,
) -> None:
    for answer, said in REFUSALS:
        workspace.segmind.faults.add("submit", answer)
        card = await wait_for_text(await ask(workspace), "Segmind didn't accept these settings")
        assert said in card.text(), answer
        assert "Nothing was charged." in card.text()
        assert card.buttons() == ["Change and retry"]
        line = await card.thread.wait_for(lambda m: m.thread_ts)
        assert line.mentions() == ["@Ada"]
        assert said in line.text()
        take = last(workspace)
        assert (take["state"], take["error_kind"]) == ("failed", "Refused")
    assert (workspace.segmind.bill, submissions(workspace)) == ([], len(REFUSALS))
    # What was typed is kept: it goes on from there.
    await workspace.ada.press("Change and retry", card)
    assert await (await workspace.ada.modal()).submit() == {}
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def test_an_unknown_model_is_reported_to_the_admin_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    sentence = "has no avatar model"
    for code in (404, 405):
        workspace.segmind.faults.add("submit", Answer(code, "Go away"), 2)
        card = await wait_for_text(await ask(workspace), sentence)
        await card.thread.wait_for(lambda m: sentence in m.text() and m.thread_ts)
        assert "n admin needs to" in card.text()
    admin = slack.person(ADMIN)
    await told(admin, sentence)
    assert len(slack.direct(admin).messages()) == 1
    assert workspace.segmind.bill == []
    await workspace.ada.press("Try again", card)
    await delivered(card)


@pytest.mark.parametrize("code", [404, 405])
async def test_without_v2_the_bot_renders_with_v1(workspace: Workspace, code: int) -> None:
    workspace.segmind.faults.add("v2", Answer(code, style="html"))
    await delivered(await ask(workspace))
    await delivered(await ask(workspace))
    posts = [call.path for call in workspace.segmind.journal if call.method == "POST"]
    assert posts == [f"/{version}/heygen-avatar-v" for version in ("v2", "v1", "v1")]
    assert len(workspace.segmind.bill) == 2


async def test_two_presses_of_try_again_make_one_take(workspace: Workspace) -> None:
    workspace.segmind.faults.next_job(Outcome(error="No"))
    card = await wait_for_text(await ask(workspace), "couldn't render")
    once, twice = (workspace.ada.press("Try again", card) for _ in range(2))
    await asyncio.gather(once, twice)
    await delivered(card)
    await wait_for_text(card, "cost $")
    assert [take["number"] for take in logged(workspace)] == [1, 2]
    assert len(workspace.segmind.bill) == 2


async def test_while_segmind_is_busy_takes_wait_in_the_queue(workspace: Workspace) -> None:
    workspace.segmind.faults.add("submit", Answer(429, "Slow down", retry_after=1), times=2)
    card = await ask(workspace)
    await wait_for_text(card, "Segmind is busy. Resuming shortly")
    await delivered(card)
    assert (len(workspace.segmind.bill), submissions(workspace)) == (1, 3)
    assert len(logged(workspace)) == 1


LOST: list[Answer | Cut] = [
    Answer(500, "Boom", accepted=True),
    Answer(502, "Bad gateway", style="html", accepted=True),
    Answer(504, "", style="html", accepted=True),
    Answer(408, "Too slow", accepted=True),
    Answer(200, body={}, accepted=True),
    Cut(accepted=True),
]


async def test_a_submission_whose_answer_was_lost_is_found_again_and_charged_once(
    workspace: Workspace,
) -> None:
    for number, fault in enumerate(LOST, start=1):
        workspace.segmind.faults.add("submit", fault)
        card = await ask(workspace)  # the same words each time
        await delivered(card)
        assert len(workspace.segmind.bill) == number, fault
        assert last(workspace)["segmind_request_id"] == workspace.segmind.bill[-1].request_id
    assert submissions(workspace) == len(LOST)


async def test_a_lost_answer_is_found_in_a_late_history(
    workspace: Workspace,
) -> None:
    workspace.segmind.faults.add("submit", Cut(accepted=True))
    workspace.segmind.faults.add("history", Answer(502, style="html"))
    workspace.segmind.faults.next_job(Outcome(history_late_lookups=2))
    await delivered(await ask(workspace))
    assert len(workspace.segmind.bill) == submissions(workspace) == 1


@pytest.mark.parametrize("fault", [Cut(), Answer(500, "Boom"), Answer(504)], ids=str)
async def test_a_submission_that_cannot_be_found_is_left_to_the_person(
    workspace: Workspace, fault: Answer | Cut
) -> None:
    workspace.segmind.faults.add("submit", fault)
    card = await wait_for_text(await ask(workspace), "I lost contact with Segmind.")
    assert "may be rendering, and may be charged" in card.text()
    assert card.buttons() == ["Check again (free)", "Render again (charged)", "Give up on it"]
    line = await card.thread.wait_for(lambda m: m is not card)
    assert "lost contact" in line.text()
    assert (submissions(workspace), last(workspace)["state"]) == (1, "in_doubt")

    await workspace.ada.press("Render again (charged)", card, confirm=False)
    assert submissions(workspace) == 1
    if isinstance(fault, Cut):
        await workspace.ada.press("Give up on it", card)
        await wait_for_text(card, "Given up.")
        assert card.buttons() == ["Change and retry"]
        assert (submissions(workspace), last(workspace)["state"]) == (1, "cancelled")
    else:
        await workspace.ada.press("Render again (charged)", card)
        await delivered(card)
        assert [take["state"] for take in logged(workspace)] == ["cancelled", "delivered"]
        assert (submissions(workspace), len(workspace.segmind.bill)) == (2, 1)


async def test_a_kill_right_after_render_again_was_pressed_loses_nothing(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot()
    workspace.segmind.faults.add("submit", Cut())
    card = await wait_for_text(await ask(workspace), "lost contact with Segmind")
    await workspace.bot.__aexit__(None, None, None)
    log = await RequestLog.open(workspace.settings.log_path)
    [take] = await log.takes_in([State.IN_DOUBT])
    again = replace(
        take, id=f"{take.request_id}-2", number=2, state=State.QUEUED, marked_at="", error="",
        error_kind="",
    )  # fmt: skip
    await log.replace(take.id, again, by="U1", expect=[State.IN_DOUBT], why="Again.")
    await log.close()

    await start_bot()
    await delivered(card)
    assert [take["state"] for take in logged(workspace)] == ["cancelled", "delivered"]
    assert len(workspace.segmind.bill) == 1


async def test_a_redirect_to_no_place_is_not_taken_for_unreachable(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    segmind.faults.add("submit", Redirect("https:x", accepted=True), times=2)
    await delivered(await ask(workspace))
    assert (submissions(workspace), len(segmind.bill)) == (1, 1)


async def test_an_unreachable_segmind_was_sent_nothing(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    port = int(segmind.url.rpartition(":")[2])
    await segmind.stop()
    card = await wait_for_text(await ask(workspace), "I couldn't reach Segmind.")
    assert "Nothing was sent, so nothing was charged." in card.text()
    assert (segmind.bill, last(workspace)["error_kind"]) == ([], "NotSent")
    await segmind.start(port)
    await workspace.ada.press("Try again", card)
    await delivered(card)
    assert len(segmind.bill) == 1


def has_tried(workspace: Workspace) -> bool:
    """Whether a take has been submitted, even if it has waited again since."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        sql = "SELECT 1 FROM events WHERE kind = 'moved' AND detail LIKE '%\"submitting\"%'"
        return bool(db.execute(sql).fetchall())


async def test_a_short_segmind_outage_is_not_reported(
    start_bot: StartBot, segmind: SegmindStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.02))
    port = int(segmind.url.rpartition(":")[2])
    await segmind.stop()
    card = await ask(workspace)
    await wait_until(lambda: has_tried(workspace))
    await segmind.start(port)
    await delivered(card)
    assert len(segmind.bill) == len(logged(workspace)) == 1


@pytest.mark.parametrize("code", [401, 403])
async def test_a_text_that_is_forbidden_stops_nobody_else(workspace: Workspace, code: int) -> None:
    watch = Watch(lambda: [take["state"] for take in logged(workspace)])
    workspace.segmind.faults.add("balance", watch, times=math.inf)
    workspace.segmind.faults.add("submit", Answer(code, "Request blocked"))
    card = await ask(workspace, "' OR 1=1 --")
    await wait_for_text(card, "Segmind didn't allow this: “Request blocked”, though it takes")
    assert watch.seen == {"queued"}, "a kill while the key is tried leaves nothing in doubt"
    await told(workspace.slack.person(ADMIN), "Request blocked")
    await delivered(await ask(workspace, "Hello."))
    assert [take["state"] for take in logged(workspace)].count("failed") == 1
