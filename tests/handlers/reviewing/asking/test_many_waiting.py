"""However many are waited for, everybody is reminded, and nobody who acts waits for that."""

import asyncio
from datetime import timedelta

from bot.demo.slack import SlackStandIn
from bot.process.clock import Clock
from bot.slack.connection.client import OF_MANY_A_MINUTE, TIER_4
from tests.support.reviewing.reviewers import DAY, FRIDAY, HOUR, name_reviewers, reminders
from tests.support.workspace import StartBot

SCALE = 0.1  # of the bot's waits: its minute has 6 s
OF_ONE_VIDEO = 20


async def test_everybody_is_reminded_in_one_run(start_bot: StartBot, slack: SlackStandIn) -> None:
    time = FRIDAY + 10 * HOUR
    workspace = await start_bot(clock=Clock(SCALE, now=lambda: time))
    people = [slack.person(f"Reviewer {number}") for number in range(TIER_4 + OF_ONE_VIDEO // 2)]
    for first in range(0, len(people), OF_ONE_VIDEO):
        card = await name_reviewers(workspace, *people[first : first + OF_ONE_VIDEO])
        await card.thread.wait_for(lambda m: "please review" in m.text())
        await asyncio.sleep(60 * SCALE)  # Ada can name others then
    time += 3 * DAY + timedelta(hours=1)
    known = len(slack.journal.calls("users.info"))
    reminding = asyncio.create_task(workspace.bot.review_schedule.run("reminders"))
    await asyncio.sleep(30 * SCALE)
    asked = len(slack.journal.calls("users.info")) - known
    assert 0 < asked <= OF_MANY_A_MINUTE * 3 // 2 + 1  # the others are left to who acts
    await reminding
    assert [one.name for one in people if not reminders(one)] == []
