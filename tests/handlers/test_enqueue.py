"""A job queue that fails while a button or a form asks for a render: nobody reads that nothing was
made, and once it works again there is exactly one render."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import Message
from handlers.cards import RECEIVED
from tests.support.conversations import (
    ask,
    delivered,
    delivered_take,
    fresh_modal,
    last,
    logged,
    new_take,
    submissions,
)
from tests.support.workspace import Workspace, wait_for_text


@contextmanager
def missing_table(jobs: Path) -> Iterator[None]:
    """The engine's table is gone: each of its calls fails."""
    rename = "ALTER TABLE {} RENAME TO {}"
    with closing(sqlite3.connect(jobs, timeout=10)) as db:
        db.execute(rename.format("workflow_status", "missing"))
        yield
        db.execute(rename.format("missing", "workflow_status"))


@contextmanager
def locked(jobs: Path) -> Iterator[None]:
    """Another process writes into the engine's file: each of its calls waits."""
    with closing(sqlite3.connect(jobs, timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


Failure = Callable[[Path], AbstractContextManager[None]]
FAILURES = pytest.mark.parametrize("failure", [missing_table, locked])


def told_ada(workspace: Workspace) -> list[str]:
    """What only Ada can read."""
    ada = workspace.ada
    seen: list[Message] = ada.ephemerals(workspace.marketing)
    return [m.text() for m in (*seen, *ada.direct().messages())]


@FAILURES
async def test_try_again_is_rendered_once_when_the_queue_works_again(
    workspace: Workspace, failure: Failure
) -> None:
    workspace.segmind.faults.next_job(Outcome(error="Bad words"))
    card = await wait_for_text(await ask(workspace), "Bad words")
    with failure(workspace.settings.jobs_path):
        await workspace.ada.press("Try again", card)
        await workspace.slack.until(lambda: last(workspace)["number"] == 2)
        await wait_for_text(card, "take 2")
        assert told_ada(workspace) == [RECEIVED]
    await delivered(card)
    assert (submissions(workspace), len(workspace.segmind.bill)) == (2, 2)


@FAILURES
async def test_a_new_take_is_rendered_once_when_the_queue_works_again(
    workspace: Workspace, failure: Failure
) -> None:
    card = await ask(workspace)
    await delivered(card)
    await wait_for_text(card, "cost $")
    with failure(workspace.settings.jobs_path):
        modal = await new_take(workspace.ada, card, "Hello again.")
        assert await modal.submit() == {}
        await wait_for_text(card, "take 2")
        assert not any("wrong" in text or "charged" in text for text in told_ada(workspace))
    await delivered_take(card, 2)
    assert (submissions(workspace), len(workspace.segmind.bill)) == (2, 2)


@FAILURES
async def test_a_new_video_is_rendered_once_when_the_queue_works_again(
    workspace: Workspace, failure: Failure
) -> None:
    with failure(workspace.settings.jobs_path):
        modal = await fresh_modal(workspace, "Hello team.")
        assert await modal.submit() == {}
        card = await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())
        assert told_ada(workspace) == [RECEIVED]
    await delivered(card)
    assert (submissions(workspace), len(workspace.segmind.bill)) == (1, 1)
    assert [take["state"] for take in logged(workspace)] == ["delivered"]
