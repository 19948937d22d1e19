"""Names of people and channels in what an admin reads in the terminal, where Slack gives them."""

import argparse
from dataclasses import replace

import pytest

from bot.cli import limits
from bot.cli.log import add_arguments, run
from bot.cli.main import parser
from bot.cli.terminal import names_from_slack
from bot.domain.parameters import Parameters
from bot.domain.takes import HoldReason, Request, State, Take
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.rows import now
from bot.settings.table import Settings
from tests.support.conversations import delivered, review_of
from tests.support.limits import limits_of
from tests.support.workspace import Workspace, wait_for_text


async def printed(capsys: pytest.CaptureFixture[str], settings: Settings, *arguments: str) -> str:
    read = argparse.ArgumentParser()
    add_arguments(read)
    capsys.readouterr()
    assert await run(read.parse_args(arguments), settings) == 0
    return capsys.readouterr().out


async def test_the_log_and_the_reviews_have_names(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    card = await workspace.ask()
    await delivered(card)
    bob = workspace.slack.person("Bob")
    review = await review_of(card)
    await bob.press("Approve", review)
    await wait_for_text(review, "approved")
    assert "  Ada  delivered  " in await printed(capsys, workspace.settings)
    assert "  Bob  approved  " in await printed(capsys, workspace.settings, "--review")
    assert f'"{workspace.ada.id}"' in await printed(capsys, workspace.settings, "--json")
    without_token = replace(workspace.settings, slack_bot_token="")
    assert f"  {workspace.ada.id}  " in await printed(capsys, without_token)
    workspace.slack.faults.add("users.info", status=503, times=None)
    assert f"  {workspace.ada.id}  " in await printed(capsys, workspace.settings)


async def test_the_limits_have_names(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    async with limits_of(workspace) as found:
        await found.set_usd("person", 40.0, by="test", subject=workspace.ada.id)
        await found.set_usd("channel", 50.0, by="test", subject=workspace.marketing.id)
        await found.set_ids("channels", [workspace.marketing.id, "C0UNKNOWN"], by="test")
        await found.set_ids("4k", [workspace.ada.id], by="test")
    capsys.readouterr()
    assert await limits.run(parser().parse_args(["limits"]), workspace.settings) == 0
    said = capsys.readouterr().out
    assert "\nperson Ada          $40     $0    $40\n" in said
    assert "\nchannel #marketing  $50     $0    $50\n" in said
    assert "Channels: only #marketing, C0UNKNOWN" in said
    assert "4k: only Ada, admins" in said


async def test_a_take_that_was_on_hold_was_asked_for_before(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    log = await RequestLog.open(workspace.settings.log_location)
    take = Take("T1", "R1", 1, Parameters(prompt="Hi"), State.ON_HOLD, requester_id="U1",
                requested_at=now(), hold_reason=HoldReason.APPROVAL)  # fmt: skip
    await log.add_request(Request("R1", "U1", "C1", now()), take)
    await HoldLog(log.store).approve("T1", "U2")
    released = "2999-12-01T09:00:00.000+00:00"
    await log.store.execute("UPDATE takes SET requested_at = ?", released)
    await log.close()
    settings = replace(workspace.settings, slack_bot_token="")
    assert f"\n{take.requested_at[:10]} " in await printed(capsys, settings)
    at_the_release = ("--since", "2999-12-01")
    assert "No request matches" in await printed(capsys, settings, *at_the_release)
    assert "U1" in await printed(capsys, settings, "--spend", *at_the_release)


async def test_a_name_commands_no_terminal(workspace: Workspace) -> None:
    workspace.slack.workspace.users[workspace.ada.id].name = "Ada\x1b[2J\nRoot"
    names = await names_from_slack(workspace.settings, [workspace.ada.id])
    assert names == {workspace.ada.id: "Ada [2J Root"}
