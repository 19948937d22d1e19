"""A request whose card isn't posted yet: Slack doesn't say whether its sender may post it."""

import pytest

from bot.demo.slack import Channel, Message, SlackStandIn
from handlers.requests import new_video
from tests.support.conversations import logged
from tests.support.reviewing.reviewers import DAY, FRIDAY, HOUR, FixedClock, reminders
from tests.support.reviewing.sign_offs import BOX
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, keep_deadlines

SCRIPT = "Buy this, Bob"
ASKS = "waiting for sign-off"


def cards(channel: Channel) -> list[Message]:
    return [m for m in channel.messages() if SCRIPT in m.text()]


@pytest.mark.parametrize("is_member", [False, True])
async def test_its_reviewers_read_nothing_of_it(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock, monkeypatch: pytest.MonkeyPatch,
    is_member: bool,
) -> None:  # fmt: skip
    workspace = await start_bot(clock=clock)
    keep_deadlines(monkeypatch)
    monkeypatch.setattr(new_video, "MEMBER_SECONDS", 1.0)
    mallory, bob = slack.person("Mallory"), slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[mallory, bob])
    await mallory.command("/avatar", SCRIPT, leads)
    form = await mallory.modal()
    await form.choose("Reviewers", bob)
    await form.check("Sign-off", BOX)
    if not is_member:
        mallory.leave(leads)
    silent = slack.faults.add("chat.postEphemeral", status=503, times=None)
    await form.submit()
    await wait_until(lambda: [row["state"] for row in logged(workspace)] == ["on_hold"])
    home = await bob.open_home()
    if is_member:
        slack.faults.remove(silent)
        await leads.wait_for(lambda m: SCRIPT in m.text())
        await home.wait_for(lambda h: ASKS in h.text())
    clock.time = FRIDAY + 3 * DAY + 9 * HOUR
    await workspace.bot.review_schedule.run("reminders")
    await wait_until(lambda: len(reminders(bob)) == is_member)
    assert (ASKS in home.text()) is is_member
    assert bool(cards(leads)) is is_member
