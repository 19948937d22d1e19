"""What Segmind's history says of a twin's charge is what counts."""

import math
import sqlite3
from contextlib import closing

import pytest

from bot.demo.segmind import Answer, Cut, Outcome, SegmindStandIn
from bot.demo.slack import SlackStandIn
from tests.support.conversations import delivered, told
from tests.support.segmind import Watch
from tests.support.twins.asking import ask_for_twin, ready_twin
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, Workspace, wait_for_text


def forget_cost(workspace: Workspace, *, request_id: bool = False) -> None:
    """As if the answer had said nothing about it."""
    gone = ", segmind_request_id = ''" if request_id else ""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute(f"UPDATE twins SET charged_usd = NULL, counted_usd = 1.25{gone}")


@pytest.mark.parametrize("is_known", [True, False], ids=["by its ID", "by its body"])
async def test_the_true_charge_replaces_the_average(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn, is_known: bool
) -> None:
    await ready_twin(workspace, slack.person("Bob"))
    message = await told(workspace.ada, "is ready: choose it")
    forget_cost(workspace, request_id=not is_known)
    segmind.bill[0].charged_usd = 1.4
    await workspace.bot.render_schedule.run("costs of twins")
    [twin] = twins(workspace)
    assert (twin["charged_usd"], twin["counted_usd"]) == (1.4, 1.4)
    assert twin["segmind_request_id"] == segmind.bill[0].request_id
    await wait_for_text(message, "It cost $1.40.")


async def test_v1_says_no_cost_and_the_history_does(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.add("twin", Answer(404))
    await ready_twin(workspace, slack.person("Bob"))
    assert twins(workspace)[0]["segmind_request_id"] == ""
    await workspace.bot.render_schedule.run("costs of twins")
    await wait_until(lambda: twins(workspace)[0]["charged_usd"] == 1.25)


async def test_a_twin_that_failed_counts_what_it_cost(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.next_job(Outcome(error="Footage is too short or too long"))
    bob = slack.person("Bob")
    await bob.press("Allow", await ask_for_twin(workspace, bob))
    await told(workspace.ada, "Footage is too short or too long")
    await workspace.bot.render_schedule.run("costs of twins")
    await wait_until(lambda: twins(workspace)[0]["counted_usd"] == 0)


async def test_one_that_was_given_up_counts_what_it_cost(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.add("twin", Cut(accepted=True))
    segmind.faults.next_job(Outcome(history_late_lookups=6))
    bob = slack.person("Bob")
    await bob.press("Allow", await ask_for_twin(workspace, bob))
    question = await told(workspace.ada, "It may be made, and may be charged.")
    await workspace.ada.press("Give up", question)
    await told(workspace.ada, "Given up.")
    segmind.bill[0].charged_usd = 1.1
    for _ in range(3):
        await workspace.bot.render_schedule.run("costs of twins")
    assert twins(workspace)[0]["counted_usd"] == 1.1


async def test_after_two_days_it_is_not_looked_for(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    await ready_twin(workspace, slack.person("Bob"))
    forget_cost(workspace)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE twins SET marked_at = '2026-01-01T00:00:00.000+00:00'")
    await workspace.bot.render_schedule.run("costs of twins")
    assert twins(workspace)[0]["charged_usd"] is None


async def test_a_twin_that_is_forbidden_stops_nobody_else(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    bob, watch = slack.person("Bob"), Watch(lambda: [row["state"] for row in twins(workspace)])
    segmind.faults.add("twin", Answer(403, "Request blocked"))
    question = await ask_for_twin(workspace, bob)
    segmind.faults.add("balance", watch, times=math.inf)
    await bob.press("Allow", question)
    await told(workspace.ada, "Segmind says: “Request blocked”. Nothing was charged.")
    assert watch.seen == {"allowed"}, "a kill while the key is tried leaves nothing in doubt"
    await told(slack.person(ADMIN), "Segmind didn't allow this: “Request blocked”")
    await delivered(await workspace.ask())
