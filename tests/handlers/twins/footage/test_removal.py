"""The bot's copy of the footage goes when nothing is made of it anymore."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.slack import Message, SlackStandIn
from tests.support.conversations import told
from tests.support.reviewing.reviewers import FixedClock
from tests.support.twins.asking import ask_for_twin, ready_twin
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace


async def is_deleted(workspace: Workspace, question: Message) -> None:
    """The message in its thread stays, without the file; Ada's own upload stays."""
    ada, files = workspace.ada, workspace.slack.workspace.files.values()
    await wait_until(lambda: [f.deleted for f in files if f.user != ada.id and f.completed])
    await wait_until(lambda: all(f.deleted for f in files if f.user != ada.id and f.completed))
    await wait_until(lambda: twins(workspace)[0]["shown_file_id"] == "")
    assert [f.deleted for f in files if f.user == ada.id] == [False]
    assert not any(reply.files for reply in question.thread.replies())
    assert twins(workspace)[0]["sha256"], "what was shown is still known"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_declined(start_bot: StartBot, slack: SlackStandIn, http: bool) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    await bob.press("Decline", question)
    await is_deleted(workspace, question)


async def test_withdrawn(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    await workspace.bot.review_schedule.run("footage")
    assert question.thread.replies()[0].files, "it is there as long as the consent"
    await bob.press("Withdraw consent", question)
    await is_deleted(workspace, question)


async def test_not_answered(start_bot: StartBot, slack: SlackStandIn, clock: FixedClock) -> None:
    workspace = await start_bot(clock=clock)
    clock.time = datetime.now(UTC)
    question = await ask_for_twin(workspace, slack.person("Bob"))
    clock.time += timedelta(days=14, minutes=1)
    await workspace.bot.review_schedule.run("twin reminders")
    await is_deleted(workspace, question)


async def test_what_slack_refuses_is_logged_once(
    workspace: Workspace, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    bob = slack.person("Bob")
    slack.faults.add("files.delete", error="cant_delete_file", times=None)
    await bob.press("Decline", await ask_for_twin(workspace, bob))
    await told(workspace.ada, "@Bob declined")
    for _ in range(2):
        await workspace.bot.review_schedule.run("footage")
    said = [r.getMessage() for r in caplog.records if "doesn't delete the footage" in r.message]
    assert len(said) == 1
    assert "cant_delete_file" in said[0]
    assert twins(workspace)[0]["shown_file_id"]


async def test_an_outage_of_slack_delays_it(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    slack.faults.add("files.delete", drop="before", times=2)
    question = await ask_for_twin(workspace, bob)
    await bob.press("Decline", question)
    await is_deleted(workspace, question)
