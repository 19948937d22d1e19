"""So many calls of each method in a minute are for all: nobody uses them up for the others."""

import asyncio
from copy import deepcopy
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from bot.blocks import card
from bot.demo.slack import Message, Person, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.process.clock import Clock
from bot.process.limit_per_person import MOST_PARTS, FairLimit, SharedLimit, acts
from bot.request_log.log import RequestLog
from bot.slack.connection.client import (
    AT_ONCE,
    FORM_UPDATES,
    TIER_3,
    CallLimits,
    TooManyCalls,
)
from bot.slack.messages import PERSONAL_AT_ONCE, PERSONAL_SECONDS
from tests.handlers.access.test_forged_payloads import TRANSPORTS, press_payload, send
from tests.support.conversations import fresh_modal, review_of
from tests.support.request_log import deliver
from tests.support.reviewing.reviewers import FixedClock
from tests.support.workspace import StartBot, Workspace, wait_for_text

MANY = 80  # channels: more than Slack says something about in a minute
SEARCHES = 4
FOUR_BYTES = "".join(chr(0x1D400 + number % 26) for number in range(2990))


class Many:
    """A workspace with a video in each of many channels, and one of Ada's that Bob reviews."""

    def __init__(self, workspace: Workspace, take_ids: dict[str, str], review: Message) -> None:
        self.workspace = workspace
        self.take_ids = take_ids  # by the id of the channel
        self.review = review

    async def check(self, bob: Person) -> None:
        asked = self.workspace.slack.journal.calls("conversations.info")
        assert not [call for call in asked if call.status == 429]
        await bob.press("Approve", self.review)
        await wait_for_text(self.review, "@Bob approved")


@pytest.fixture
async def many(start_bot: StartBot, slack: SlackStandIn, http: bool) -> Many:
    time = FixedClock()
    workspace = await start_bot(http=http, clock=Clock(1.0, now=lambda: time.time))
    bob, carol = slack.person("Bob"), slack.person("Carol")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob])
    await workspace.ada.command("/avatar", "Hello leads.", leads)
    assert await (await workspace.ada.modal()).submit() == {}
    review = await review_of(await leads.wait_for(lambda m: "Hello leads." in m.text()))
    log, take_ids = await RequestLog.open(workspace.settings.log_path), {}
    for number in range(MANY):
        channel, request_id = slack.channel(f"many{number}"), f"VX{number}"
        at = f"2026-01-02T10:{number // 60:02}:{number % 60:02}.000+00:00"
        script = Parameters(prompt=f"About topic{number % SEARCHES}x, {number}.")
        request = Request(request_id, carol.id, channel.id, at, f"1.{number:06}")
        take = Take(
            f"{request_id}-1", request_id, 1, script, requester_id=carol.id, requested_at=at
        )
        await log.add_request(request, take)
        await deliver(log, take, delivered_at=at)
        take_ids[channel.id] = take.id
    await log.close()
    time.time += timedelta(minutes=6)  # what is known about channels is forgotten
    slack.rate_limits.turn_on()
    return Many(workspace, take_ids, review)


@TRANSPORTS
async def test_who_searches_many_channels_keeps_nobody_from_a_button(
    many: Many, slack: SlackStandIn
) -> None:
    for number in range(SEARCHES):
        said = await many.workspace.ada.command(
            "/avatar", f"find topic{number}x", many.workspace.marketing
        )
    assert "some may be missing" in said.text
    assert len(slack.journal.calls("conversations.info")) >= TIER_3 // 2
    await many.check(slack.person("Bob"))


@TRANSPORTS
async def test_who_presses_in_many_channels_keeps_nobody_from_a_button(
    many: Many, slack: SlackStandIn
) -> None:
    mallory = slack.person("Mallory")
    for channel_id, take_id in [*many.take_ids.items()][:40]:
        place = {"id": channel_id}
        await send(mallory, press_payload(mallory, card.SHOW_SCRIPT, take_id, channel=place))
    await many.check(slack.person("Bob"))


async def test_who_sends_many_long_forms_keeps_nobody_elses_from_being_updated(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """In Socket Mode what doesn't fit into an answer follows it as an update."""
    workspace = await start_bot(clock=Clock(1.0), CONFIRM_USD="0.5")
    ada, bob = workspace.ada, slack.person("Bob")
    form = await fresh_modal(workspace, FOUR_BYTES)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.labels())
    sent: Any = payloads.view_submission(ada.installation, ada.user, form.container)
    known, began = len(slack.journal.calls("views.update")), monotonic()
    slack.rate_limits.turn_on()

    async def send_one(number: int) -> None:
        one = deepcopy(sent)
        script = one["view"]["state"]["values"]["prompt"]["prompt"]
        script["value"] = f"{FOUR_BYTES} {number}"
        answer = await ada.send("interactive", "view_submission", one)
        assert "One moment" in str(answer)

    for number in range(FORM_UPDATES):
        await send_one(number)
    await bob.command("/avatar", "Hello from Bob.", workspace.marketing)
    own = await bob.modal()
    await own.press("More options")
    await own.wait_for(lambda m: "Resolution" in m.labels(), 5)
    calls = slack.journal.calls("views.update")[known:]
    assert len(calls) <= FORM_UPDATES + 3 + (monotonic() - began) * FORM_UPDATES / 60
    assert not [call for call in calls if call.status == 429]


async def test_many_long_answers_to_one_person_wait_for_each_other(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(1.0))
    began, place = monotonic(), workspace.marketing
    for _ in range(2 * PERSONAL_AT_ONCE):
        await workspace.ada.command("/avatar", "漢" * 12_000, place)
    await workspace.ada.wait_for_ephemeral(place, lambda m: "didn't fit" in m.text())
    later = 1 + (monotonic() - began) / PERSONAL_SECONDS
    assert len(slack.journal.calls("chat.postEphemeral")) <= PERSONAL_AT_ONCE + later


@pytest.mark.parametrize(("processes", "parts"), [(1, 1), (2, 2), (1000, MOST_PARTS)])
async def test_processes_share_what_slack_allows(processes: int, parts: int) -> None:
    limit = SharedLimit(TIER_3, 60)
    limit.share_between(processes)
    let = [await limit.lets("") for _ in range(TIER_3)]
    assert let.count(True) == TIER_3 // parts


async def test_what_the_bot_does_by_itself_waits_for_nobody() -> None:
    limits = CallLimits(Clock(1.0))
    for _ in range(2 * TIER_3):
        await limits.check("conversations.info")
    acts("U1")
    for _ in range(TIER_3 // 2):
        await limits.check("conversations.info")
    with pytest.raises(TooManyCalls):
        await limits.check("conversations.info")


async def test_a_form_waits_until_it_may_be_updated() -> None:
    limit, began = FairLimit(2, 0.2), monotonic()
    for _ in range(6):
        await limit.wait("U1")
    assert monotonic() - began >= 0.2


async def test_who_updates_forms_all_the_time_keeps_nobody_elses_still() -> None:
    """Also somebody who has updated theirs for long."""
    limit, second = FairLimit(45, 1.2), 0.02  # a minute has 1.2 s
    until = monotonic() + 240 * second

    async def write(user_id: str, every: float) -> float:
        longest = 0.0
        while (asked := monotonic()) < until:
            await limit.wait(user_id)
            longest = max(longest, monotonic() - asked)
            await asyncio.sleep(every)
        return longest

    bob = asyncio.create_task(write("U1", 1.1 * second))
    await asyncio.sleep(60 * second)
    mallory = [asyncio.create_task(write("U2", second)) for _ in range(5)]
    longest = await bob
    await asyncio.gather(*mallory)
    assert longest <= 15 * second


async def test_whoever_is_cut_off_takes_no_turn() -> None:
    limit = FairLimit(1, 0.1)
    await limit.wait("U1")
    gone = [asyncio.create_task(limit.wait("U2")) for _ in range(100)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    async with asyncio.timeout(2):
        await limit.wait("U3")


async def test_one_person_never_gets_them_all() -> None:
    for at_once in set(AT_ONCE.values()):
        limit = SharedLimit(at_once, 60)
        assert [await limit.lets("U1") for _ in range(at_once)].count(True) <= at_once // 2 + 1
        assert await limit.lets("U2")
