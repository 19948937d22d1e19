"""Whoever is asked is reminded every working morning; after 14 days no answer is a no."""

from datetime import UTC, datetime, timedelta

from bot.demo.slack import SlackStandIn
from tests.support.conversations import told
from tests.support.reviewing.reviewers import DAY, HOUR, FixedClock
from tests.support.twins.asking import ask_for_twin
from tests.support.twins.log import answers, twins
from tests.support.workspace import StartBot, wait_for_text


async def test_reminded_every_working_morning_until_14_days_are_over(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob = slack.person("Bob")
    now = datetime.now(UTC)
    clock.time = now
    question = await ask_for_twin(workspace, bob)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = []
    for day in range(2, 14):  # from the second, since it may be late in the evening now
        for hour in (5, 12, 13):
            clock.time = midnight + day * DAY + hour * HOUR
            before = len(bob.direct().messages())
            await workspace.bot.review_schedule.run("twin reminders")
            if len(bob.direct().messages()) > before:
                days.append(clock.time)
    working = [midnight + day * DAY for day in range(2, 14)]
    working = [day for day in working if day.weekday() < 5]
    assert days == [day + 12 * HOUR for day in working], "not at 5, and once"
    reminder = bob.direct().messages()[-1]
    assert "still waits for your answer about a Digital Twin of you" in reminder.text()
    assert question.ts.replace(".", "") in reminder.text()
    clock.time = now + timedelta(days=14, minutes=1)
    await workspace.bot.review_schedule.run("twin reminders")
    await wait_for_text(question, "You didn't answer within 14 days")
    await told(bob, "You didn't answer about Bob at his desk within 14 days")
    await told(
        workspace.ada, "@Bob didn't answer about Bob at his desk within 14 days, so it isn't made."
    )
    assert twins(workspace)[0]["state"] == "expired"
    assert answers(workspace) == ["no answer"]
    assert "Allow" not in question.buttons()
