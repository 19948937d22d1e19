"""No job waits for Slack in one of the few slots for renders: a card that Slack doesn't take is
posted by a later job."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from bot.demo.slack import Call, SlackStandIn
from handlers.rendering import submit
from tests.support.conversations import ask_as, delivered, fresh_modal, last, logged, says, told
from tests.support.waiting import wait_until
from tests.support.workspace import EACH_STORE_AND_TRANSPORT, StartBot, Workspace

BOTH = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
LONG_AGO = "2026-01-01T10:00:00.000+00:00"
UNFINISHED = "SELECT * FROM workflow_status WHERE name = 'render' AND status <> 'SUCCESS'"


class Refusals:
    """What stands before Slack answers some calls itself, until `on` is False."""

    def __init__(self, slack: SlackStandIn, refuses: Callable[[Call], bool]) -> None:
        self.on, self.count = True, 0
        self._slack, self._refuses = slack, refuses
        slack.journal.listen(self._hear)

    def _hear(self, call: Call) -> None:
        begins = call.name == "chat.postMessage" and call.seconds is None
        if self.on and begins and self._refuses(call):
            self.count += 1
            self._slack.faults.add(call.name, status=403)


def about(words: str) -> Callable[[Call], bool]:
    return lambda call: words in str(call.arguments)


async def send(workspace: Workspace, script: str) -> None:
    modal = await fresh_modal(workspace, script)
    assert await modal.submit() == {}


@EACH_STORE_AND_TRANSPORT
async def test_others_videos_do_not_wait_for_a_card_that_slack_does_not_take(
    start_bot: StartBot, each_store: dict[str, str], slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http, MAX_RENDERS="1", **each_store)
    refusals = Refusals(slack, about("4111"))
    for number in range(2):
        await send(workspace, f"My card is 4111 {number}.")
    await delivered(await ask_as(workspace, slack.person("Carol"), "Carol's."))
    assert len(workspace.segmind.bill) == 1
    refusals.on = False
    for number in range(2):
        await delivered(await workspace.marketing.wait_for(says(f"4111 {number}.")))
    assert len(workspace.segmind.bill) == len(workspace.marketing.messages()) == 3


@BOTH
async def test_a_job_tries_to_post_a_card_once_and_makes_room(
    start_bot: StartBot, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, http: bool
) -> None:
    for name in ("SOON", "CARD_SECONDS"):
        monkeypatch.setattr(submit, name, 10**6)
    workspace = await start_bot(http=http, MAX_RENDERS="1")
    refusals = Refusals(slack, about("4111"))
    for number in range(3):
        await send(workspace, f"My card is 4111 {number}.")
    await delivered(await ask_as(workspace, slack.person("Carol"), "Carol's."))
    assert refusals.count <= 6, "by each form, and by each job"


@BOTH
async def test_a_stop_between_two_jobs_loses_nothing_and_submits_nothing_twice(
    start_bot: StartBot, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, http: bool
) -> None:
    for name in ("SOON", "CARD_SECONDS"):  # it is gone with the process
        monkeypatch.setattr(submit, name, 10**6)
    workspace = await start_bot(http=http)
    refusals = Refusals(slack, about("4111"))
    await send(workspace, "My card is 4111.")
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        await wait_until(lambda: db.execute("SELECT runs FROM takes").fetchone() == (1,))
    assert last(workspace)["state"] == "queued"
    await workspace.bot.__aexit__(None, None, None)
    refusals.on = False
    again = await start_bot(http=http)
    await delivered(await again.marketing.wait_for(lambda m: "4111" in m.text()))
    assert len(workspace.segmind.bill) == len(workspace.marketing.messages()) == 1


async def test_a_take_that_is_cancelled_meanwhile_waits_for_no_card(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    Refusals(slack, about("4111"))
    await send(workspace, "My card is 4111.")
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE takes SET state = 'cancelled'")
    with closing(sqlite3.connect(workspace.settings.jobs_path)) as jobs:
        await wait_until(lambda: jobs.execute(UNFINISHED).fetchall() == [])
    assert logged(workspace)[0]["state"] == "cancelled"


@pytest.mark.parametrize("script_passes", [True, False])
async def test_after_a_day_without_a_card_it_is_cancelled_and_the_person_is_told(
    workspace: Workspace, slack: SlackStandIn, script_passes: bool
) -> None:
    marketing = workspace.marketing.id
    passes = (lambda call: call.arguments["channel"] == marketing) if script_passes else None
    refusals = Refusals(slack, passes or about("4111"))
    await send(workspace, "My card is 4111.")
    await wait_until(lambda: refusals.count > 1)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE takes SET requested_at = ?", [LONG_AGO])
    message = await told(workspace.ada, "within a day, so the video was cancelled. Nothing was")
    assert ("My card is 4111." in message.text()) is script_passes
    await wait_until(lambda: last(workspace)["state"] == "cancelled")
    with closing(sqlite3.connect(workspace.settings.jobs_path)) as jobs:
        await wait_until(lambda: jobs.execute(UNFINISHED).fetchall() == [])
    assert (workspace.segmind.bill, workspace.marketing.messages()) == ([], [])
    assert len(message.channel.messages()) == 1
