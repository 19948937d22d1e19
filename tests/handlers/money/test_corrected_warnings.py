"""A budget that isn't used up anymore: the admins' message says so, and nobody is notified."""

import pytest

from bot.demo.segmind import AfterSeconds, Outcome
from bot.demo.slack import SlackStandIn
from tests.support.conversations import fresh_modal, logged, told
from tests.support.limits import limit, limits_of
from tests.support.workspace import ADMIN, StartBot, wait_for_text

SHORT = "Hello team. " * 10  # 120 characters: 8 s, $0.67
USED_UP = "The workspace's budget is used up: $0.67 of $"
CORRECTED = "The workspace's budget isn't used up anymore: $"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_limit_that_is_raised_or_a_cost_that_is_lower_corrects_the_message(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace, segmind = slack.person(ADMIN), workspace.segmind
    segmind.pace = AfterSeconds(60)
    assert await (await fresh_modal(workspace, SHORT)).submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)

    async def look() -> None:
        await workspace.bot.review_schedule.run("budgets")

    await limit(workspace, "workspace", 0.6)
    await look()
    message = await told(grace, USED_UP)
    await limit(workspace, "workspace", 4)
    await look()
    await wait_for_text(message, f"{CORRECTED}0.67 of $4 for")
    assert "is used up" not in message.text()
    assert message.mentions() == []

    def updates() -> int:
        calls = slack.journal.calls("chat.update")
        return sum(call.arguments["ts"] == message.ts for call in calls)

    corrected = updates()
    await look()
    assert updates() == corrected, "once"
    await limit(workspace, "workspace", 0.6)
    await look()
    await wait_for_text(message, f"{USED_UP}0.60 for")
    async with limits_of(workspace) as limits:
        await limits.clear("workspace", by="test")
    await look()
    await wait_for_text(message, "The workspace's budget for", "was removed.")
    assert grace.direct().messages() == [message]


async def test_a_video_that_costs_less_in_the_end_corrects_the_message_after_a_restart(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    workspace.segmind.pace = AfterSeconds(3600)
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    assert await (await fresh_modal(workspace, SHORT)).submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)
    await limit(workspace, "workspace", 0.6)
    await workspace.bot.review_schedule.run("budgets")
    message = await told(slack.person(ADMIN), USED_UP)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    workspace.segmind.pace = AfterSeconds(0)
    await wait_for_text(card, "No face")
    await workspace.bot.__aexit__(None, None, None)
    again = await start_bot()
    await again.bot.review_schedule.run("budgets")
    await wait_for_text(message, f"{CORRECTED}0 of $0.60 for")
