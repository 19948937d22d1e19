"""Payloads that no Slack client sends: without a place, with two of them, or too many."""

import asyncio
import logging
from typing import Any

import pytest

from bot.blocks import card, review
from bot.blocks.card import MANAGES
from bot.blocks.holds.approvals import APPROVE_SPENDING
from bot.blocks.sharing.share import SHARE
from bot.demo.slack import Person, SlackStandIn
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.slack.can_post import TOO_MUCH
from bot.slack.messages import PERSONAL_AT_ONCE, PERSONAL_SECONDS
from handlers.access.checks import ELSEWHERE
from tests.support.conversations import ask, logged, new_take, review_of, told
from tests.support.limits import SCRIPT, WAITS, limit
from tests.support.reviewing.shares import approved_take
from tests.support.workspace import (
    EACH_STORE_AND_TRANSPORT,
    PATIENCE,
    StartBot,
    Workspace,
    wait_for_text,
)

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
OF_A_TAKE = (
    review.APPROVE, review.WITHDRAW, review.REQUEST_CHANGES, SHARE, card.NEW_TAKE, *MANAGES
)  # fmt: skip


def press_payload(person: Person, action_id: str, value: Any, **more: Any) -> dict[str, Any]:
    """A press by this person that says nothing about where."""
    installation = person.installation
    return {
        "type": "block_actions",
        "team": {"id": installation.team_id},
        "user": {"id": person.id, "team_id": installation.team_id},
        "trigger_id": installation.new_trigger(person.id, None),
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
    } | more


async def send(person: Person, payload: dict[str, Any]) -> Any:
    return await person.send("interactive", payload["type"], payload)


@TRANSPORTS
async def test_a_press_without_a_channel_is_refused(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Also one that brings the form of another take along, which its sender may act on."""
    workspace = await start_bot(http=http)
    await approved_take(workspace)
    take_id = logged(workspace)[-1]["take_id"]
    mallory = slack.person("Mallory")
    own = await ask(workspace)
    await review_of(own)
    view = {"callback_id": SHARE, "private_metadata": logged(workspace)[-1]["take_id"]}
    before = [row["decision"] for row in logged(workspace)]
    for more in ({}, {"channel": None, "container": None}, {"view": view}):
        for action_id in OF_A_TAKE:
            assert not await send(mallory, press_payload(mallory, action_id, take_id, **more))
    await told(mallory, ELSEWHERE)
    assert slack.installation.views.top(mallory.id) is None
    assert [row["decision"] for row in logged(workspace)] == before


async def test_who_left_the_channel_approves_nothing(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    review_message = await review_of(await ask(workspace))
    bob = slack.person("Bob")
    bob.leave(workspace.marketing)
    await bob.press("Approve", review_message)
    await told(bob, "You aren't a member of that conversation")
    assert logged(workspace)[0]["decision"] == ""
    bob.join(workspace.marketing)
    await bob.press("Approve", review_message)
    await wait_for_text(review_message, "@Bob approved")


async def test_the_number_of_a_new_take_cannot_be_chosen(workspace: Workspace) -> None:
    made = await ask(workspace)
    await review_of(made)
    form = await new_take(workspace.ada, made, "Next")
    content = form.container.content
    content["private_metadata"] = content["private_metadata"].replace('"number": 2', '"number": 9')
    assert "already been requested" in (await form.submit())["Script"]
    assert len(logged(workspace)) == 1


@TRANSPORTS
async def test_many_refused_presses_are_answered_a_few_times(
    start_bot: StartBot, slack: SlackStandIn, http: bool, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = await start_bot(http=http, clock=Clock(0.1))
    gus, bob = slack.guest("Gus"), slack.person("Bob")
    caplog.set_level(logging.INFO)
    made = await ask(workspace)
    message = await review_of(made)
    began = asyncio.get_running_loop().time()
    for _ in range(10):
        await asyncio.gather(*(gus.press("Approve", message) for _ in range(20)))
    seconds = asyncio.get_running_loop().time() - began
    said = [m for m in gus.ephemerals(workspace.marketing) if "Guests can't" in m.text()]
    # One every two seconds, a tenth of which pass here.
    assert 1 <= len(said) <= PERSONAL_AT_ONCE + seconds / (0.1 * PERSONAL_SECONDS)
    lines = [r for r in caplog.records if f"refused to {gus.id}" in r.getMessage()]
    assert len(lines) - len(said) < 50, "what isn't said isn't logged; some are on their way"
    await bob.press("Approve", message)
    await wait_for_text(message, "@Bob approved")


async def test_a_flood_does_not_switch_off_the_check_of_membership(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """It is done with a message to the person, and one person can be sent only so many."""
    workspace = await start_bot(clock=Clock(1.0))
    mallory = slack.person("Mallory")
    leads = slack.channel("leads", private=True, people=[workspace.ada, mallory])
    await mallory.command("/avatar", "Hello", workspace.marketing)
    form = await mallory.modal()
    await form.choose("Where to post", leads)
    mallory.leave(leads)
    assert "You aren't a member" in (await form.submit())["Where to post"]
    async with asyncio.timeout(PATIENCE):
        while TOO_MUCH not in str(await form.submit()):
            pass
    assert (leads.messages(), logged(workspace)) == ([], [])


async def test_a_flood_of_many_does_not_switch_it_off_either(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """All people share a limit, too. Who is refused something can only use up half of it."""
    workspace = await start_bot(clock=Clock(1.0))
    mallory, bob = slack.person("Mallory"), slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[workspace.ada, mallory])
    message = await review_of(await ask(workspace))
    await mallory.command("/avatar", "Hello", workspace.marketing)
    form = await mallory.modal()
    await form.choose("Where to post", leads)
    mallory.leave(leads)
    guests = [slack.guest(f"Guest {number}") for number in range(5)]
    presses = (guest.press("Approve", message) for guest in guests for _ in range(PERSONAL_AT_ONCE))
    await asyncio.gather(*presses)
    assert "You aren't a member" in (await form.submit())["Where to post"]
    await bob.press("Approve", message)
    await wait_for_text(message, "@Bob approved")
    assert leads.messages() == []


@EACH_STORE_AND_TRANSPORT
async def test_nobody_answers_for_a_take_before_it_is_logged(
    start_bot: StartBot, slack: SlackStandIn, http: bool, each_store: dict[str, str]
) -> None:
    """Its ID is known to whoever asks for it. No press is let through because it isn't there yet,
    and then finds it there."""
    workspace = await start_bot(http=http, **each_store)
    await limit(workspace, "workspace", 0.5)
    for number in range(4):
        mallory = slack.person(f"Mallory {number}")
        await mallory.command("/avatar", f"{number}. {SCRIPT}", workspace.marketing)
        form = await mallory.modal()
        take_id = f"{form.container.id}-1"

        async def press(seconds: float, mallory: Person = mallory, take_id: str = take_id) -> None:
            await asyncio.sleep(seconds)
            await send(mallory, press_payload(mallory, APPROVE_SPENDING, take_id))

        await press(0)  # by now the bot knows who this is
        later = [0.0] * 15 + [n / 500 for n in range(15)]
        await asyncio.gather(form.submit(), *map(press, later))
    cards = workspace.marketing.messages
    await slack.until(lambda: sum(WAITS in message.text() for message in cards()) == 4)
    log = await RequestLog.open(workspace.settings.log_location)
    assert {row["state"] for row in await log.store.query("SELECT state FROM takes")} == {"on_hold"}
    await log.close()
