"""After a kill, paid renders resume first, and the limit of renders still holds. What the job queue
couldn't take is resumed, too."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.demo.segmind import AtOnce, Outcome
from bot.demo.stage import Stage
from bot.jobs.engine import SETTLE
from bot.process.clock import Clock
from bot.settings.table import Settings
from bot.slack.connection.tokens import slack_client
from tests.support.conversations import ask, delivered, logged
from tests.support.processes.bot_process import HELD, ask_on, held_stage, kill
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

POLLS = 10  # after this many polls of paid renders, everything that could start has started
ENDED = "SELECT count(*) FROM workflow_status WHERE name = 'render' AND status = 'SUCCESS'"


@pytest.fixture
def stage(tmp_path: Path, films: Path) -> Stage:
    return held_stage(tmp_path, films, MAX_RENDERS="2")


async def killed_and_back(stage: Stage) -> None:
    await kill(stage)
    await stage.start_bot()


def polls(stage: Stage) -> int:
    return sum(call.path.endswith("/status") for call in stage.segmind.journal)


async def test_an_old_drawing_that_came_last_is_drawn_over(stage: Stage) -> None:
    stage.segmind.pace = AtOnce()
    async with stage:
        card = await ask_on(stage, "Ada's number 1.")
        await delivered(card)
        await kill(stage)
        async with aiohttp.ClientSession() as session:
            slack = slack_client(Settings.from_env(stage.bot.settings), session)
            await slack.chat_update(channel=card.channel.id, ts=card.ts, text="Rendering")
        assert "Ready" not in card.text()
        await stage.start_bot()
        await wait_for_text(card, "Ready")


async def test_the_card_of_a_cancelled_take_is_drawn_over_too(stage: Stage) -> None:
    stage.segmind.balance = 0
    async with stage:
        card = await wait_for_text(await ask_on(stage, "Ada's number 1."), "out of credits")
        await stage.slack.person("Ada").press("Cancel", card)
        await wait_for_text(card, "Cancelled. No charge.")
        with closing(sqlite3.connect(stage.folder / "jobs.db")) as jobs:
            await wait_until(lambda: jobs.execute(ENDED).fetchone() == (1,))
        await kill(stage)
        async with aiohttp.ClientSession() as session:
            slack = slack_client(Settings.from_env(stage.bot.settings), session)
            await slack.chat_update(channel=card.channel.id, ts=card.ts, text="Waiting")
        await stage.start_bot()
        await wait_for_text(card, "Cancelled. No charge.")


async def test_paid_takes_do_not_wait_behind_a_queue_without_credits(stage: Stage) -> None:
    async with stage:
        paid = [await ask_on(stage, f"Ada's number {n}.") for n in (1, 2)]
        for card in paid:
            await wait_for_text(card, "Rendering")
        stage.segmind.balance = 0
        # A lower turn than Ada's second: these come first in the queue.
        waiting = [await ask_on(stage, f"The first of {name}.", name) for name in ("Bob", "Cleo")]
        await killed_and_back(stage)
        stage.segmind.pace = AtOnce()
        for card in paid:
            await delivered(card)
        await wait_for_text(waiting[0], "out of credits")
        stage.segmind.balance = 100
        await stage.slack.person("Bob").press("I've topped up: resume", waiting[0])
        for card in waiting:
            await delivered(card)
        assert len(stage.segmind.bill) == 4


async def test_no_more_than_max_renders_are_at_segmind_after_it(stage: Stage) -> None:
    async with stage:
        paid = [await ask_on(stage, f"Ada's number {n}.") for n in (1, 2)]
        for card in paid:
            await wait_for_text(card, "Rendering")
        waiting = [await ask_on(stage, f"The first of {name}.", name) for name in ("Bob", "Cleo")]
        await killed_and_back(stage)
        before = polls(stage)
        await wait_until(lambda: polls(stage) > before + POLLS)
        assert len(stage.segmind.bill) == 2
        stage.segmind.pace = AtOnce()
        for card in (*paid, *waiting):
            await delivered(card)
        assert len(stage.segmind.bill) == 4


async def test_one_persons_many_videos_delay_nobody_after_it(stage: Stage) -> None:
    stage.settings["MAX_RENDERS"] = "1"
    async with stage:
        cards = [await ask_on(stage, f"Ada's number {n}.") for n in range(1, 6)]
        await wait_for_text(cards[0], "Rendering")
        await killed_and_back(stage)
        before = polls(stage)
        await wait_until(lambda: polls(stage) > before + POLLS)  # Ada's second take waits
        cards.append(await ask_on(stage, "The first of Bob.", "Bob"))
        await wait_for_text(cards[-1], "next in line")
        stage.segmind.pace = AtOnce()
        for card in cards:
            await delivered(card)
        scripts = [str(job.body["prompt"]) for job in stage.segmind.bill]
        assert scripts[1] == "The first of Bob.", scripts
        assert len(scripts) == 6


@contextmanager
def no_look_ups(jobs: Path) -> Iterator[sqlite3.Connection]:
    """The engine can enqueue everything but look-ups of costs."""
    with closing(sqlite3.connect(jobs, timeout=10)) as db:
        db.execute(
            "CREATE TRIGGER no_look_ups BEFORE INSERT ON workflow_status"
            " WHEN NEW.workflow_uuid LIKE '%.settle'"
            " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
        yield db
        db.execute("DROP TRIGGER no_look_ups")


async def test_the_cost_is_looked_up_later_however_the_take_ended(workspace: Workspace) -> None:
    with no_look_ups(workspace.settings.jobs_path) as jobs:
        workspace.segmind.faults.next_job(Outcome(error="it broke"))
        await wait_for_text(await ask(workspace, "This one fails."), "couldn't render")
        await delivered(await ask(workspace, "This one is delivered."))
        workspace.segmind.pace = HELD
        cancelled = await wait_for_text(await ask(workspace, "This one is left."), "Rendering")
        await workspace.ada.press("Stop waiting", cancelled)
        await wait_until(lambda: logged(workspace)[-1]["state"] == "cancelled")
        workspace.segmind.pace = AtOnce()
        await wait_until(lambda: jobs.execute(ENDED).fetchone() == (3,))
        assert [take["state"] for take in logged(workspace)] == ["failed", "delivered", "cancelled"]
        assert not any(take["settled_at"] for take in logged(workspace))
    await workspace.bot.render_schedule.run("resume")
    await wait_until(lambda: all(take["settled_at"] for take in logged(workspace)))
    charged = [take["cost_usd"] for take in logged(workspace)]
    assert charged == [job.charged_usd for job in workspace.segmind.bill]


async def test_jobs_that_somebody_else_wrote_keep_nothing_from_being_resumed(
    workspace: Workspace,
) -> None:
    with no_look_ups(workspace.settings.jobs_path) as jobs:
        await delivered(await ask(workspace, "This one is delivered."))
        await wait_until(lambda: jobs.execute(ENDED).fetchone() == (1,))
        for job_id in ("other", ".", "T1.x", "T1." + "9" * 5000):
            jobs.execute(
                "INSERT INTO workflow_status (workflow_uuid, name, status, queue_name, created_at,"
                " updated_at, priority) VALUES (?, 'render', 'ENQUEUED', 'other', 1, 1, 1)",
                (job_id,),
            )
        jobs.commit()
    await workspace.bot.render_schedule.run("resume")
    await wait_until(lambda: all(take["settled_at"] for take in logged(workspace)))


async def test_only_the_last_run_looks_up_the_cost(start_bot: StartBot) -> None:
    """Each of many runs would read Segmind's history until the render has ended."""
    workspace = await start_bot(clock=Clock(1.0))
    workspace.segmind.pace = HELD
    card = await wait_for_text(await ask(workspace), "Rendering")
    await workspace.ada.press("Stop waiting", card)
    await wait_for_text(card, "Get the video (free)")
    await workspace.ada.press("Get the video (free)", card)
    await wait_for_text(card, "Rendering")
    with closing(sqlite3.connect(workspace.settings.jobs_path)) as jobs:
        ended = f"SELECT status FROM workflow_status WHERE workflow_uuid LIKE '%.0{SETTLE}'"
        await wait_until(lambda: jobs.execute(ended).fetchall() == [("SUCCESS",)])
