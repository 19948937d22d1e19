"""`log --spend`: sums by person, channel and month, with names from Slack."""

import argparse
import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli.log import add_arguments, run
from bot.cli.log_spend import format_table, grouped, named_rows
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.request_log.log import RequestLog
from bot.settings.table import Settings
from tests.support.request_log import deliver
from tests.support.twins.asking import ready_twin
from tests.support.workspace import Workspace

# When, who, where, and what it cost. In Berlin the third is of November.
TAKES = (
    ("2026-10-05T09:00:00.000+00:00", "Ada", "marketing", 0.25),
    ("2026-10-30T09:00:00.000+00:00", "Bob", "marketing", 1.5),
    ("2026-10-31T23:30:00.000+00:00", "Ada", "product", 0.5),
)


async def add_takes(workspace: Workspace) -> None:
    slack = workspace.slack
    log = await RequestLog.open(workspace.settings.log_path)
    for n, (at, name, channel, cost) in enumerate(TAKES):
        user_id, request_id = slack.person(name).id, f"R{n}"
        take = Take(f"T{n}", request_id, 1, Parameters(prompt="Hi"), requester_id=user_id,
                    requested_at=at, estimated_usd=9.0)  # fmt: skip
        await log.add_request(Request(request_id, user_id, slack.channel(channel).id, at), take)
        await deliver(log, take, cost_usd=cost, video_seconds=30.0, delivered_at=at)
    await log.close()


async def printed(capsys: pytest.CaptureFixture[str], settings: Settings, *arguments: str) -> str:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    capsys.readouterr()
    assert await run(parser.parse_args(["--spend", *arguments]), settings) == 0
    return capsys.readouterr().out


async def sums(capsys: Any, settings: Settings, *arguments: str) -> dict[str, float]:
    rows = json.loads(await printed(capsys, settings, *arguments, "--json"))
    return {row["name"]: row["charged_usd"] for row in rows}


async def test_people_channels_and_months_have_their_names(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    await add_takes(workspace)
    settings = replace(workspace.settings, budget_timezone=ZoneInfo("Europe/Berlin"))
    assert await sums(capsys, settings) == {"Bob": 1.5, "Ada": 0.75}
    assert await sums(capsys, settings, "channel") == {"#marketing": 1.75, "#product": 0.5}
    assert await sums(capsys, settings, "month") == {"2026-10": 1.75, "2026-11": 0.5}
    in_october = ("--since", "2026-10-30", "--until", "2026-10-31")
    assert await sums(capsys, settings, "person", *in_october) == {"Bob": 1.5}
    ada = ("--user", workspace.ada.id)
    assert await sums(capsys, settings, "channel", *ada) == {"#product": 0.5, "#marketing": 0.25}
    head, bob, _, total = (await printed(capsys, settings)).splitlines()
    assert head.split() == ["person", "takes", "delivered", "minutes", "charged", "not", "known",
                            "yet"]  # fmt: skip
    assert bob.split() == ["Bob", "1", "1", "0.5", "$1.50"]
    assert total.split() == ["total", "3", "3", "1.5", "$2.25"]
    [row, _] = csv.DictReader(io.StringIO(await printed(capsys, settings, "--csv")))
    assert (row["name"], row["id"]) == ("Bob", workspace.slack.person("Bob").id)


async def test_ids_stand_for_names_that_slack_does_not_give(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    await add_takes(workspace)
    bob = workspace.slack.person("Bob").id
    without_token = replace(workspace.settings, slack_bot_token="")
    assert await sums(capsys, without_token) == {bob: 1.5, workspace.ada.id: 0.75}
    workspace.slack.faults.add("users.info", status=503, times=None)
    rows = json.loads(await printed(capsys, workspace.settings, "--json"))
    assert [row["name"] for row in rows] == [bob, workspace.ada.id]


async def test_a_failed_take_that_was_not_charged_shows_no_cost(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    log = await RequestLog.open(workspace.settings.log_path)
    at = "2026-11-01T09:00:00.000+00:00"
    for n in (1, 2):
        take = Take(f"T{n}", f"R{n}", 1, Parameters(prompt="Hi"), requester_id="U1",
                    requested_at=at, estimated_usd=9.0)  # fmt: skip
        await log.add_request(Request(f"R{n}", "U1", "C1", at), take)
        await log.move(take.id, State.SUBMITTING)
    await log.move("T1", State.FAILED, error="Segmind refused it.")
    await log.move("T2", State.RENDERING, submitted_at=at)
    await log.move("T2", State.FAILED, cost_usd=0.0)
    await log.close()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    await run(parser.parse_args([]), workspace.settings)
    said = capsys.readouterr().out
    assert said.count("$") == 1
    assert said.endswith("2 takes, $0.00 charged\n")
    assert "$9" not in await printed(capsys, workspace.settings)


async def test_each_figure_is_rounded_once_and_it_says_so_where_they_do_not_add_up() -> None:
    takes = [
        {"user_id": f"U{n}", "delivered_at": "", "video_seconds": 8.0, "cost_usd": 0.334,
         "state": "delivered", "submitted_at": "", "marked_at": "", "estimated_usd": None}
        for n in range(3)
    ]  # fmt: skip

    async def each() -> AsyncIterator[dict[str, Any]]:
        for take in takes:
            yield take

    sums = await grouped(each(), "person", ZoneInfo("UTC"))
    rows = named_rows(sums, "person", {"U0": "Ada"})
    _, *people, total, _, why = format_table(rows, "person").splitlines()
    assert [line.split()[-1] for line in people] == ["$0.33"] * 3
    assert total.split()[-2:] == ["0.4", "$1.00"]
    assert why == "The total is rounded after adding up."
    assert why not in format_table(rows[:1], "person")


async def test_a_digital_twin_counts_and_is_no_take(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    await ready_twin(workspace, workspace.slack.person("Bob"))
    for by, name in (("person", "Ada"), ("channel", "Digital Twins")):
        rows = json.loads(await printed(capsys, workspace.settings, by, "--json"))
        [row] = [row for row in rows if row["name"] == name]
        assert (row["takes"], row["charged_usd"] + row["estimated_usd"]) == (0, 1.25)
    capsys.readouterr()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert await run(parser.parse_args([]), workspace.settings) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("0 takes and 1 Digital Twin, $"), "it was charged without any video"
    assert await run(parser.parse_args(["--user", "U0NOBODY"]), workspace.settings) == 0
    assert capsys.readouterr().out == "No request matches.\n"
